import { isOurs, type Service, serviceNamespaces } from './namespaces.ts';

/** Service of each operation, and whether its status is one or a set (IMS-ES 1.0, the behaviour of each service). */
const table = {
  createPerson: ['pms', 'single'],
  readPerson: ['pms', 'single'],
  updatePerson: ['pms', 'single'],
  replacePerson: ['pms', 'single'],
  deletePerson: ['pms', 'single'],
  createPersons: ['pms', 'set'],
  deletePersons: ['pms', 'set'],
  createGroup: ['gms', 'single'],
  readGroup: ['gms', 'single'],
  updateGroup: ['gms', 'single'],
  replaceGroup: ['gms', 'single'],
  deleteGroup: ['gms', 'single'],
  createMembership: ['mms', 'single'],
  readMembership: ['mms', 'single'],
  updateMembership: ['mms', 'single'],
  replaceMembership: ['mms', 'single'],
  deleteMembership: ['mms', 'single'],
  readMembershipsForPerson: ['mms', 'set'],
  readMembershipsForGroup: ['mms', 'set'],
} as const satisfies Readonly<Record<string, readonly [Service, 'single' | 'set']>>;

/** The operations that are served. */
export type OperationName = keyof typeof table;

/** An operation as the WSDL declares it and the dispatcher serves it. */
export interface Operation {
  readonly name: OperationName;
  readonly service: Service;
  /** The value of SOAPAction. */
  readonly action: string;
  /** Namespace of both message elements. */
  readonly namespace: string;
  /** Local name of the request's element. */
  readonly request: string;
  /** Local name of the answer's element. */
  readonly answer: string;
  /** `single`: the header carries `statusInfo`; `set`: `statusInfoSet`. */
  readonly status: 'single' | 'set';
}

/** All operations; the WSDL texts are tested against this table. */
export const operations: readonly Operation[] = Object.entries(table).map(([name, [service, status]]) => ({
  name: name as OperationName,
  service,
  action: `http://www.imsglobal.org/soap/${service}/${name}`,
  namespace: serviceNamespaces[service].message,
  request: `${name}Request`,
  answer: `${name}Response`,
  status,
}));

const byRequest: ReadonlyMap<string, Operation> = new Map(operations.map((each) => [each.request, each]));

/**
 * The operation that a Body's element asks for. Its name decides; its namespace may be any of the standard or none,
 * since clients confuse them, but not a foreign one.
 */
export function operationOf(body: { readonly namespace: string; readonly name: string }): Operation | undefined {
  return isOurs(body.namespace) ? byRequest.get(body.name) : undefined;
}

/** A place where services are reached, below the mount. */
export interface Endpoint {
  readonly name: string;
  readonly services: readonly Service[];
}

/** The endpoints: one for each service, and one for all. */
export const endpoints: readonly Endpoint[] = [
  { name: 'PersonManagementServiceSync', services: ['pms'] },
  { name: 'GroupManagementServiceSync', services: ['gms'] },
  { name: 'MembershipManagementServiceSync', services: ['mms'] },
  { name: 'ImsEnterpriseServicesPort', services: ['pms', 'gms', 'mms'] },
];

/** The endpoint of a path segment; a suffix `.svc` and the case of letters do not matter. */
export function endpointOf(segment: string): Endpoint | undefined {
  const name = segment.toLowerCase().replace(/\.svc$/, '');
  return endpoints.find((endpoint) => endpoint.name.toLowerCase() === name);
}
