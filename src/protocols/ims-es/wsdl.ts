import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { escapeAttribute } from '../../wire/index.ts';
import type { Endpoint } from './operations.ts';
import {
  abstractWsdl,
  type Locations,
  messageNamespaces,
  schemaName,
  serviceWsdl,
  singleWsdl,
} from './wsdl/documents.ts';

/** A description document that a query asks for. */
export type Description =
  | { readonly kind: 'wsdl' }
  | { readonly kind: 'singleWsdl' }
  | { readonly kind: 'import'; readonly index: number }
  | { readonly kind: 'schema'; readonly name: string };

/**
 * What a query string asks for, or undefined when it asks for no description: `?wsdl`, `?singleWsdl`, `?wsdl=wsdl0`,
 * `?xsd=name`, in any case of letters.
 */
export function descriptionOf(query: URLSearchParams): Description | undefined {
  for (const [name, value] of query) {
    switch (name.toLowerCase()) {
      case 'singlewsdl':
        return { kind: 'singleWsdl' };
      case 'xsd':
        return { kind: 'schema', name: value.replace(/\.xsd$/i, '') };
      case 'wsdl':
        return value === ''
          ? { kind: 'wsdl' }
          : { kind: 'import', index: Number(/^wsdl(\d)$/i.exec(value)?.[1] ?? -1) };
      default:
    }
  }
  return undefined;
}

/** Stands in the prepared texts for the address by which a client reached the endpoint. */
const place = 'urn:rostergate:address';
const at: Locations = {
  address: place,
  wsdl: (index) => `${place}?wsdl=wsdl${index}`,
  schema: (name) => `${place}?xsd=${name}`,
};
const schemaLocation = /schemaLocation="([^"]+)\.xsd"/g;

/**
 * Serves the WSDLs that are made from the table of operations and the schemas of `folder`: addresses and locations are
 * those by which the client reached the endpoint. Answers undefined for what there is not. Texts are prepared when
 * first asked for and kept.
 */
export function makeDescriptions(folder: string) {
  const schemas: ReadonlyMap<string, string> = new Map(
    readdirSync(folder)
      .filter((name) => name.endsWith('.xsd'))
      .map((name) => [name.slice(0, -'.xsd'.length), readFileSync(join(folder, name), 'utf8')]),
  );
  const prepared = new Map<string, string>();

  const prepare = (endpoint: Endpoint, description: Description): string | undefined => {
    switch (description.kind) {
      case 'wsdl':
        return serviceWsdl(endpoint, at);
      case 'import': {
        const service = endpoint.services[description.index];
        return service === undefined ? undefined : abstractWsdl(service, endpoint.portTypes, at);
      }
      case 'schema':
        return schemas
          .get(description.name)
          ?.replaceAll(schemaLocation, (_, name: string) => `schemaLocation="${at.schema(name)}"`);
      case 'singleWsdl':
        return singleWsdl(endpoint, schemasOf(messageNamespaces(endpoint), schemas), at);
    }
  };

  return function describe(endpoint: Endpoint, description: Description, address: string): string | undefined {
    const id = `${endpoint.name} ${JSON.stringify(description)}`;
    const text = prepared.get(id) ?? prepare(endpoint, description);
    if (text !== undefined) prepared.set(id, text);
    return text?.replaceAll(place, () => escapeAttribute(address));
  };
}

/** Texts of the schemas of some namespaces and of those that they import, each once, the imported first. */
function schemasOf(namespaces: readonly string[], schemas: ReadonlyMap<string, string>): string[] {
  const found = new Map<string, string>();
  const follow = (name: string): void => {
    if (found.has(name)) return;
    const text = schemas.get(name);
    if (text === undefined) throw new Error(`the schema ${name} is missing`);
    for (const [, imported = ''] of text.matchAll(schemaLocation)) follow(imported);
    found.set(name, text);
  };
  for (const namespace of namespaces) follow(schemaName(namespace));
  return [...found.values()];
}
