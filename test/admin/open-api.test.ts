import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { adminRoutes, statusWords } from '../../src/admin/index.ts';
import { problemCodes } from '../../src/base/problem.ts';
import { enterpriseFile } from '../setup/enterprise-file.ts';
import { type AdminGateway, startAdmin } from './gateway.ts';

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, unknown>>;
  readonly security?: readonly unknown[];
}
interface Document {
  readonly openapi: string;
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

let gateway: AdminGateway;
let document: Document;
beforeAll(async () => {
  gateway = await startAdmin();
  document = (await gateway.ask('GET', '/openapi.json', { as: 'nobody' })).json as unknown as Document;
});
afterAll(() => gateway.close());

describe('GET /openapi.json', () => {
  test('is given to everybody and describes exactly the routes that are served', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(document.servers).toEqual([{ url: '/api/v1' }]);
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    const served = adminRoutes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
    const open = ['post /session', 'get /session/oidc', 'get /session/oidc/callback', 'get /openapi.json'];
    expect(described.sort()).toEqual([...served, ...open].sort());
  });

  test('names each operation once, and every parameter of a path', () => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.values(methods).map((operation) => ({ path, operation })),
    );
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, operation } of operations) {
      const inPath = (operation.parameters ?? []).filter((one) => one.in === 'path').map(({ name }) => name);
      expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    }
  });

  test('says of every operation with a JSON body what may be wrong with the body', () => {
    for (const { method, path, body } of adminRoutes) {
      if (body === undefined || body === 'file') continue;
      const responses = document.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method]?.responses;
      const codes = ['invalid-request', 'unreadable-input', 'too-large', 'unsupported-media-type'];
      for (const code of codes)
        expect({ path, found: JSON.stringify(responses).includes(`(\`${code}\`)`), code }).toEqual({
          path,
          found: true,
          code,
        });
    }
  });

  test('every reference leads somewhere', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
    expect(references.length).toBeGreaterThan(20);
    for (const [, name = ''] of references) expect(document.components.schemas).toHaveProperty(name);
  });

  test('its schemas describe what the API answers', async () => {
    const persons = ['p1', 'p2'];
    await gateway.import(enterpriseFile({ persons, groups: ['g'], members: ['g/p1', 'g/p9'] }), { mode: 'full' });
    const run = await gateway.import(enterpriseFile({ persons: ['p1'], groups: ['g'], members: ['g/p1'] }), {
      mode: 'full',
    });
    const [item] = (await gateway.ask('GET', '/trash?type=person')).json['items'] as { id: string }[];
    const answers = {
      Run: await gateway.ask('GET', `/runs/${run.id}`),
      RunList: await gateway.ask('GET', '/runs'),
      FeedList: await gateway.ask('GET', '/feeds'),
      Feed: await gateway.ask('GET', '/feeds/default'),
      TrashList: await gateway.ask('GET', '/trash'),
      WaitingList: await gateway.ask('GET', '/waiting'),
      RestoreResults: await gateway.ask('POST', '/trash/restore', { data: { ids: [item?.id] } }),
      Problem: await gateway.ask('GET', '/runs?state=x'),
    };
    const ajv = new Ajv2020({ strict: false });
    (addFormats as unknown as (to: Ajv2020) => void)(ajv);
    ajv.addSchema({ ...document, $id: 'api' });
    for (const [name, { json }] of Object.entries(answers)) {
      const check = ajv.getSchema(`api#/components/schemas/${name}`);
      expect({ name, valid: check?.(json), errors: check?.errors }).toEqual({ name, valid: true, errors: null });
    }
  });

  test('every problem code has an HTTP status and a title', () => {
    for (const code of problemCodes) {
      expect(statusWords[code].status).toBeGreaterThanOrEqual(400);
      expect(statusWords[code].title).not.toBe('');
    }
  });
});
