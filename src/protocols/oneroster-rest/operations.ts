import type { View } from '../../roster/index.ts';

/** The served versions of OneRoster. */
export type Version = '1.1' | '1.2';

/** Names of OneRoster's scopes without their address (OneRoster 1.1 and 1.2, security). */
export type Scope = 'roster.readonly' | 'roster-core.readonly';

/** Query parameters of an operation (OneRoster 1.2 REST binding, query parameters). */
export type Parameter = 'limit' | 'offset' | 'sort' | 'orderBy' | 'filter' | 'fields';

/** One operation of a OneRoster service. */
export interface Operation {
  /** The call's name in the standard's tables. */
  readonly id: string;
  readonly method: 'GET';
  /** Template below the service's base path; parameters in braces. */
  readonly path: string;
  readonly view: View;
  /** The property that holds the answer. */
  readonly wrapper: string;
  readonly single: boolean;
  /** Any one of them opens the operation. */
  readonly scopes: readonly Scope[];
  readonly parameters: readonly Parameter[];
}

/** A OneRoster service: a base path and the operations below it. */
export interface Service {
  readonly version: Version;
  readonly base: string;
  readonly operations: readonly Operation[];
}

const core: readonly Scope[] = ['roster.readonly', 'roster-core.readonly'];
const all: readonly Parameter[] = ['limit', 'offset', 'sort', 'orderBy', 'filter', 'fields'];

/** The two core operations of a collection: all objects, and one by its `sourcedId`. */
function collection(path: string, names: [many: string, one: string], view: View, wrappers: [string, string]) {
  const common = { method: 'GET', view, scopes: core } as const;
  const operations: readonly Operation[] = [
    { ...common, id: names[0], path: `/${path}`, wrapper: wrappers[0], single: false, parameters: all },
    {
      ...common,
      id: names[1],
      path: `/${path}/{sourcedId}`,
      wrapper: wrappers[1],
      single: true,
      parameters: ['fields'],
    },
  ];
  return operations;
}

const sessions: [string, string] = ['academicSessions', 'academicSession'];
const orgs: [string, string] = ['orgs', 'org'];
const users: [string, string] = ['users', 'user'];

/** Rostering Core: the same calls, paths and wrappers in 1.1 (tables 3.1a) and 1.2 (rostering service). */
const rosteringCore: readonly Operation[] = [
  collection('academicSessions', ['getAllAcademicSessions', 'getAcademicSession'], 'academicSession', sessions),
  collection('classes', ['getAllClasses', 'getClass'], 'class', ['classes', 'class']),
  collection('courses', ['getAllCourses', 'getCourse'], 'course', ['courses', 'course']),
  collection('enrollments', ['getAllEnrollments', 'getEnrollment'], 'enrollment', ['enrollments', 'enrollment']),
  collection('gradingPeriods', ['getAllGradingPeriods', 'getGradingPeriod'], 'gradingPeriod', sessions),
  collection('orgs', ['getAllOrgs', 'getOrg'], 'org', orgs),
  collection('schools', ['getAllSchools', 'getSchool'], 'school', orgs),
  collection('students', ['getAllStudents', 'getStudent'], 'student', users),
  collection('teachers', ['getAllTeachers', 'getTeacher'], 'teacher', users),
  collection('terms', ['getAllTerms', 'getTerm'], 'term', sessions),
  collection('users', ['getAllUsers', 'getUser'], 'user', users),
].flat();

/** Every served service with its operation table; routing, scopes and documents are driven by it. */
export const services: readonly Service[] = [
  { version: '1.1', base: '/ims/oneroster/v1p1', operations: rosteringCore },
  { version: '1.2', base: '/ims/oneroster/rostering/v1p2', operations: rosteringCore },
];

const scopePrefixes: Readonly<Record<Version, string>> = {
  '1.1': 'https://purl.imsglobal.org/spec/or/v1p1/scope/',
  '1.2': 'https://purl.imsglobal.org/spec/or/v1p2/scope/',
};

/** The addresses of scopes in a version, as OAuth 2 clients write them (OneRoster 1.2 REST binding, security). */
export function scopeAddresses(version: Version, scopes: readonly Scope[]): string[] {
  return scopes.map((scope) => scopePrefixes[version] + scope);
}

/** Every scope address this room knows, of both versions: what a client that may read the roster is given. */
export const rosteringScopes: readonly string[] = [...scopeAddresses('1.2', core), ...scopeAddresses('1.1', core)];

/** Whether granted scope addresses open an operation; the addresses of both versions count alike. */
export function opens(granted: readonly string[], operation: Operation): boolean {
  return operation.scopes.some((scope) =>
    Object.values(scopePrefixes).some((prefix) => granted.includes(prefix + scope)),
  );
}

/** What a path names: an operation's alternatives by method, and the `{…}` values in order. */
export interface Match {
  readonly service: Service;
  readonly operations: readonly Operation[];
  readonly values: readonly string[];
}

/** A path's shape: fixed segments (the even ones) in lower case, values as `*`. */
function shapeOf(segments: readonly string[]): string {
  return segments.map((segment, index) => (index % 2 === 0 ? segment.toLowerCase() : '*')).join('/');
}

/**
 * Makes the look-up of paths in the operation tables. Upper and lower case are the same in fixed segments; segments
 * come without empty ones, so that doubled slashes do no harm (real clients do both).
 */
export function makeMatcher(all: readonly Service[]): (segments: readonly string[]) => Match | Service | undefined {
  const tables = all.map((service) => {
    const shapes = new Map<string, Operation[]>();
    for (const operation of service.operations) {
      const shape = shapeOf(operation.path.split('/').slice(1));
      shapes.set(shape, [...(shapes.get(shape) ?? []), operation]);
    }
    return { service, base: service.base.split('/').slice(1), shapes };
  });
  return (segments) => {
    const table = tables.find(({ base }) => base.every((part, index) => segments[index]?.toLowerCase() === part));
    if (table === undefined) return undefined;
    const rest = segments.slice(table.base.length);
    const operations = table.shapes.get(shapeOf(rest));
    if (operations === undefined) return table.service;
    return { service: table.service, operations, values: rest.filter((_, index) => index % 2 === 1) };
  };
}
