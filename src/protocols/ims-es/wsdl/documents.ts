import { common, extension, messageBinding, type Service, serviceNamespaces } from '../namespaces.ts';
import { type Endpoint, type Operation, operations } from '../operations.ts';
import { bindings, messages, portTypes, serviceElement } from './parts.ts';

/** Where a document says that the others are: the service, a WSDL that is imported, and a schema by its name. */
export interface Locations {
  /** Address of the endpoint, escaped for an attribute. */
  readonly address: string;
  wsdl(index: number, file: string): string;
  schema(name: string): string;
}

const nouns: Readonly<Record<Service, string>> = { pms: 'Person', gms: 'Group', mms: 'Member' };
const soap = 'http://schemas.xmlsoap.org/wsdl/soap/';
const wsdl = 'http://schemas.xmlsoap.org/wsdl/';
const xsd = 'http://www.w3.org/2001/XMLSchema';

/** The namespace, with its misspelling, under which clients of itslearning know all services on one address. */
const allServices = 'http://www.itslearning.com/intergation/imses/v1p0';
/** Namespace of the bindings of what is beyond the standard. */
const extendedBindings = 'urn:rostergate:ims-es:wsdl:v1p0';

/** Name of the schema of a namespace: that of its file without the suffix. */
export function schemaName(namespace: string): string {
  return namespace === extension ? 'rostergateExtension_v1p0' : lastSegment(namespace);
}

/** File name of the WSDL with the port types of a service. */
export function abstractFile(service: Service): string {
  return `${lastSegment(abstractNamespace(service))}.wsdl`;
}

/** File name of the WSDL of an endpoint. */
export function serviceFile(endpoint: Endpoint): string {
  const { namespace } = bindingsOf(endpoint);
  return namespace.startsWith('http://www.imsglobal.org/')
    ? `${lastSegment(namespace)}.wsdl`
    : `${endpoint.name}_v1p0.wsdl`;
}

/** The WSDL with some of the port types of a service (WSDL 1.1), and their messages. */
export function abstractWsdl(service: Service, names: readonly string[], at: Locations): string {
  const served = servedBy(names).filter((each) => each.service === service);
  const schemas = [...new Set(served.map(({ namespace }) => namespace)), messageBinding];
  const imports = schemas.map(
    (namespace) => `<xs:import namespace="${namespace}" schemaLocation="${at.schema(schemaName(namespace))}"/>`,
  );
  return documentOf(undefined, abstractNamespace(service), [[`${service}a`, abstractNamespace(service)]], served, [
    '<wsdl:types>',
    '  <xs:schema>',
    ...indent(indent(imports)),
    '  </xs:schema>',
    '</wsdl:types>',
    ...messages(served),
    ...portTypes(served),
  ]);
}

/** The WSDL of an endpoint: it imports one for each service and declares bindings, ports and the address. */
export function serviceWsdl(endpoint: Endpoint, at: Locations): string {
  const own = bindingsOf(endpoint);
  const imports = endpoint.services.map((service, index) => {
    const location = at.wsdl(index, abstractFile(service));
    return `<wsdl:import namespace="${abstractNamespace(service)}" location="${location}"/>`;
  });
  const declared = [
    [own.prefix, own.namespace] as const,
    ...endpoint.services.map((service) => [`${service}a`, abstractNamespace(service)] as const),
  ];
  const served = servedBy(endpoint.portTypes);
  return documentOf(endpoint.name, own.namespace, declared, served, [
    ...imports,
    ...bindings(served),
    ...serviceElement(endpoint, own.prefix, at.address),
  ]);
}

/**
 * An endpoint's WSDL with all that it needs in one document. A WSDL has one target namespace: that of the port types
 * where there is one service, else that of the bindings; every prefix is bound to it. `schemas` are the texts that the
 * types need.
 */
export function singleWsdl(endpoint: Endpoint, schemas: readonly string[], at: Locations): string {
  const own = bindingsOf(endpoint);
  const [only, ...others] = endpoint.services;
  const target = only !== undefined && others.length === 0 ? abstractNamespace(only) : own.namespace;
  const prefixes = [own.prefix, ...endpoint.services.map((service) => `${service}a`)];
  const served = servedBy(endpoint.portTypes);
  const types = schemas.flatMap((text) => {
    const whole = text.replace(/^<\?xml[^>]*\?>\s*/, '').replaceAll(/\s+schemaLocation="[^"]*"/g, '');
    return whole.trimEnd().split('\n');
  });
  return documentOf(
    endpoint.name,
    target,
    prefixes.map((prefix) => [prefix, target] as const),
    served,
    [
      '<wsdl:types>',
      ...indent(types),
      '</wsdl:types>',
      ...messages(served),
      ...portTypes(served),
      ...bindings(served),
      ...serviceElement(endpoint, own.prefix, at.address),
    ],
  );
}

/** Namespaces of the messages that an endpoint's operations use; their schemas import all others. */
export function messageNamespaces(endpoint: Endpoint): string[] {
  return [...new Set(servedBy(endpoint.portTypes).map(({ namespace }) => namespace)), messageBinding];
}

function servedBy(names: readonly string[]): Operation[] {
  return names.flatMap((portType) => operations.filter((each) => each.portType === portType));
}

function documentOf(
  name: string | undefined,
  target: string,
  declared: readonly (readonly [string, string])[],
  served: readonly Operation[],
  content: readonly string[],
): string {
  // The schema of what is ours imports those of groups and memberships.
  const services = served.flatMap((each): Service[] => (each.extended === 'ours' ? ['gms', 'mms'] : [each.service]));
  // The prefixes of the schemas too: some clients look for them only here.
  const prefixes = new Map([
    ['wsdl', wsdl],
    ['soap', soap],
    ['xs', xsd],
    ...declared,
    ['mb', messageBinding],
    ['c', common],
    ...services.flatMap((service) => [
      [`${service[0]}m`, serviceNamespaces[service].message] as const,
      [`${service[0]}d`, serviceNamespaces[service].data] as const,
    ]),
    ...(served.some(({ namespace }) => namespace === extension) ? [['x', extension] as const] : []),
  ]);
  const attributes = [
    ...(name === undefined ? [] : [`name="${name}"`]),
    ...[...prefixes].map(([prefix, namespace]) => `xmlns:${prefix}="${namespace}"`),
    `targetNamespace="${target}"`,
  ];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!-- Rostergate: a description of IMS Enterprise Services 1.0, made from the table of operations. Own text, MIT licence. -->',
    '<wsdl:definitions',
    ...indent(indent(attributes)).map((line, index, all) => (index === all.length - 1 ? `${line}>` : line)),
    ...indent(content),
    '</wsdl:definitions>',
    '',
  ].join('\n');
}

function bindingsOf({ services, portTypes: names }: Endpoint): { prefix: string; namespace: string } {
  const [service, ...others] = services;
  if (service === undefined || others.length > 0) return { prefix: 'port', namespace: allServices };
  if (servedBy(names).every(({ extended }) => extended !== undefined)) {
    return { prefix: 'rg', namespace: extendedBindings };
  }
  return { prefix: `${service}s`, namespace: wsdlNamespace(service, 'Service') };
}

function abstractNamespace(service: Service): string {
  return wsdlNamespace(service, 'Abstract');
}

function wsdlNamespace(service: Service, kind: 'Abstract' | 'Service'): string {
  return `http://www.imsglobal.org/services/${service}/wsdl/ims${nouns[service]}Man${kind}Sync_v1p0`;
}

function lastSegment(namespace: string): string {
  return namespace.slice(namespace.lastIndexOf('/') + 1);
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
