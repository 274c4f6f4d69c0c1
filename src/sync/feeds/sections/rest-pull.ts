import { type Failed, failed } from '../../../base/result.ts';
import { type FieldMapping, fieldMappingSchema, makeMapping, readJsonPath } from '../../../wire/index.ts';
import { type RestType, type RestVersion, restColumns, restTypes } from './rest-columns.ts';
import type { FeedSection, SectionCheckDeps } from './section.ts';

/** How the next page is found, and how it is known that all was given. */
export interface RestPaging {
  /**
   * `page`: by a page number. `offset`: by the number of records so far. `cursor`: by a text in the answer. `link`: by the `Link`
   * header (RFC 8288). `next`: by an address in the answer. `none`: there is one page.
   */
  style: 'none' | 'page' | 'offset' | 'cursor' | 'link' | 'next';
  /** The query parameter of the page's number, the offset or the cursor; `page`, `offset` and `cursor` unless told. */
  param?: string;
  /** The query parameter of the page's size; none is sent unless told. */
  sizeParam?: string;
  /** page: the number of the first page; 1 unless told. */
  first?: number;
  /** cursor and next: where in the answer it is. */
  path?: string;
  /** Where in the answer the number of all records is; `header:NAME` for a header. Fewer records are a problem. */
  total?: string;
}

/** A condition of a record: what a path leads to is there, or is one of some texts, or none of them. */
export interface RestCondition {
  path: string;
  in?: readonly string[];
  notIn?: readonly string[];
  present?: boolean;
}

/** How the rows of one file come from the records of one address. */
export interface RestCollection {
  type: RestType;
  /** Behind the setting `url`, with a query where one is needed. */
  path: string;
  /** Where in the answer the records are; `$`, the answer itself, unless told. */
  records?: string;
  /** A list in the record: a row for each of its items (`@` in paths), instead of one for the record. */
  each?: string;
  /** Records or items that have a row; all unless told. */
  only?: readonly RestCondition[];
  /** How each column is filled; `metadata.NAME` is a column too. */
  fields: Readonly<Record<string, FieldMapping>>;
}

/** How records are read page by page from an HTTP API that is not OneRoster; part of a feed's settings. */
export interface RestPullSettings {
  /** Where the API begins, as `https://api.example/v3.0`. */
  url: string;
  /** How requests are authorized. `header`: the secret is the value of the header `header`. */
  auth: 'none' | 'bearer' | 'basic' | 'header' | 'oauth2';
  /** basic: the user's name; oauth2: the client's. */
  clientId: string | null;
  header: string | null;
  /** oauth2: where tokens are got, how the client is named there, and what is asked for. */
  tokenUrl: string | null;
  clientAuth: 'basic' | 'form';
  scope: string | null;
  /** Further headers of each request; no secrets. */
  headers: Readonly<Record<string, string>>;
  /** Of the OneRoster CSV package that is made. */
  version: RestVersion;
  pageSize: number;
  paging: RestPaging;
  collections: readonly RestCollection[];
}

const text = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength });
const orNull = (maxLength: number) => ({ type: ['string', 'null'], minLength: 1, maxLength });
const texts = { type: 'array', minItems: 1, maxItems: 100, items: { type: 'string', maxLength: 200 } };
const path = text(300);
const parameter = { type: 'string', pattern: '^[A-Za-z0-9_.$\\[\\]-]{1,64}$' };
const headerName = '^[A-Za-z0-9-]{1,64}$';

const condition = {
  type: 'object',
  additionalProperties: false,
  required: ['path'],
  properties: { path, in: texts, notIn: texts, present: { type: 'boolean' } },
};

const collection = {
  type: 'object',
  additionalProperties: false,
  required: ['type', 'path', 'fields'],
  properties: {
    type: { enum: restTypes },
    path: { type: 'string', maxLength: 1000 },
    records: path,
    each: path,
    only: { type: 'array', maxItems: 10, items: condition },
    fields: {
      type: 'object',
      minProperties: 1,
      maxProperties: 60,
      propertyNames: { pattern: '^(metadata\\.[A-Za-z0-9_.-]{1,64}|[A-Za-z0-9]{1,64})$' },
      additionalProperties: fieldMappingSchema,
    },
  },
};

const paging = {
  type: 'object',
  additionalProperties: false,
  required: ['style'],
  properties: {
    style: { enum: ['none', 'page', 'offset', 'cursor', 'link', 'next'] },
    param: parameter,
    sizeParam: parameter,
    first: { type: 'integer', minimum: 0, maximum: 1 },
    path,
    total: path,
  },
};

/** The rules of the setting `restPull`. */
export const restPullSection: FeedSection<RestPullSettings> = {
  properties: {
    url: text(2048),
    auth: { enum: ['none', 'bearer', 'basic', 'header', 'oauth2'] },
    clientId: orNull(256),
    header: { type: ['string', 'null'], pattern: headerName },
    secret: text(4096),
    tokenUrl: orNull(2048),
    clientAuth: { enum: ['basic', 'form'] },
    scope: orNull(2000),
    headers: {
      type: 'object',
      maxProperties: 10,
      propertyNames: { pattern: headerName },
      additionalProperties: { type: 'string', pattern: '^[\\x20-\\x7e]{0,500}$' },
    },
    version: { enum: ['1.1', '1.2'] },
    pageSize: { type: 'integer', minimum: 1, maximum: 10_000 },
    paging,
    collections: { type: 'array', minItems: 1, maxItems: 30, items: collection },
  },
  secrets: ['secret'],
  required: ['url', 'collections'],
  defaults: {
    auth: 'none',
    clientId: null,
    header: null,
    tokenUrl: null,
    clientAuth: 'basic',
    scope: null,
    headers: {},
    version: '1.1',
    pageSize: 100,
    paging: { style: 'none' },
  },
  check: (section, given, deps) => checkAddresses(section, given, deps) ?? checkShape(section),
};

const wrong = (field: string, words: string): Failed => failed('invalid-request', words, { field });
const isKept = (name: string) =>
  /^(authorization|cookie|host|connection|accept|transfer-encoding|content-.*|proxy-.*)$/i.test(name);

function checkAddresses(
  section: RestPullSettings,
  { there, secrets }: { there: RestPullSettings | null; secrets: Readonly<Record<string, string>> },
  { checkUrl }: SectionCheckDeps,
): Failed | undefined {
  const { url, auth, clientId, header, tokenUrl, headers } = section;
  for (const [field, address] of [
    ['url', url],
    ['tokenUrl', tokenUrl],
  ] as const) {
    const checked = address === null ? undefined : checkUrl(address);
    if (checked?.ok === false) return wrong(field, checked.problem.text);
    if (checked?.ok === true && field === 'url' && checked.value.search !== '') {
      return wrong(field, 'The address must not hold a query (?); it belongs to the path of a collection.');
    }
  }
  if ((auth === 'oauth2' || auth === 'basic') && clientId === null) return wrong('clientId', needed('clientId', auth));
  if (auth === 'oauth2' && tokenUrl === null) return wrong('tokenUrl', needed('tokenUrl', auth));
  if (auth === 'header' && header === null) return wrong('header', needed('header', auth));
  const forbidden = [...Object.keys(headers), ...(header === null ? [] : [header])].find(isKept);
  if (forbidden !== undefined) return wrong('headers', `The header ${forbidden} is the gateway's own.`);
  if (auth === 'none' || secrets['secret'] !== undefined) return undefined;
  if (there === null || there.auth === 'none') return wrong('secret', needed('secret', auth));
  const origins = ({ url: at, tokenUrl: token }: RestPullSettings) =>
    [at, token].flatMap((address) => (address === null ? [] : [new URL(address).origin]));
  if (origins(section).every((origin) => origins(there).includes(origin))) return undefined;
  return wrong(
    'secret',
    'The setting restPull.secret is needed with an address at another server (scheme, host or port): the stored one is for the server of before and is not sent elsewhere.',
  );
}

const needed = (field: string, auth: string) => `The setting restPull.${field} is needed with restPull.auth=${auth}.`;

function checkShape({
  collections,
  paging: { style, path: at, total },
  version,
}: RestPullSettings): Failed | undefined {
  if ((style === 'cursor' || style === 'next') && at === undefined) {
    return wrong('paging.path', `The setting restPull.paging.path is needed with the style ${style}.`);
  }
  const isHeader = total?.startsWith('header:') === true;
  if (isHeader && !/^header:[A-Za-z0-9-]{1,64}$/.test(total ?? '')) return noPath('paging.total', total ?? '');
  for (const [field, way] of [
    ['paging.path', at],
    ['paging.total', isHeader ? undefined : total],
  ] as const) {
    if (way !== undefined && readJsonPath(way) === undefined) return noPath(field, way);
  }
  for (const [index, one] of collections.entries()) {
    const fault = checkCollection(one, version, `collections.${index}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

const noPath = (field: string, way: string) => wrong(field, `${way.slice(0, 80)} is no path.`);

function checkCollection(one: RestCollection, version: RestVersion, at: string): Failed | undefined {
  const columns = restColumns(one.type, version);
  if (columns.length === 0) return wrong(`${at}.type`, `OneRoster ${version} has no file ${one.type}.`);
  if (!/^([/?]|$)/.test(one.path) || /[#\s\\]|(^|\/)\.\.?(\/|$)/.test(one.path)) {
    return wrong(`${at}.path`, 'A path begins with / or ?, and has no spaces, no # and no dots as a part.');
  }
  for (const [field, way] of [
    ['records', one.records],
    ['each', one.each],
    ...(one.only ?? []).map(({ path: way }, index) => [`only.${index}.path`, way] as const),
  ] as const) {
    if (way !== undefined && readJsonPath(way) === undefined) return noPath(`${at}.${field}`, way);
  }
  const hasMadeId = one.type === 'enrollments' || one.type === 'roles';
  if (!hasMadeId && one.fields['sourcedId'] === undefined) {
    return wrong(`${at}.fields.sourcedId`, 'The column sourcedId is needed.');
  }
  for (const [column, mapping] of Object.entries(one.fields)) {
    if (!column.startsWith('metadata.') && !columns.includes(column)) {
      return wrong(
        `${at}.fields.${column}`,
        `${one.type}.csv of OneRoster ${version} has no column ${column} that is read.`,
      );
    }
    const made = makeMapping(mapping);
    if (!made.ok) return wrong(`${at}.fields.${column}.${made.problem.place?.field ?? ''}`, made.problem.text);
  }
  return undefined;
}
