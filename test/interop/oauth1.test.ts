import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { authorizationPairs, baseString, hmacSignature, queryPairs } from '../../src/wire/index.ts';
import { type Doors, startDoors } from '../setup/doors.ts';

const run = promisify(execFile);
const python = process.env['ROSTERGATE_OAUTHLIB_PYTHON'] ?? 'python3';
const isHere = await run(python, ['-c', 'import oauthlib']).then(
  () => true,
  () => false,
);
const needed = process.env['ROSTERGATE_INTEROP'] === 'all';
if (!isHere && !needed) console.log('skipped: pip install oauthlib, or set ROSTERGATE_OAUTHLIB_PYTHON');
const testWhereHere = isHere || needed ? test : test.skip;

interface Asked {
  readonly id: string;
  readonly secret: string;
  readonly method: 'HMAC-SHA1' | 'HMAC-SHA256';
  readonly url: string;
}

/** The headers by which oauthlib signs requests, in order. */
async function signedBy(asked: readonly Asked[]): Promise<string[]> {
  const running = run(python, [join(import.meta.dirname, 'oauth1-sign.py')], { maxBuffer: 64 * 1024 * 1024 });
  running.child.stdin?.end(asked.map((one) => `${JSON.stringify(one)}\n`).join(''));
  const { stdout } = await running;
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as string);
}

// What clients may send in a URL: oauthlib refuses characters that a query cannot hold, as a client must.
const word = fc.string({
  unit: fc.constantFrom(...Array.from('abcXYZ019-._~é😀 %&=+\'"(),:;/?@!$*<>[]')),
  maxLength: 12,
});
const requests = fc.record({
  id: fc.string({ unit: fc.constantFrom(...Array.from('abcDEF019-._~ &=+é')), minLength: 1, maxLength: 20 }),
  secret: fc.string({ unit: fc.constantFrom(...Array.from('abcDEF019-._~ &=+%é')), minLength: 1, maxLength: 30 }),
  method: fc.constantFrom('HMAC-SHA1', 'HMAC-SHA256'),
  origin: fc.constantFrom(
    'http://127.0.0.1:3000',
    'https://Roster.Example.org',
    'http://h.org:80',
    'https://h.org:443',
    'https://h.org:8443',
  ),
  path: fc.constantFrom('/ims/oneroster/v1p1/users', '/ims/oneroster/v1p1//users/a%2Fb', '/x/%C3%A9', '/x/~a-b_c.d'),
  query: fc.array(fc.tuple(word, word), { maxLength: 5 }),
  plus: fc.boolean(),
});

testWhereHere('What oauthlib signs is what is checked here, over 10,000 random requests', async () => {
  const encoded = (text: string, plus: boolean) =>
    plus ? encodeURIComponent(text).replaceAll('%20', '+') : encodeURIComponent(text);
  const asked = fc
    .sample(requests, { numRuns: 10_000, seed: 42 })
    .map(({ id, secret, method, origin, path, query, plus }) => {
      const text = query.map(([name, value]) => `${encoded(name, plus)}=${encoded(value, plus)}`).join('&');
      return { id, secret, method, origin, path, query: text, url: origin + path + (text === '' ? '' : `?${text}`) };
    });
  const headers = await signedBy(asked);
  expect(headers).toHaveLength(asked.length);
  for (const [at, { id, secret, method, origin, path, query, url }] of asked.entries()) {
    const header = authorizationPairs(headers[at]) ?? [];
    const named = new Map(header);
    expect(named.get('oauth_consumer_key')).toBe(id);
    const base = baseString({ method: 'GET', origin, path, pairs: [...header, ...(queryPairs(query) ?? [])] });
    const signature = hmacSignature(method, base, secret).toString('base64');
    expect({ url, signature }).toEqual({ url, signature: named.get('oauth_signature') });
  }
});

testWhereHere('oauthlib is let in by the gateway', async () => {
  const doors: Doors = await startDoors();
  try {
    const secret = 'the secret of the library & more';
    const made = { name: 'library', kinds: ['oneroster'], secret };
    await doors.ask('POST', '/api/v1/credentials', { as: doors.admin, data: made });
    await doors.ask('PUT', '/api/v1/credentials/library/oauth1', { as: doors.admin, data: { secret } });
    const addresses = [
      "/ims/oneroster/v1p1/users?filter=sourcedId%3D'O%20Neil'%20AND%20status%3D'active'",
      '/ims/oneroster/v1p1/orgs?limit=10&offset=0&sort=name&orderBy=asc',
      '/ims/oneroster/rostering/v1p2/classes?fields=title,sourcedId',
    ];
    const asked = addresses.map(
      (path) => ({ id: 'library', secret, method: 'HMAC-SHA256', url: doors.url + path }) as const,
    );
    const headers = await signedBy(asked);
    const answers = await Promise.all(addresses.map((path, at) => doors.ask('GET', path, { as: headers[at] ?? '' })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  } finally {
    await doors.close();
  }
});
