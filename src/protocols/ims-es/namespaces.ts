/** The three services of IMS Enterprise Services 1.0: person, group and membership management. */
export type Service = 'pms' | 'gms' | 'mms';

const base = 'http://www.imsglobal.org/services';

/** Namespace of the data that all services use. */
export const common = `${base}/common/imsCommonSchema_v1p0`;

/** Namespace of the SOAP headers. */
export const messageBinding = `${base}/common/imsMessBindSchema_v1p0`;

/** Namespace of what Rostergate adds to the standard: messages and, with the operation's name behind it, SOAPAction. */
export const extension = 'urn:rostergate:ims-es:extension:v1p0';

/** Namespaces of each service's messages and data. */
export const serviceNamespaces: Readonly<Record<Service, { readonly message: string; readonly data: string }>> = {
  pms: namespacesOf('pms', 'Person'),
  gms: namespacesOf('gms', 'Group'),
  mms: namespacesOf('mms', 'Member'),
};

function namespacesOf(service: Service, noun: string): { message: string; data: string } {
  const xsd = `${base}/${service}/xsd/ims${noun}Man`;
  return { message: `${xsd}MessSchema_v1p0`, data: `${xsd}DataSchema_v1p0` };
}

const known: ReadonlySet<string> = new Set([
  '',
  common,
  messageBinding,
  extension,
  ...Object.values(serviceNamespaces).flatMap(({ message, data }) => [message, data]),
]);

/**
 * Whether an element of this namespace may be meant for the standard: one of its namespaces, or none. Clients confuse
 * them, so that elements are found by their local names among these.
 */
export function isOurs(namespace: string): boolean {
  return known.has(namespace);
}
