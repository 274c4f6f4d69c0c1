import { enrollmentRole, type Role } from '../../../model/index.ts';
import type { Doc, Row, Session, Store } from '../../../store/index.ts';
import type { View } from '../../query.ts';
import { maxTimeMS, shownStates } from '../served.ts';

/** A read that a relation makes, at the moment of its page. */
export interface Reading {
  readonly store: Store;
  readonly tenant: string;
  readonly session: Session;
}

/** The records that belong to another one. */
export interface Related {
  /** Holds for those that belong to it, besides tenant and view. */
  readonly condition: Doc;
  /** The index that finds them. */
  readonly index: Readonly<Record<string, 1>>;
  /** The view that shows them, where it is not the one that was asked for. */
  readonly view?: View;
}

type Relation = (reading: Reading, guid: string) => Promise<Related> | Related;

const byGuid = { _id: 1 } as const;
const named = (guids: Iterable<string>): Related => ({ condition: { _id: { $in: [...guids] } }, index: byGuid });

/** Records that name the other one in a field. */
const by =
  (field: string, last: Readonly<Record<string, 1>> = {}): Relation =>
  (_reading, guid) => ({ condition: { [field]: guid }, index: { tenant: 1, [field]: 1, ...last } });

/** Guids that rows hold in a field. */
async function valuesOf(
  { store, tenant, session }: Reading,
  type: 'group' | 'lineItem',
  filter: Doc,
  field: string,
): Promise<string[]> {
  const pipeline = [{ $match: { tenant, ...filter } }, { $unwind: `$${field}` }, { $group: { _id: `$${field}` } }];
  const rows = await store.records(type).aggregate<Row>(pipeline, { session, maxTimeMS }).toArray();
  return rows.map(({ _id }) => _id);
}

async function guidsOf({ store, tenant, session }: Reading, type: 'group' | 'lineItem', filter: Doc) {
  const rows = await store
    .records(type)
    .find({ tenant, ...filter }, { session, maxTimeMS, projection: { _id: 1 }, batchSize: 10_000 })
    .toArray();
  return rows.map(({ _id }) => _id);
}

const classesOfSchool = (reading: Reading, school: string) =>
  guidsOf(reading, 'group', { 'derived.school': school, views: 'class' });

const lineItemsOfClass = (reading: Reading, guid: string) => guidsOf(reading, 'lineItem', { 'data.class': guid });

/** The other ends of the enrollments of a class or user that are there, by the role that OneRoster shows. */
async function endsOf(
  { store, tenant, session }: Reading,
  [end, other]: readonly ['group', 'member'] | readonly ['member', 'group'],
  guid: string,
  role: string | undefined,
): Promise<Set<string>> {
  const rows = await store
    .records('membership')
    .find({ tenant, [`data.${end}`]: guid, views: 'enrollment', state: shownStates } as Doc, {
      session,
      maxTimeMS,
      projection: { [`data.${other}`]: 1, 'data.roles': 1 },
      batchSize: 10_000,
    })
    .toArray();
  const found = new Set<string>();
  for (const row of rows) {
    const data = row['data'] as Record<'group' | 'member', string> & { readonly roles: readonly Role[] };
    const fits = data.roles.some((one) => one.status !== false && (role === undefined || enrollmentRole(one) === role));
    if (fits) found.add(data[other]);
  }
  return found;
}

const usersOfClass =
  (role: 'student' | 'teacher'): Relation =>
  async (reading, guid) => ({ ...named(await endsOf(reading, ['group', 'member'], guid, role)), view: 'user' });

const classesOfUser =
  (role?: 'student' | 'teacher'): Relation =>
  async (reading, guid) =>
    named(await endsOf(reading, ['member', 'group'], guid, role));

/** The groups below one, level by level; cycles end because none is met twice. */
async function descendantsOf(reading: Reading, guid: string): Promise<Related> {
  const seen = new Set([guid]);
  for (let level = [guid]; level.length > 0; ) {
    const below = await guidsOf(reading, 'group', { 'derived.parent': { $in: level } });
    level = below.filter((one) => !seen.has(one));
    for (const one of level) seen.add(one);
  }
  seen.delete(guid);
  return named(seen);
}

/** The resources that a record lists. */
const resourcesOf =
  (type: 'group' | 'person'): Relation =>
  async ({ store, tenant, session }, guid) => {
    const options = { session, maxTimeMS, projection: { 'data.resources': 1 } };
    const row = await store.records(type).findOne({ tenant, _id: guid }, options);
    return named((row?.['data'] as { resources?: string[] } | undefined)?.resources ?? []);
  };

const inView = { views: 1, _id: 1 } as const;

/**
 * What belongs to what in OneRoster's nested reads, by the view of the outer record and that of the records read. Users
 * belong to a class by enrollments that are there, in the role as OneRoster 1.2 shows it.
 */
export const relations: Readonly<Partial<Record<View, Partial<Record<View, Relation>>>>> = {
  school: {
    class: by('derived.school', inView),
    course: by('derived.school', inView),
    student: by('derived.orgs'),
    teacher: by('derived.orgs'),
    term: async (reading, guid) =>
      named(await valuesOf(reading, 'group', { 'derived.school': guid, views: 'class' }, 'derived.terms')),
    enrollment: async (reading, guid) => ({
      condition: { 'data.group': { $in: await classesOfSchool(reading, guid) } },
      index: { tenant: 1, 'data.group': 1 },
    }),
    scoreScale: async (reading, guid) => ({
      condition: { 'data.class': { $in: await classesOfSchool(reading, guid) } },
      index: { tenant: 1, 'data.class': 1 },
    }),
  },
  course: { class: by('derived.course', byGuid), resource: resourcesOf('group') },
  class: {
    student: usersOfClass('student'),
    teacher: usersOfClass('teacher'),
    enrollment: by('data.group'),
    lineItem: by('data.class'),
    scoreScale: by('data.class'),
    category: async (reading, guid) =>
      named(await valuesOf(reading, 'lineItem', { 'data.class': guid }, 'data.category')),
    result: async (reading, guid) => ({
      condition: { 'data.lineItem': { $in: await lineItemsOfClass(reading, guid) } },
      index: { tenant: 1, 'data.lineItem': 1 },
    }),
    resource: resourcesOf('group'),
  },
  term: { class: by('derived.terms', byGuid), gradingPeriod: descendantsOf },
  student: { class: classesOfUser('student'), result: by('data.student') },
  teacher: { class: classesOfUser('teacher') },
  user: { class: classesOfUser(), resource: resourcesOf('person') },
  lineItem: { result: by('data.lineItem') },
};
