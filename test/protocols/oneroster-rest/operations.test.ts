import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { makeMatcher, type Operation, services } from '../../../src/protocols/oneroster-rest/operations/index.ts';
import { addressesOf, oneRosterScopes, scopeAddresses } from '../../../src/roster/index.ts';
import { type PublishedOperation, publishedDocument, rostering1p1, services1p2 } from './published.ts';

const standard = (operations: readonly Operation[]) => operations.filter(({ extension }) => extension !== true);
const operations1p1 = standard(
  services.filter(({ version }) => version === '1.1').flatMap(({ operations }) => operations),
);

/** Operations of a published document by method and path. */
function published(paths: Readonly<Record<string, Readonly<Record<string, PublishedOperation>>>>) {
  return new Map<string, PublishedOperation>(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, one]) => [`${method.toUpperCase()} ${path}`, one] as const),
    ),
  );
}

const nameOf = ({ method, path }: Operation) => `${method} ${path}`;
const sorted = (names: Iterable<string>) => [...names].sort();

describe.each(Object.entries(services1p2))('The %s operations of 1.2', (part, name) => {
  const service = services.find(({ version, parts }) => version === '1.2' && parts.some((one) => one === part));
  const operations = standard(service?.operations ?? []);
  const document = publishedDocument(name);
  const all = published(document?.paths ?? {});

  test('are those of the published document, each once, below its base path', () => {
    if (document === undefined) return;
    expect(sorted(operations.map(nameOf))).toEqual(sorted(all.keys()));
    expect(document.servers?.[0]?.variables?.['basePath']?.default).toBe(service?.base);
  });

  test('have its call names, query parameters, path parameters, scopes, statuses and wrappers', () => {
    if (document === undefined) return;
    const propertiesOf = (reference: string | undefined) => {
      const schema = document.components.schemas[reference?.split('/').at(-1) ?? ''] as
        | { readonly properties: object }
        | undefined;
      return Object.keys(schema?.properties ?? {});
    };
    for (const operation of operations) {
      const one = all.get(nameOf(operation));
      const named = (place: string) =>
        sorted(
          (one?.parameters ?? []).filter((parameter) => parameter.in === place).map((parameter) => parameter.name),
        );
      const status = Object.keys(one?.responses ?? {}).find((code) => code.startsWith('2')) ?? '';
      expect({
        id: operation.id,
        query: sorted(operation.parameters),
        path: sorted(operation.path.match(/(?<=\{)[^}]+/g) ?? []),
        scopes: sorted(scopeAddresses('1.2', operation.scopes)),
        success: String(operation.success[0]),
        wrapper: operation.wrapper === undefined ? [] : [operation.wrapper],
        body: operation.body === undefined ? [] : [operation.body],
      }).toEqual({
        id: one?.operationId,
        query: named('query'),
        path: named('path'),
        scopes: sorted(new Set(one?.security?.flatMap((each) => each.OAuth2CC ?? []))),
        success: status,
        wrapper: propertiesOf(one?.responses[status]?.content?.['application/json']?.schema.$ref),
        body: propertiesOf(one?.requestBody?.content?.['application/json']?.schema.$ref),
      });
    }
  });
});

test('1.2 has 41 rostering, 35 gradebook and 5 resources operations, and 1.1 has 61', () => {
  const counts = services.map(({ base, operations }) => [base, standard(operations).length]);
  expect(counts).toEqual([
    ['/ims/oneroster/v1p1', 61],
    ['/ims/oneroster/rostering/v1p2', 41],
    ['/ims/oneroster/gradebook/v1p2', 35],
    ['/ims/oneroster/resources/v1p2', 5],
  ]);
});

describe('The operations of 1.1', () => {
  test('are those of the 1.1 document, each once, with their wrappers', () => {
    const document = publishedDocument(rostering1p1);
    if (document === undefined) return;
    const all = published(document.paths);
    expect(sorted(operations1p1.map(nameOf))).toEqual(sorted(all.keys()));
    for (const operation of operations1p1.filter(({ method }) => method === 'GET')) {
      const one = all.get(nameOf(operation));
      const reference = one?.responses['200']?.content?.['application/json']?.schema.$ref ?? '';
      const schema = document.components.schemas[reference.split('/').at(-1) ?? ''] as { properties: object };
      expect([operation.id, Object.keys(schema.properties)]).toEqual([operation.id, [operation.wrapper]]);
    }
  });

  test('have the call names, wrappers and scopes of the official tables', () => {
    const path = fileURLToPath(new URL('../../../../shared/reference/oneroster.md', import.meta.url));
    if (!existsSync(path)) {
      console.warn('skipped: the tables of 1.1 are not in ../shared/reference');
      return;
    }
    const rows = readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.replaceAll('`', '').trim()))
      .filter((cells) => ['rostering', 'resources', 'gradebook'].includes(cells[1] ?? '') && cells.length === 8);
    expect(rows).toHaveLength(61);
    for (const [, , method, , id, wrapper = '', scope] of rows) {
      const operation = operations1p1.find((one) => one.id === id);
      const shown = operation?.body === undefined ? (operation?.wrapper ?? '—') : `body ${operation.body}`;
      expect([id, operation?.method, shown]).toEqual([id, method, wrapper.replace('[]', '')]);
      expect(operation?.scopes).toContain(scope);
    }
  });
});

describe('Scopes', () => {
  test('demographics are opened by their own scope alone', () => {
    const reads = services.flatMap(({ operations }) => operations).filter(({ view }) => view === 'demographics');
    for (const { scopes, extension } of reads) {
      if (extension !== true) expect(scopes).toEqual(['roster-demographics.readonly']);
    }
    const others = services.flatMap(({ operations }) => operations).filter(({ view }) => view !== 'demographics');
    for (const { scopes } of others) expect(scopes).not.toContain('roster-demographics.readonly');
  });

  test('every operation is opened by scopes that there are, and the list names each address once', () => {
    expect(new Set(oneRosterScopes).size).toBe(oneRosterScopes.length);
    for (const { id, scopes } of services.flatMap(({ operations }) => operations)) {
      expect([id, scopes.length > 0]).toEqual([id, true]);
      for (const scope of scopes) expect(oneRosterScopes).toEqual(expect.arrayContaining(addressesOf(scope)));
    }
  });

  test('the gateway’s own open what OneRoster does not define, and nothing else', () => {
    for (const { id, scopes, extension } of services.flatMap(({ operations }) => operations)) {
      const areOwn = scopes.flatMap(addressesOf).map((address) => address.startsWith('https://rostergate.dev/scope/'));
      expect([id, new Set(areOwn)]).toEqual([id, new Set([extension === true])]);
    }
  });

  test('1.1 names none that it has not, and the gateway’s own have its own address', () => {
    expect(scopeAddresses('1.1', ['gradebook.readonly', 'gradebook-core.readonly'])).toEqual([
      'https://purl.imsglobal.org/spec/or/v1p1/scope/gradebook.readonly',
    ]);
    expect(scopeAddresses('1.2', ['roster.createput'])).toEqual(['https://rostergate.dev/scope/roster.createput']);
    expect(addressesOf('import')).toEqual(['https://rostergate.dev/scope/import']);
  });
});

describe('The matcher', () => {
  const match = makeMatcher(services);

  test('takes fixed segments in any case and leaves values alone', () => {
    const found = match(['IMS', 'oneroster', 'V1P1', 'SCHOOLS', 'AbC']);
    expect(found).toMatchObject({ values: ['AbC'], operations: [{ id: 'getSchool' }] });
    expect(match(['ims', 'oneroster', 'v1p1', 'lineitems', 'Li'])).toMatchObject({ values: ['Li'] });
  });

  test('finds nested paths with all their values', () => {
    const path = ['ims', 'oneroster', 'rostering', 'v1p2', 'schools', 'S 1', 'classes', 'classes', 'students'];
    expect(match(path)).toMatchObject({ values: ['S 1', 'classes'], operations: [{ within: ['school', 'class'] }] });
  });

  test('tells a known service with an unknown path from an unknown service', () => {
    expect(match(['ims', 'oneroster', 'rostering', 'v1p2', 'cats'])).toMatchObject({ version: '1.2' });
    expect(match(['ims', 'oneroster', 'rostering', 'v1p2', 'cats'])).not.toHaveProperty('values');
    expect(match(['ims', 'oneroster', 'rostering', 'v9'])).toBeUndefined();
  });

  test('is not led astray by names of Object.prototype', () => {
    expect(match(['ims', 'oneroster', 'v1p1', 'constructor'])).not.toHaveProperty('values');
    expect(match(['ims', 'oneroster', 'v1p1', '__proto__', 'x'])).not.toHaveProperty('values');
  });
});
