import { describe, expect, test } from '@jest/globals';
import { makeMatcher, scopeAddresses, services } from '../../../src/protocols/oneroster-rest/operations.ts';
import { publishedDocument, rostering1p1, rostering1p2 } from './published.ts';

function operationsOf(version: string) {
  return services.filter((service) => service.version === version).flatMap((service) => service.operations);
}

describe('the operation tables', () => {
  test('of 1.2 are part of the published document: path, call name, parameters, scopes and wrapper', () => {
    const document = publishedDocument(rostering1p2);
    if (document === undefined) return;
    for (const operation of operationsOf('1.2')) {
      const published = document.paths[operation.path]?.['get'];
      expect(published?.operationId).toBe(operation.id);
      const query = published?.parameters?.filter((one) => one.in === 'query').map((one) => one.name);
      expect(new Set(query)).toEqual(new Set(operation.parameters));
      const scopes = published?.security?.flatMap((one) => one.OAuth2CC ?? []);
      expect(new Set(scopes)).toEqual(new Set(scopeAddresses('1.2', operation.scopes)));
      const reference = published?.responses['200']?.content?.['application/json']?.schema.$ref;
      const schema = document.components.schemas[reference?.split('/').at(-1) ?? ''] as { properties: object };
      expect(Object.keys(schema.properties)).toEqual([operation.wrapper]);
    }
  });

  test('of 1.1 have only paths of the 1.1 document', () => {
    const document = publishedDocument(rostering1p1);
    if (document === undefined) return;
    for (const operation of operationsOf('1.1')) expect(document.paths[operation.path]).toHaveProperty('get');
  });

  test('hold the eleven collections of Rostering Core, each also by id, in both versions', () => {
    for (const version of ['1.1', '1.2']) {
      expect(operationsOf(version).filter((operation) => !operation.single)).toHaveLength(11);
      expect(operationsOf(version).filter((operation) => operation.single)).toHaveLength(11);
    }
  });
});

describe('the matcher', () => {
  const match = makeMatcher(services);

  test('takes fixed segments in any case and leaves values alone', () => {
    const found = match(['IMS', 'oneroster', 'V1P1', 'USERS', 'AbC']);
    expect(found).toMatchObject({ values: ['AbC'], operations: [{ id: 'getUser' }] });
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
