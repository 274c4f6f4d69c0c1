import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { create } from 'xmlbuilder2';
import { escapeAttribute } from '../../wire/index.ts';
import type { Endpoint } from './operations.ts';

type XmlNode = ReturnType<typeof create>;

/** The WSDL of each endpoint among our texts. */
const serviceTexts: Readonly<Record<string, string>> = {
  PersonManagementServiceSync: 'imsPersonManServiceSync_v1p0.wsdl',
  GroupManagementServiceSync: 'imsGroupManServiceSync_v1p0.wsdl',
  MembershipManagementServiceSync: 'imsMemberManServiceSync_v1p0.wsdl',
  ImsEnterpriseServicesPort: 'ImsEnterpriseServicesPort_v1p0.wsdl',
};

/** Stands in the prepared texts for the address by which a client reached the endpoint. */
const place = 'urn:rostergate:address';
const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/';

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

/**
 * Serves the WSDL and XSD texts of `folder`: addresses and locations are those by which the client reached the
 * endpoint. Answers undefined for what there is not. Texts are prepared when first asked for and kept.
 */
export function makeDescriptions(folder: string) {
  const texts: ReadonlyMap<string, string> = new Map(
    readdirSync(folder)
      .filter((name) => /\.(wsdl|xsd)$/.test(name))
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );
  const prepared = new Map<string, string | undefined>();

  const parse = (name: string): XmlNode => {
    const text = texts.get(name);
    if (text === undefined) throw new Error(`the description ${name} is missing`);
    return create(text).root();
  };

  const prepare = (endpoint: Endpoint, description: Description): string | undefined => {
    const serviceText = serviceTexts[endpoint.name];
    if (serviceText === undefined) return undefined;
    switch (description.kind) {
      case 'wsdl':
        return rewritten(parse(serviceText));
      case 'import': {
        const location = importsOf(parse(serviceText))[description.index];
        return location === undefined ? undefined : rewritten(parse(location));
      }
      case 'schema':
        return rewritten(parse(`${description.name}.xsd`));
      case 'singleWsdl':
        return singleWsdl(parse(serviceText), parse);
    }
  };

  return function describe(endpoint: Endpoint, description: Description, address: string): string | undefined {
    if (description.kind === 'schema' && !texts.has(`${description.name}.xsd`)) return undefined;
    const id = `${endpoint.name} ${JSON.stringify(description)}`;
    if (!prepared.has(id)) prepared.set(id, prepare(endpoint, description));
    return prepared.get(id)?.replaceAll(place, escapeAttribute(address));
  };
}

/** The locations of the WSDLs that one imports, in order. */
function importsOf(root: XmlNode): string[] {
  return childrenOf(root, 'wsdl:import').map((node) => attribute(node, 'location'));
}

/** Points every address and location of a document to the endpoint's queries. */
function rewritten(root: XmlNode): string {
  let wsdls = 0;
  root.each(
    (node) => {
      switch (nameOf(node)) {
        case 'soap:address':
          node.att('location', place);
          break;
        case 'wsdl:import':
          node.att('location', `${place}?wsdl=wsdl${wsdls}`);
          wsdls += 1;
          break;
        case 'xs:import':
          node.att('schemaLocation', `${place}?xsd=${attribute(node, 'schemaLocation').replace(/\.xsd$/, '')}`);
          break;
        default:
      }
    },
    false,
    true,
  );
  return root.doc().end({ prettyPrint: true });
}

/**
 * Puts a service, what it imports and all schemas into one document. A WSDL has one target namespace: that of the port
 * types where there is one service, else that of the service; our prefixes are each used for one namespace only, so
 * that binding them anew to the target moves every name.
 */
function singleWsdl(service: XmlNode, parse: (name: string) => XmlNode): string {
  const ports = importsOf(service).map(parse);
  const moved = new Set([service, ...ports].map((root) => attribute(root, 'targetNamespace')));
  const [only, ...others] = ports;
  const target = attribute(only !== undefined && others.length === 0 ? only : service, 'targetNamespace');

  const single = create({ version: '1.0', encoding: 'UTF-8' }).ele(
    'http://schemas.xmlsoap.org/wsdl/',
    'wsdl:definitions',
  );
  single.att('name', attribute(service, 'name')).att('targetNamespace', target);
  for (const root of [service, ...ports]) {
    for (const [prefix, namespace] of declarationsOf(root)) {
      single.att(xmlnsNamespace, `xmlns:${prefix}`, moved.has(namespace) ? target : namespace);
    }
  }
  const types = single.ele('http://schemas.xmlsoap.org/wsdl/', 'wsdl:types');
  for (const schema of schemasOf(ports, parse)) types.import(schema);
  for (const part of ['wsdl:message', 'wsdl:portType', 'wsdl:binding', 'wsdl:service']) {
    for (const root of [...ports, service]) for (const node of childrenOf(root, part)) single.import(node);
  }
  single.each((node) => void (nameOf(node) === 'soap:address' && node.att('location', place)), false, true);
  return single.doc().end({ prettyPrint: true });
}

/** All schemas that WSDLs import, and those that these import, each once and without locations. */
function schemasOf(wsdls: readonly XmlNode[], parse: (name: string) => XmlNode): XmlNode[] {
  const found = new Map<string, XmlNode>();
  const follow = (root: XmlNode): void => {
    for (const node of root.filter((each) => nameOf(each) === 'xs:import', false, true)) {
      const location = attribute(node, 'schemaLocation');
      node.removeAtt('schemaLocation');
      if (found.has(location)) continue;
      const schema = parse(location);
      follow(schema);
      found.set(location, schema);
    }
  };
  for (const wsdl of wsdls) follow(wsdl);
  return [...found.values()];
}

function childrenOf(root: XmlNode, name: string): XmlNode[] {
  return root.filter((node) => nameOf(node) === name, false, false);
}

function nameOf(node: XmlNode): string {
  return node.node.nodeName;
}

interface ElementNode {
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
}

function attributesOf(node: XmlNode): [string, string][] {
  const { attributes } = node.node as unknown as ElementNode;
  return [...attributes].map(({ name, value }) => [name, value]);
}

function attribute(node: XmlNode, name: string): string {
  return attributesOf(node).find(([each]) => each === name)?.[1] ?? '';
}

function declarationsOf(root: XmlNode): [string, string][] {
  return attributesOf(root).flatMap(([name, value]): [string, string][] =>
    name.startsWith('xmlns:') ? [[name.slice('xmlns:'.length), value]] : [],
  );
}
