import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { endpointOf } from '../../../src/protocols/ims-es/operations.ts';
import { discovered } from '../../../src/protocols/oneroster-rest/discovery/index.ts';
import { type Doors, startDoors } from '../../setup/doors.ts';

let doors: Doors;
beforeAll(async () => {
  doors = await startDoors({ start: false }, { publicUrl: 'https://roster.example.org' });
});
afterAll(() => doors.close());

/** Every `$ref` in a document. */
function refs(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) =>
    name === '$ref' && typeof child === 'string' ? [child] : refs(child),
  );
}

describe.each(discovered)('$title', ({ service, paths }) => {
  test('has an OpenAPI document under each of its names, without a token, for every operation', async () => {
    for (const path of paths) {
      const answer = await doors.ask('GET', path, { as: null });
      expect([path, answer.status]).toEqual([path, 200]);
      const document = answer.json;
      expect(document.servers).toEqual([{ url: `https://roster.example.org${service.base}` }]);
      const ids = Object.values(document.paths as Record<string, Record<string, { operationId: string }>>).flatMap(
        (item) => Object.values(item).map(({ operationId }) => operationId),
      );
      expect(ids.sort()).toEqual(service.operations.map(({ id }) => id).sort());
      const named = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
      expect(refs(document).filter((ref) => !named.includes(ref))).toEqual([]);
      const { clientCredentials } = document.components.securitySchemes.OAuth2CC.flows;
      expect(clientCredentials.tokenUrl).toBe('https://roster.example.org/oauth/token');
    }
  });
});

test('The page for people needs no script, no token and nothing from elsewhere, and links to what is there', async () => {
  const page = await doors.ask('GET', '/docs', { as: null });
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toMatch(/^text\/html/);
  expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
  expect(page.text).not.toMatch(
    /<script|https?:\/\/(?!roster\.example\.org|purl\.imsglobal\.org|rostergate\.dev\/scope\/)/,
  );
  for (const [, path] of page.text.matchAll(/<a href="(\/ims[^"]+|\/api[^"]+)"/g)) {
    expect([path, (await doors.ask('GET', path ?? '', { as: doors.admin })).status]).toEqual([path, 200]);
  }
  const [, soap = ''] = /<a href="\/soap\/([^"?]+)\?wsdl"/.exec(page.text) ?? [];
  expect([soap, endpointOf(soap)]).toEqual([soap, expect.anything()]);
  for (const [, id] of page.text.matchAll(/<a href="#([^"]+)"/g)) expect(page.text).toContain(`id="${id}"`);
});
