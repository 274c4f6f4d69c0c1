import type { Group } from '../../../model/index.ts';
import type { Doc, Row } from '../../../store/index.ts';
import type { Sharing } from '../../sharing.ts';
import { findServed, maxTimeMS, shownStates } from '../served.ts';
import type { Reading } from '../within/relations.ts';
import { fits } from './fits.ts';

/** Guids of the groups that rules share, by OneRoster's classes; undefined where the rules share all of a class. */
export interface SharedGroups {
  /** Orgs that are shared with what belongs to them. */
  readonly core: readonly string[] | undefined;
  /** Those, and the ones above them, of which only the names are shared. */
  readonly orgs: readonly string[] | undefined;
  readonly sessions: readonly string[] | undefined;
  readonly courses: readonly string[] | undefined;
  readonly classes: readonly string[] | undefined;
  /** Persons in shared classes whose school is above the shared orgs, by the classes' orgs that are no schools. */
  readonly others: readonly string[];
}

/** What of a group decides whether it is shared. */
interface Shape {
  readonly guid: string;
  readonly views: readonly string[];
  readonly data: Pick<Group, 'grades' | 'subjects'>;
  readonly derived: {
    readonly parent?: string;
    readonly school?: string;
    readonly course?: string;
    readonly terms?: readonly string[];
  };
}

const projection = { views: 1, derived: 1, 'data.grades': 1, 'data.subjects': 1 } as const;

/** Reads which groups rules share, at one moment. */
export async function sharedGroups(reading: Reading, sharing: Sharing): Promise<SharedGroups> {
  const { schools, grades, subjects } = sharing;
  const tree = schools === undefined ? undefined : await orgTree(reading, schools);
  if (tree === undefined && grades === undefined && subjects === undefined) {
    return {
      core: undefined,
      orgs: undefined,
      sessions: undefined,
      courses: undefined,
      classes: undefined,
      others: [],
    };
  }
  const core = tree === undefined ? undefined : [...tree.core.keys()];
  const inCore = core === undefined ? {} : { 'derived.school': { $in: core } };
  const candidates = await shapesOf(reading, { views: 'class', ...inCore });
  const ofOrgs = await shapesOf(reading, { views: 'course', ...inCore });
  const courses = new Map(ofOrgs.map((course) => [course.guid, course]));
  const missing = candidates.flatMap(({ derived: { course } }) =>
    course === undefined || courses.has(course) ? [] : [course],
  );
  for (const course of await shapesIn(reading, missing)) courses.set(course.guid, course);
  const classes = candidates.filter(({ data, derived }) => {
    const course = courses.get(derived.course ?? '')?.data;
    return fits(grades, [data.grades, course?.grades]) && fits(subjects, [data.subjects, course?.subjects]);
  });
  const sharedCourses = new Set(ofOrgs.filter(({ data }) => fits(subjects, [data.subjects])).map(({ guid }) => guid));
  for (const { derived } of classes) if (derived.course !== undefined) sharedCourses.add(derived.course);
  const isLimited = tree !== undefined || subjects !== undefined;
  const terms = [...classes, ...[...sharedCourses].flatMap((guid) => courses.get(guid) ?? [])];
  return {
    core,
    orgs: tree && [...tree.core.keys(), ...tree.above],
    sessions: tree && (await sessionsAround(reading, new Set(terms.flatMap(({ derived }) => derived.terms ?? [])))),
    courses: isLimited ? [...sharedCourses] : undefined,
    classes: classes.map(({ guid }) => guid),
    others: tree === undefined ? [] : await othersIn(reading, tree, classes),
  };
}

/** The orgs that ids name and those below, with their views; and the orgs above. */
interface OrgTree {
  readonly core: ReadonlyMap<string, readonly string[]>;
  readonly above: ReadonlySet<string>;
}

async function orgTree(reading: Reading, ids: readonly string[]): Promise<OrgTree> {
  const { store, tenant, session } = reading;
  const roots: string[] = [];
  for (const id of ids) {
    const found = await findServed(store, tenant, 'org', id, session);
    if (found !== undefined) roots.push(found.row._id);
  }
  const first = await shapesIn(reading, roots);
  const core = new Map(first.map(({ guid, views }) => [guid, views]));
  for (let level = [...core.keys()]; level.length > 0; ) {
    const below = await shapesOf(reading, { views: 'org', 'derived.parent': { $in: level } });
    level = below.flatMap(({ guid }) => (core.has(guid) ? [] : [guid]));
    for (const { guid, views } of below) core.set(guid, views);
  }
  return { core, above: await above(reading, first, (guid) => core.has(guid)) };
}

/** The guids above groups, level by level; cycles end because none is met twice. */
async function above(reading: Reading, groups: readonly Shape[], known: (guid: string) => boolean) {
  const found = new Set<string>();
  for (let level = groups; level.length > 0; ) {
    const parents = level.flatMap(({ derived: { parent } }) => (parent === undefined ? [] : [parent]));
    const next = [...new Set(parents)].filter((guid) => !known(guid) && !found.has(guid));
    for (const guid of next) found.add(guid);
    level = await shapesIn(reading, next);
  }
  return found;
}

/** Sessions with those below and above them. */
async function sessionsAround(reading: Reading, terms: ReadonlySet<string>): Promise<string[]> {
  const found = new Set(terms);
  for (let level = [...terms]; level.length > 0; ) {
    const below = await shapesOf(reading, { views: 'academicSession', 'derived.parent': { $in: level } });
    level = below.flatMap(({ guid }) => (found.has(guid) ? [] : [guid]));
    for (const guid of level) found.add(guid);
  }
  const parents = await above(reading, await shapesIn(reading, [...terms]), (guid) => found.has(guid));
  return [...found, ...parents];
}

/**
 * Persons in shared classes of orgs that are no schools: their school may lie above what is shared, and they are shown
 * where it is one whose name is.
 */
async function othersIn(reading: Reading, tree: OrgTree, classes: readonly Shape[]): Promise<string[]> {
  const odd = classes.filter(({ derived }) => tree.core.get(derived.school ?? '')?.includes('school') !== true);
  if (odd.length === 0) return [];
  const { store, tenant, session } = reading;
  const groups = { $in: odd.map(({ guid }) => guid) };
  const pipeline = [
    { $match: { tenant, 'data.group': groups, views: 'enrollment', state: shownStates } },
    { $group: { _id: '$data.member' } },
  ];
  const found = await store.records('membership').aggregate<Row>(pipeline, { session, maxTimeMS }).toArray();
  const members = found.map(({ _id }) => _id);
  const rows = await store
    .records('person')
    .find({ tenant, _id: { $in: members }, 'derived.orgs': { $in: [...tree.above] } } as Doc, {
      session,
      maxTimeMS,
      projection: { _id: 1 },
      batchSize: 10_000,
    })
    .toArray();
  return rows.map(({ _id }) => _id);
}

async function shapesIn(reading: Reading, guids: readonly string[]): Promise<Shape[]> {
  return guids.length === 0 ? [] : shapesOf(reading, { _id: { $in: [...new Set(guids)] } });
}

async function shapesOf({ store, tenant, session }: Reading, filter: Doc): Promise<Shape[]> {
  const rows = await store
    .records('group')
    .find({ tenant, ...filter } as Doc, { session, maxTimeMS, projection, batchSize: 10_000 })
    .toArray();
  return rows.map(shapeOf);
}

function shapeOf(row: Row): Shape {
  const { views = [], data = {}, derived = {} } = row as unknown as Partial<Omit<Shape, 'guid'>>;
  return { guid: row._id, views, data, derived };
}
