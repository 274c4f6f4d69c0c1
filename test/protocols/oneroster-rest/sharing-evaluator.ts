import type { Sharing } from '../../../src/roster/index.ts';

/** An object of an answer. */
// biome-ignore lint/suspicious/noExplicitAny: answers of any class are looked into
export type Shown = Readonly<Record<string, any>> & { readonly sourcedId: string };

/** Whole collections by the last part of their path. */
export type Collections = ReadonlyMap<string, readonly Shown[]>;

const ids = (objects: Iterable<Shown>) => new Set([...objects].map(({ sourcedId }) => sourcedId));

/** What rules share of whole answers of OneRoster 1.2, worked out by the words of the rules: ids by collection. */
export function evaluate(all: Collections, sharing: Sharing): ReadonlyMap<string, ReadonlySet<string>> {
  const of = (name: string) => all.get(name) ?? [];
  const { schools, grades, subjects, roles } = sharing;
  const orgs = new Map(of('orgs').map((org) => [org.sourcedId, org]));

  const upFrom = (objects: ReadonlyMap<string, Shown>, start: Iterable<string>) => {
    const found = new Set<string>();
    const go = (id: string | undefined) => {
      if (id === undefined || found.has(id)) return;
      found.add(id);
      go(objects.get(id)?.['parent']?.sourcedId);
    };
    for (const id of start) go(id);
    return found;
  };
  const downFrom = (objects: ReadonlyMap<string, Shown>, start: Iterable<string>) => {
    const found = new Set([...start].filter((id) => objects.has(id)));
    for (let size = -1; size !== found.size; ) {
      size = found.size;
      for (const [id, { parent }] of objects) if (found.has(parent?.sourcedId)) found.add(id);
    }
    return found;
  };

  const core = schools === undefined ? ids(of('orgs')) : downFrom(orgs, schools);
  const visibleOrgs = schools === undefined ? core : new Set([...core, ...upFrom(orgs, core)]);

  const fits = (rule: readonly string[] | undefined, own: readonly string[] = [], fallback: readonly string[] = []) =>
    rule === undefined || (own.length > 0 ? own : fallback).some((value) => rule.includes(value));
  const courseOf = new Map(of('courses').map((course) => [course.sourcedId, course]));
  const classes = of('classes').filter((one) => {
    const course = courseOf.get(one['course'].sourcedId);
    const inside = schools === undefined || core.has(one['school'].sourcedId);
    return (
      inside && fits(grades, one['grades'], course?.['grades']) && fits(subjects, one['subjects'], course?.['subjects'])
    );
  });
  const classIds = ids(classes);
  const limitsClasses = schools !== undefined || grades !== undefined || subjects !== undefined;
  const named = new Set(classes.map((one) => one['course'].sourcedId));
  const courses = of('courses').filter(
    (one) =>
      named.has(one.sourcedId) ||
      ((schools === undefined || core.has(one['org']?.sourcedId)) && fits(subjects, one['subjects'])),
  );

  const sessions = new Map(of('academicSessions').map((session) => [session.sourcedId, session]));
  const terms = new Set<string>([
    ...classes.flatMap((one) => one['terms'].map((term: Shown) => term.sourcedId)),
    ...courses.flatMap((one) => one['schoolYear']?.sourcedId ?? []),
  ]);
  const sessionIds =
    schools === undefined
      ? ids(of('academicSessions'))
      : new Set([...downFrom(sessions, terms), ...upFrom(sessions, terms)]);

  // A user's orgs: those of the roles, and the school at or above each class where the user is.
  const schoolAbove = (id: string | undefined): string | undefined =>
    id === undefined || orgs.get(id)?.['type'] === 'school' ? id : schoolAbove(orgs.get(id)?.['parent']?.sourcedId);
  const classOf = new Map(of('classes').map((one) => [one.sourcedId, one]));
  const inClasses = new Map<string, Shown[]>();
  for (const one of of('enrollments')) {
    if (one['status'] !== 'active') continue;
    const list = inClasses.get(one['user'].sourcedId) ?? [];
    inClasses.set(one['user'].sourcedId, list);
    const joined = classOf.get(one['class'].sourcedId);
    if (joined !== undefined) list.push(joined);
  }
  const students = ids(of('students'));
  const users = of('users').filter((user) => {
    const joined = inClasses.get(user.sourcedId) ?? [];
    const own = [
      ...user['roles'].map((role: Shown) => role['org'].sourcedId),
      ...joined.flatMap((one) => schoolAbove(one['school'].sourcedId) ?? []),
    ];
    const byClass = joined.some(({ sourcedId }) => classIds.has(sourcedId)) && own.some((org) => visibleOrgs.has(org));
    const inside = schools === undefined || own.some((org) => core.has(org)) || byClass;
    const inGrade = grades === undefined || !students.has(user.sourcedId) || fits(grades, user['grades']);
    return (
      inside &&
      inGrade &&
      fits(
        roles,
        user['roles'].map((role: Shown) => role['role']),
      )
    );
  });
  const userIds = ids(users);

  const shared = new Map<string, ReadonlySet<string>>();
  const put = (name: string, holds: (object: Shown) => boolean) => shared.set(name, ids(of(name).filter(holds)));
  for (const name of ['orgs', 'schools']) put(name, ({ sourcedId }) => visibleOrgs.has(sourcedId));
  for (const name of ['academicSessions', 'terms', 'gradingPeriods'])
    put(name, ({ sourcedId }) => sessionIds.has(sourcedId));
  for (const name of ['users', 'students', 'teachers', 'demographics'])
    put(name, ({ sourcedId }) => userIds.has(sourcedId));
  shared.set('classes', classIds);
  shared.set('courses', ids(courses));
  const ofClass = (one: Shown) => classIds.has(one['class'].sourcedId);
  put('enrollments', (one) => ofClass(one) && userIds.has(one['user'].sourcedId));
  put('lineItems', ofClass);
  put('scoreScales', ofClass);
  put('assessmentLineItems', (one) => one['class'] === undefined || ofClass(one));
  const itemIds = shared.get('lineItems') ?? new Set();
  const assessed = shared.get('assessmentLineItems') ?? new Set();
  const categories = new Set(of('lineItems').flatMap((one) => (ofClass(one) ? [one['category'].sourcedId] : [])));
  put('categories', ({ sourcedId }) => !limitsClasses || categories.has(sourcedId));
  const listed = new Set(
    [...classes, ...courses].flatMap((one) => (one['resources'] ?? []).map((it: Shown) => it.sourcedId)),
  );
  put('resources', ({ sourcedId }) => !limitsClasses || listed.has(sourcedId));
  put('results', (one) => itemIds.has(one['lineItem'].sourcedId) && userIds.has(one['student'].sourcedId));
  put(
    'assessmentResults',
    (one) => assessed.has(one['assessmentLineItem'].sourcedId) && userIds.has(one['student'].sourcedId),
  );
  return shared;
}

const collectionOf: Readonly<Record<string, string>> = {
  user: 'users',
  org: 'orgs',
  course: 'courses',
  class: 'classes',
  academicSession: 'academicSessions',
  category: 'categories',
  lineItem: 'lineItems',
  scoreScale: 'scoreScales',
  assessmentLineItem: 'assessmentLineItems',
  resource: 'resources',
};

const isReference = (value: unknown): value is Shown & { readonly type: string } =>
  typeof value === 'object' && value !== null && 'href' in value;

/** An object as a client sees it: references to what is hidden are not there, nor hidden fields. */
export function prune(object: Shown, shared: ReadonlyMap<string, ReadonlySet<string>>, hidden: ReadonlySet<string>) {
  const isShown = (value: Shown & { readonly type: string }) =>
    shared.get(collectionOf[value.type] ?? '')?.has(value.sourcedId) === true;
  const kept = Object.entries(object).flatMap(([name, value]): [string, unknown][] => {
    if (hidden.has(name)) return [];
    if (isReference(value)) return isShown(value) ? [[name, value]] : [];
    if (!Array.isArray(value)) return [[name, value]];
    const rest = value.filter((one) => {
      const reference = name === 'roles' && typeof one === 'object' ? one.org : one;
      return !isReference(reference) || isShown(reference);
    });
    return rest.length === 0 ? [] : [[name, rest]];
  });
  return Object.fromEntries(kept);
}
