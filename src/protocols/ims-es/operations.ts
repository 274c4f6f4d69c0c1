import type { RosterType } from '../../model/index.ts';
import { extension, isOurs, type Service, serviceNamespaces } from './namespaces.ts';

/**
 * What an operation does with its noun. The words say the shape of its messages:
 * `create` `update` `replace`: `sourcedId` and the noun, or pairs of them in a set; `createByProxy`: the noun alone, the
 * answer names the identifier; `delete` `read`: an identifier or a set of them; `changeIdentifier`: the old and the new
 * one; `readFor`: those that belong to another record; `readAll`: a page of all.
 */
export type Act =
  | 'create'
  | 'createByProxy'
  | 'update'
  | 'replace'
  | 'delete'
  | 'read'
  | 'changeIdentifier'
  | 'readFor'
  | 'readAll';

interface Row {
  readonly service: Service;
  readonly act: Act;
  /** `single`: the header carries `statusInfo`; `set`: `statusInfoSet`. */
  readonly status: 'single' | 'set';
  /** Whether request and answer speak of many records. */
  readonly many: boolean;
  /** `readFor`: the noun of the record that is named. */
  readonly for?: RosterType;
  /** Not in the standard: `itslearning` offers it under the standard's namespace, `ours` has a namespace of its own. */
  readonly extended?: 'itslearning' | 'ours';
}

const one = (service: Service, act: Act): Row => ({ service, act, status: 'single', many: false });
const many = (service: Service, act: Act): Row => ({ service, act, status: 'set', many: true });
const readFor = (service: Service, type: RosterType): Row => ({ ...many(service, 'readFor'), for: type });
const readAll = (service: Service, extended: 'itslearning' | 'ours'): Row => ({
  service,
  act: 'readAll',
  status: 'single',
  many: true,
  extended,
});

/** Every operation (IMS-ES 1.0, the behaviour of each service), in the order of the descriptions. */
const table = {
  createPerson: one('pms', 'create'),
  createPersons: many('pms', 'create'),
  createByProxyPerson: one('pms', 'createByProxy'),
  createByProxyPersons: many('pms', 'createByProxy'),
  readPerson: one('pms', 'read'),
  readPersons: many('pms', 'read'),
  readPersonsForGroup: readFor('pms', 'group'),
  updatePerson: one('pms', 'update'),
  updatePersons: many('pms', 'update'),
  replacePerson: one('pms', 'replace'),
  replacePersons: many('pms', 'replace'),
  deletePerson: one('pms', 'delete'),
  deletePersons: many('pms', 'delete'),
  changePersonIdentifier: one('pms', 'changeIdentifier'),
  changePersonsIdentifier: many('pms', 'changeIdentifier'),
  readAllPersons: readAll('pms', 'itslearning'),
  createGroup: one('gms', 'create'),
  createGroups: many('gms', 'create'),
  createByProxyGroup: one('gms', 'createByProxy'),
  createByProxyGroups: many('gms', 'createByProxy'),
  readGroup: one('gms', 'read'),
  readGroups: many('gms', 'read'),
  readGroupsForPerson: readFor('gms', 'person'),
  updateGroup: one('gms', 'update'),
  updateGroups: many('gms', 'update'),
  replaceGroup: one('gms', 'replace'),
  replaceGroups: many('gms', 'replace'),
  deleteGroup: one('gms', 'delete'),
  deleteGroups: many('gms', 'delete'),
  changeGroupIdentifier: one('gms', 'changeIdentifier'),
  changeGroupsIdentifier: many('gms', 'changeIdentifier'),
  readAllGroups: readAll('gms', 'ours'),
  createMembership: one('mms', 'create'),
  createMemberships: many('mms', 'create'),
  createByProxyMembership: one('mms', 'createByProxy'),
  createByProxyMemberships: many('mms', 'createByProxy'),
  readMembership: one('mms', 'read'),
  readMemberships: many('mms', 'read'),
  readMembershipsForPerson: readFor('mms', 'person'),
  readMembershipsForGroup: readFor('mms', 'group'),
  updateMembership: one('mms', 'update'),
  updateMemberships: many('mms', 'update'),
  replaceMembership: one('mms', 'replace'),
  replaceMemberships: many('mms', 'replace'),
  deleteMembership: one('mms', 'delete'),
  deleteMemberships: many('mms', 'delete'),
  changeMembershipIdentifier: one('mms', 'changeIdentifier'),
  changeMembershipsIdentifier: many('mms', 'changeIdentifier'),
  readAllMemberships: readAll('mms', 'ours'),
} as const satisfies Readonly<Record<string, Row>>;

/** The operations that are served. */
export type OperationName = keyof typeof table;

/** An operation as the WSDL declares it and the dispatcher serves it. */
export interface Operation extends Row {
  readonly name: OperationName;
  /** Name of its port type. */
  readonly portType: string;
  /** The value of SOAPAction. */
  readonly action: string;
  /** Namespace of both message elements. */
  readonly namespace: string;
  /** Local name of the request's element. */
  readonly request: string;
  /** Local name of the answer's element. */
  readonly answer: string;
}

const portTypes: Readonly<Record<Service, string>> = {
  pms: 'PersonManagementServiceSync',
  gms: 'GroupManagementServiceSync',
  mms: 'MembershipManagementServiceSync',
};

/** All operations; the WSDL texts are tested against this table. */
export const operations: readonly Operation[] = Object.entries<Row>(table).map(([name, row]) => ({
  ...row,
  name: name as OperationName,
  portType: `${row.extended === undefined ? '' : 'Extended'}${portTypes[row.service]}`,
  action: row.extended === 'ours' ? `${extension}/${name}` : `http://www.imsglobal.org/soap/${row.service}/${name}`,
  namespace: row.extended === 'ours' ? extension : serviceNamespaces[row.service].message,
  request: `${name}Request`,
  answer: `${name}Response`,
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
  /** Services whose operations are taken here. */
  readonly services: readonly Service[];
  /** Port types that its WSDL declares. */
  readonly portTypes: readonly string[];
}

const services = ['pms', 'gms', 'mms'] as const;

/** The endpoints: one for each service, one for what each has beyond the standard, and one for all. */
export const endpoints: readonly Endpoint[] = [
  ...services.map((service) => ({ name: portTypes[service], services: [service], portTypes: [portTypes[service]] })),
  ...services.map((service) => {
    const name = `Extended${portTypes[service]}`;
    return { name, services: [service], portTypes: [name] };
  }),
  {
    name: 'ImsEnterpriseServicesPort',
    services,
    portTypes: services.flatMap((service) => [portTypes[service], `Extended${portTypes[service]}`]),
  },
];

/** The endpoint of a path segment; a suffix `.svc` and the case of letters do not matter. */
export function endpointOf(segment: string): Endpoint | undefined {
  const name = segment.replace(/\.svc$/i, '').toLowerCase();
  return endpoints.find((endpoint) => endpoint.name.toLowerCase() === name);
}
