import { adminRoutes } from '../../../src/admin/index.ts';
import { schemas } from '../../../src/admin/schemas.ts';
import { operations } from '../../../src/protocols/ims-es/operations.ts';
import { services } from '../../../src/protocols/oneroster-rest/index.ts';
import { message, requestHeader, security } from '../../protocols/ims-es/messages.ts';
import { requestOf } from '../../protocols/ims-es/requests.ts';
import { basic } from '../../setup/doors.ts';
import { fromSchema } from './from-schema.ts';
import { mutateBytes, mutateJson, mutateText, nasty } from './mutations.ts';
import type { Random } from './random.ts';

/** A request before it is sent. */
export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** What valid requests are made of. */
export interface Known {
  readonly user: { readonly name: string; readonly password: string };
  /** `Bearer …` for the admin API: an account may be told to get a second factor, a key not. */
  readonly apiKey: string;
  /** `Bearer …` of the OneRoster client. */
  readonly token: string;
  /** Objects of the tenant as OneRoster shows them, by wrapper. */
  readonly objects: ReadonlyMap<string, readonly Readonly<Record<string, unknown>>[]>;
  /** Ids of anything: records, runs, feeds; never the fuzzer's own credential. */
  readonly ids: readonly string[];
}

type Make = (random: Random) => Asked;

/** A text without halves of surrogate pairs, which cannot be encoded. */
const sound = (text: string) => text.replace(/\p{Surrogate}/gu, '');
const encode = (text: string) => encodeURIComponent(sound(text));

/** The next valid request of a door, or one that is bent in one to three places. */
export function makeRequests(known: Known): (random: Random) => Asked {
  const id = (random: Random) => random.pick(known.ids);

  const soap: Make = (random) => {
    const operation = random.pick(operations);
    const version = random.chance(0.5) ? '1.1' : '1.2';
    const { name, password } = known.user;
    const body = requestOf(operation, [id(random), id(random)].slice(0, 1 + random.below(2)));
    const header = security(name, password) + (random.chance(0.3) ? requestHeader(id(random)) : '');
    const type = version === '1.1' ? 'text/xml' : 'application/soap+xml';
    return {
      method: 'POST',
      path: `/soap/${random.pick([operation.portType, 'ImsEnterpriseServicesPort'])}`,
      headers: { 'content-type': `${type}; charset=utf-8`, soapaction: `"${operation.action}"` },
      body: Buffer.from(message(body, header, version)),
    };
  };

  const filterOf = (random: Random) => {
    const field = random.pick(['sourcedId', 'status', 'familyName', 'title', 'user.sourcedId', 'dateLastModified']);
    const predicate = random.pick(['=', '!=', '>', '<', '~', '>=']);
    return `${field}${predicate}'${random.pick(['ann', 'active', '2020-01-01', random.pick(nasty)])}'`;
  };

  const oneRoster: Make = (random) => {
    const { base, operations: table } = random.pick(services);
    const { path, parameters, method, kind, body = '' } = random.pick(table);
    const values: Record<string, () => string> = {
      limit: () => random.pick(['1', '3', '100']),
      offset: () => random.pick(['0', '2']),
      sort: () => random.pick(['sourcedId', 'familyName', 'title']),
      orderBy: () => random.pick(['asc', 'desc']),
      fields: () => random.pick(['sourcedId', 'sourcedId,status', 'title,name']),
      filter: () => [filterOf(random), ...(random.chance(0.3) ? [filterOf(random)] : [])].join(' AND '),
    };
    const query = parameters
      .filter(() => random.chance(0.4))
      .map((name) => `${name}=${encode(values[name]?.() ?? '')}`)
      .join('&');
    const wanted = [...known.objects].find(([wrapper]) => wrapper.startsWith(body.slice(0, 5)))?.[1] ?? [];
    const object = wanted.length === 0 ? { sourcedId: id(random) } : random.pick(wanted);
    const content =
      kind === 'push-batch'
        ? { operations: [{ method: 'PUT', path: `/users/${id(random)}`, body: { user: object } }] }
        : { [body]: kind === 'post-set' ? [object] : object };
    const isWrite = method === 'PUT' || method === 'POST';
    return {
      method,
      path: base + path.replace(/\{[^}]*\}/g, () => encode(id(random))) + (query === '' ? '' : `?${query}`),
      headers: { authorization: known.token, ...(isWrite ? { 'content-type': 'application/json' } : {}) },
      ...(isWrite ? { body: Buffer.from(JSON.stringify(content)) } : {}),
    };
  };

  // The audit log grows by every request; what reads all of it is asked now and then only.
  const whole = new Set(['listAudit', 'verifyAudit', 'exportAudit', 'exportPerson']);
  const short = adminRoutes.filter((route) => !whole.has(route.id));
  const admin: Make = (random) => {
    const route = random.pick(random.chance(0.05) ? adminRoutes : short);
    const query = Object.entries(route.query)
      .filter(([, parameter]) => 'required' in parameter || random.chance(0.3))
      .map(([name, parameter]) => {
        if (parameter.kind === 'choice') return `${name}=${encode(random.pick(parameter.choices))}`;
        if (parameter.kind === 'integer') return `${name}=${parameter.min + random.below(3)}`;
        return parameter.kind === 'flag' ? name : `${name}=${encode(random.pick(['default', 'ann', id(random)]))}`;
      })
      .join('&');
    const isFile = route.body === 'file';
    const all = schemas as unknown as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    const named = (name: string) => all[name] ?? {};
    const body =
      route.body === undefined
        ? undefined
        : Buffer.from(
            isFile ? fileOf(random, id(random)) : JSON.stringify(fromSchema(named(route.body), named, random)),
          );
    return {
      method: route.method.toUpperCase(),
      path: `/api/v1${route.path.replace(/:\w+/g, () => encode(id(random)))}${query === '' ? '' : `?${query}`}`,
      headers: {
        authorization: random.chance(0.2) ? basic(known.user.name, known.user.password) : known.apiKey,
        ...(body === undefined ? {} : { 'content-type': isFile ? 'application/xml' : 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
    };
  };

  const token: Make = (random) => ({
    method: 'POST',
    path: '/oauth/token',
    headers: {
      authorization: basic(known.user.name, known.user.password),
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: Buffer.from(
      `grant_type=client_credentials${random.chance(0.5) ? `&scope=${encode(random.pick(nasty))}` : ''}`,
    ),
  });

  const rest: Make = (random) => ({
    method: 'GET',
    path: random.pick([
      '/',
      '/docs',
      '/health/live',
      '/health/ready',
      '/api/v1/openapi.json',
      '/soap/PersonManagementServiceSync?wsdl',
      '/soap/ImsEnterpriseServicesPort?singleWsdl',
      '/soap/GroupManagementServiceSync?xsd=imsGroupManDataSchema_v1p0.xsd',
      '/ims/oneroster/rostering/v1p2/discovery/onerosterv1p2rostersservice_openapi3_v1p0.json',
      '/ims/oneroster/v1p1/',
    ]),
    headers: {},
  });

  const doors: readonly Make[] = [soap, soap, oneRoster, oneRoster, oneRoster, admin, admin, admin, token, rest];
  return (random) => {
    const valid = random.pick(doors)(random);
    if (random.chance(0.15)) return valid;
    let bent = valid;
    for (let times = 1 + random.below(3); times > 0; times -= 1) bent = bend(bent, random);
    return bent;
  };
}

/** A small file of IMS Enterprise 1.1. */
function fileOf(random: Random, id: string): string {
  const recstatus = random.pick(['1', '2', '3', '9']);
  return `<?xml version="1.0"?><enterprise><properties><datasource>f</datasource><datetime>2026-01-01</datetime></properties><person recstatus="${recstatus}"><sourcedid><source>f</source><id>${id}</id></sourcedid><name><fn>${id}</fn></name></person></enterprise>`;
}

/** Headers that mean something to the gateway, with what they may bring. */
const headersToBend: readonly (readonly [string, readonly string[]])[] = [
  [
    'content-type',
    ['application/json', 'text/xml', 'application/soap+xml; action="a"', 'text/plain', 'a/b; charset=x'],
  ],
  ['content-type', ['application/json; charset=utf-16', 'multipart/form-data; boundary=a', 'text/xml; charset=ebcdic']],
  ['content-encoding', ['gzip', 'identity', 'br', 'deflate', 'zstd', 'gzip, gzip']],
  ['accept', ['*/*', 'text/html', 'application/xml', 'a']],
  ['authorization', ['Bearer x', 'Basic !!!!', 'Basic', 'OAuth oauth_signature="a"', 'Digest a="b"', 'Bearer a b']],
  ['soapaction', ['""', '"a"', 'a', '"http://www.imsglobal.org/soap/pms/readPerson"']],
  ['x-tenant', ['demo', 'other', '$ne', '*']],
  ['x-forwarded-for', ['::1', '127.0.0.1', 'a, b', '::ffff:10.0.0.1', '1'.repeat(200)]],
  ['x-forwarded-host', ['a.invalid', 'a b', '"><script>']],
  ['x-forwarded-proto', ['https', 'javascript']],
  ['host', ['a.invalid', 'a@b', '[::1]', '"']],
  ['origin', ['https://a.invalid', 'null']],
  ['sec-fetch-site', ['cross-site', 'same-origin']],
  ['cookie', ['__Host-rostergate=a', 'a=b; a=c', ';;;']],
  ['x-csrf-token', ['a']],
  ['x-request-id', ['a', 'a b', 'x'.repeat(200)]],
  ['range', ['bytes=0-1', 'bytes=-']],
  ['if-none-match', ['*', '"a"']],
  ['expect', ['100-continue']],
  ['content-disposition', ['attachment; filename="../../a"', "attachment; filename*=UTF-8''%ff", 'a']],
  ['x-file-name', ['../../a', 'a\\b']],
];

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'LINK', 'SEARCH'];

function bend(asked: Asked, random: Random): Asked {
  const { path, headers, body } = asked;
  switch (random.below(body === undefined ? 6 : 10)) {
    case 0:
      return { ...asked, method: random.pick(methods) };
    case 1: {
      const [before = '', query = ''] = path.split('?');
      const parts = before.split('/');
      parts[1 + random.below(Math.max(1, parts.length - 1))] = encodePath(random.pick(nasty));
      return { ...asked, path: `${parts.join('/') || '/'}${query === '' ? '' : `?${query}`}` };
    }
    case 2: {
      const name = random.pick([
        'filter',
        'limit',
        'offset',
        'sort',
        'fields',
        'cursor',
        'filter[$ne]',
        '$where',
        '__proto__',
        'wsdl',
        'access_token',
        'oauth_signature',
        'a[b][c]',
        'tenant',
      ]);
      const extra = `${encode(name)}=${encode(random.pick(nasty))}`;
      return { ...asked, path: `${path}${path.includes('?') ? '&' : '?'}${extra}` };
    }
    case 3:
    case 4: {
      const [name, values] = random.pick(headersToBend);
      return { ...asked, headers: { ...headers, [name]: random.pick(values) } };
    }
    case 5:
      return { ...asked, path: `/${encodePath(mutateText(decode(path.slice(1)), random))}` };
    default:
      return body === undefined ? asked : { ...asked, body: bendBody(body, headers['content-type'] ?? '', random) };
  }
}

function bendBody(body: Buffer, type: string, random: Random): Buffer {
  if (random.chance(0.15)) return mutateBytes(body, random);
  if (type.startsWith('application/json') && random.chance(0.8)) {
    try {
      return Buffer.from(JSON.stringify(mutateJson(JSON.parse(body.toString()), random)));
    } catch {
      // It has been bent before.
    }
  }
  return Buffer.from(mutateText(body.toString(), random));
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Characters that may stand in a request line stay as they are, so that paths with `%zz` and `//` are tried too. */
function encodePath(text: string): string {
  return sound(text).replace(/[^\x21-\x7e]|#/gu, (char) => encodeURIComponent(char));
}
