import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { problemCodes } from '../../../src/base/problem.ts';
import { statusWords, type Version } from '../../../src/protocols/oneroster-rest/index.ts';
import { statusBody } from '../../../src/protocols/oneroster-rest/status.ts';
import { scopeAddresses } from '../../../src/roster/index.ts';
import { type Gateway, reader, startGateway } from './gateway.ts';
import { makeValidators, publishedDocument, rostering1p2 } from './published.ts';
import { group, smallSchool } from './records.ts';

const v1p1 = '/ims/oneroster/v1p1';
const v1p2 = '/ims/oneroster/rostering/v1p2';
const coreOnly = { id: 'core', secret: 's', scopes: scopeAddresses('1.2', ['roster-core.readonly']) };
const demographicsOnly = {
  id: 'demo',
  secret: 's',
  scopes: ['https://purl.imsglobal.org/spec/or/v1p2/scope/roster-demographics.readonly'],
};

let gateway: Gateway;
let token: string;

beforeAll(async () => {
  gateway = await startGateway([...smallSchool(), group('g-arch', { kind: 'course' }, { state: 'archived' })], {
    clients: [coreOnly, demographicsOnly],
  });
  token = await gateway.token(reader);
});
afterAll(() => gateway.stop());

async function json(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>;
}

async function statusOf(path: string, using: string | undefined = token) {
  const response = await gateway.get(path, using);
  const body = await json(response);
  const [first] = (body['statusInfoSet'] as Record<string, unknown>[] | undefined) ?? [];
  const fields = body['imsx_CodeMinor'] as { imsx_codeMinorField: { imsx_codeMinorFieldValue: string }[] } | undefined;
  const minor = first?.['imsx_codeMinor'] ?? fields?.imsx_codeMinorField[0]?.imsx_codeMinorFieldValue;
  return { http: response.status, minor, headers: response.headers, body };
}

const collections: Readonly<Record<string, [wrapper: string, total: number, one: string]>> = {
  users: ['users', 3, 'ann'],
  students: ['users', 2, 'ann'],
  teachers: ['users', 1, 'tom'],
  orgs: ['orgs', 2, 'g-root'],
  schools: ['orgs', 1, 'school/1'],
  courses: ['courses', 2, 'g-course'],
  classes: ['classes', 1, 'class-1'],
  academicSessions: ['academicSessions', 2, 'term-1'],
  terms: ['academicSessions', 1, 'term-1'],
  gradingPeriods: ['academicSessions', 1, 'g-period'],
  enrollments: ['enrollments', 3, 'enr-2.06'],
};

describe.each([
  ['1.1', v1p1],
  ['1.2', v1p2],
] as [Version, string][])('%s', (_version, base) => {
  test.each(Object.entries(collections))(
    '%s are read as a collection and by id',
    async (path, [wrapper, total, id]) => {
      const response = await gateway.get(`${base}/${path}`, token);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(response.headers.get('x-total-count')).toBe(String(total));
      expect(response.headers.get('link')).toContain(`<${gateway.url}${base}/${path}?limit=100&offset=0>; rel="first"`);
      expect(response.headers.get('etag')).toBeNull();
      expect(response.headers.get('cache-control')).toBe('no-store');
      const body = await json(response);
      expect(Object.keys(body)).toEqual([wrapper]);
      expect(body[wrapper]).toHaveLength(total);

      const single = await gateway.get(`${base}/${path}/${encodeURIComponent(id)}`, token);
      expect(single.status).toBe(200);
      expect(single.headers.get('x-total-count')).toBe('1');
      const one = await json(single);
      expect(Object.values(one)).toEqual([expect.objectContaining({ sourcedId: id })]);
    },
  );

  test('every href of a collection can be followed', async () => {
    for (const path of Object.keys(collections)) {
      const text = await (await gateway.get(`${base}/${path}`, token)).text();
      for (const [, href = ''] of text.matchAll(/"href":"([^"]+)"/g)) {
        expect(href.startsWith(gateway.url + base)).toBe(true);
        expect([href, (await gateway.get(href.slice(gateway.url.length), token)).status]).toEqual([href, 200]);
      }
    }
  });

  test('pages are walked by the next links, whole and once', async () => {
    const seen: string[] = [];
    let next: string | undefined = `${base}/users?limit=2&sort=sourcedId`;
    while (next !== undefined) {
      const response: Response = await gateway.get(next, token);
      const body = (await response.json()) as { users: { sourcedId: string }[] };
      seen.push(...body.users.map((user) => user.sourcedId));
      const link = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
      next = link?.slice(gateway.url.length);
    }
    expect(seen).toEqual(['ann', 'mum', 'tom']);
  });

  test('paths are taken in any case and with doubled slashes, and HEAD has no body', async () => {
    expect((await gateway.get(`${base}//Users`, token)).status).toBe(200);
    expect((await gateway.get(`/${base.toUpperCase()}/users/`, token)).status).toBe(200);
    const head = await fetch(`${gateway.url}${base}/users`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${token}` },
    });
    expect([head.status, head.headers.get('x-total-count'), await head.text()]).toEqual([200, '3', '']);
  });

  test('filters, and an empty answer keeps its wrapper', async () => {
    const response = await gateway.get(`${base}/users?filter=${encodeURIComponent("status='tobedeleted'")}`, token);
    expect(response.headers.get('x-total-count')).toBe('1');
    expect(await json(response)).toMatchObject({ users: [{ sourcedId: 'mum', enabledUser: 'false' }] });
    const none = await gateway.get(`${base}/users?filter=${encodeURIComponent("sourcedId='nobody'")}`, token);
    expect([none.status, await json(none)]).toEqual([200, { users: [] }]);
    const since = encodeURIComponent("dateLastModified>'2026-10-05T08:09:10.011Z'");
    expect((await gateway.get(`${base}/users?filter=${since}`, token)).headers.get('x-total-count')).toBe('0');
  });

  test('selects fields, also of a single object', async () => {
    const body = await json(await gateway.get(`${base}/users/ann?fields=givenName,familyName`, token));
    expect(body).toEqual({ user: { givenName: 'Ann', familyName: 'Lee' } });
  });

  test('says 401 with a challenge without a token, with an unknown one and with one in the query', async () => {
    const none = await statusOf(`${base}/users`, '');
    expect([none.http, none.minor]).toEqual([401, 'unauthorisedrequest']);
    const missing = await gateway.get(`${base}/users`);
    expect(missing.headers.get('www-authenticate')).toBe('Bearer realm="OneRoster", OAuth realm="OneRoster"');
    const wrong = await statusOf(`${base}/users`, 'wrong');
    expect(wrong.http).toBe(401);
    expect(wrong.headers.get('www-authenticate')).toBe(
      'Bearer realm="OneRoster", error="invalid_token", OAuth realm="OneRoster"',
    );
    expect((await gateway.get(`${base}/users?access_token=${token}`)).status).toBe(401);
    expect((await gateway.get(`${base}/users?access_token=${token}`, token)).status).toBe(400);
    expect((await gateway.get(`${base}/users`, undefined, { authorization: 'Basic YTpi' })).status).toBe(401);
  });

  test('says 403 when no scope opens the operation, and which would', async () => {
    const refused = await statusOf(`${base}/users`, await gateway.token(demographicsOnly));
    expect([refused.http, refused.minor]).toEqual([403, 'forbidden']);
    expect(refused.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
    expect(refused.headers.get('www-authenticate')).toContain('roster-core.readonly');
  });

  test('opens core operations to either scope, of either version', async () => {
    expect((await gateway.get(`${base}/users`, await gateway.token(coreOnly))).status).toBe(200);
    const [scope = ''] = scopeAddresses('1.1', ['roster.readonly']);
    expect((await gateway.get(`${base}/users`, await gateway.token(reader, scope))).status).toBe(200);
  });

  test.each(['/users/nobody', '/schools/g-root', '/cats', '', '/users/a/b/c/d', '/users/__proto__', '/constructor'])(
    'says 404 unknownobject for %s',
    async (path) => {
      const unknown = await statusOf(base + path);
      expect([unknown.http, unknown.minor]).toEqual([404, 'unknownobject']);
      expect(JSON.stringify(unknown.body)).toContain('Unknown Object');
    },
  );

  test.each([
    ['limit=0', 'invaliddata'],
    ['offset=-1', 'invaliddata'],
    ['limit=1&limit=2', 'invaliddata'],
    ['filter=status', 'invalid_filter_field'],
    ["filter=shoeSize='42'", 'invalid_filter_field'],
    ["filter=href='Lee'", 'invalid_filter_field'],
    ["filter=enabledUser='maybe'", 'invalid_filter_field'],
    ["filter=status='active'&filter=status='active'", 'invaliddata'],
    ['filter=%ff%zz', 'invalid_filter_field'],
  ])('says 400 for ?%s', async (query, minor) => {
    const malformed = await statusOf(`${base}/users?${query}`);
    expect([malformed.http, malformed.minor]).toEqual([400, minor]);
  });

  test('says 400 for a path that is not encoded correctly', async () => {
    expect((await statusOf(`${base}/users/%zz`)).http).toBe(400);
    expect((await statusOf(`${base}/users/%ff`)).http).toBe(400);
  });

  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('says 405 unsupported for %s', async (method) => {
    const response = await fetch(`${gateway.url}${base}/schools`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('HEAD, GET');
    expect(JSON.stringify(await response.json())).toContain('"imsx_codeMajor":"unsupported"');
  });

  test('says 500 in its own words when the store fails, and nothing of what failed', async () => {
    const broken = await startGateway([], {
      roster: {
        page: async () => {
          throw new Error('password is CANARY');
        },
      },
    });
    const response = await broken.get(`${base}/users`, await broken.token(reader));
    const text = await response.text();
    await broken.stop();
    expect(response.status).toBe(500);
    expect(text).toContain('internal_server_error');
    expect(text).not.toContain('CANARY');
  });
});

describe('between the versions', () => {
  test('errors are a bare imsx_StatusInfo in 1.2 and a statusInfoSet in 1.1', async () => {
    expect((await statusOf(`${v1p2}/users/x`)).body).toEqual({
      imsx_codeMajor: 'failure',
      imsx_severity: 'error',
      imsx_description: expect.any(String),
      imsx_CodeMinor: {
        imsx_codeMinorField: [
          { imsx_codeMinorFieldName: 'TargetEndSystem', imsx_codeMinorFieldValue: 'unknownobject' },
        ],
      },
    });
    expect((await statusOf(`${v1p1}/users/x`)).body).toEqual({
      statusInfoSet: [
        {
          imsx_codeMajor: 'failure',
          imsx_severity: 'error',
          imsx_codeMinor: 'unknownobject',
          imsx_description: expect.any(String),
        },
      ],
    });
  });

  test('an unknown field in fields is 400 in 1.2, and data with a warning in 1.1', async () => {
    const strict = await statusOf(`${v1p2}/users?fields=shoeSize`);
    expect([strict.http, strict.minor]).toEqual([400, 'invalid_selection_field']);
    const lenient = await gateway.get(`${v1p1}/users?fields=shoeSize`, token);
    expect(lenient.status).toBe(200);
    expect(await json(lenient)).toMatchObject({
      users: [{ givenName: 'Ann' }, {}, {}],
      statusInfoSet: [{ imsx_severity: 'warning', imsx_codeMinor: 'invalid_selection_field' }],
    });
  });

  test('services that are not here answer 404 in the words of 1.2', async () => {
    expect((await statusOf('/ims/oneroster/attendance/v1p2/results')).minor).toBe('unknownobject');
  });

  test('paths outside OneRoster are passed on', async () => {
    const response = await gateway.get('/elsewhere');
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
  });
});

test('every problem has words that the published 1.2 status schema allows', () => {
  const document = publishedDocument(rostering1p2);
  if (document === undefined) return;
  const validate = makeValidators(document)('#/components/schemas/imsx_StatusInfoDType');
  for (const code of problemCodes) {
    validate(statusBody('1.2', { code, text: 'x' }));
    expect([code, validate.errors]).toEqual([code, null]);
    expect(statusWords[code].http).toBeGreaterThanOrEqual(400);
  }
});

describe('addresses', () => {
  test('begin with the public URL where one is set', async () => {
    const behind = await startGateway(smallSchool(), { publicUrl: 'https://roster.example.org/' });
    const response = await behind.get(`${v1p2}/users/tom`, await behind.token(reader));
    const text = await response.text();
    await behind.stop();
    expect(text).toContain('"href":"https://roster.example.org/ims/oneroster/rostering/v1p2/orgs/school%2F1"');
  });

  test('are never made from a Host header that is no host', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { host: 'evil.example/<script>', authorization: `Bearer ${token}` };
      const sent = httpRequest(`${gateway.url}${v1p2}/users`, { headers, setHost: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      sent.on('error', reject).end();
    });
    expect(status).toBe(400);
  });
});
