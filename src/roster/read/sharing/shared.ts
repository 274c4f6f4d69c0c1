import type { RecordType } from '../../../model/index.ts';
import { countIn, type Doc, type Row, readClock, type Session, type Store } from '../../../store/index.ts';
import type { Context } from '../../context.ts';
import type { View } from '../../query.ts';
import type { Sharing } from '../../sharing.ts';
import { typeOfView } from '../../views.ts';
import { maxTimeMS } from '../served.ts';
import type { Reading } from '../within/relations.ts';
import { type SharedGroups, sharedGroups } from './shared-groups.ts';

/** What the rules of one client mean in a tenant at one moment. */
export interface Shared {
  /** Orgs that may be referred to; undefined: all. */
  readonly orgs: ReadonlySet<string> | undefined;
  readonly groups: SharedGroups;
  readonly rules: Sharing;
  /** Holds for what of a view is shared, besides tenant and view; undefined where all of it is. */
  condition(reading: Reading, view: View): Promise<Doc | undefined>;
}

/** Finds what the rules of a context mean; undefined for one that has none. */
export type FindShared = (context: Context, session?: Session, asOf?: number) => Promise<Shared | undefined>;

/** The most guids that one condition names, and those of all rules that are remembered. */
const most = { named: 250_000, remembered: 1_000_000 };

/** Rules of clients that are remembered. */
const mostRules = 200;

interface Kept {
  readonly sequence: number;
  readonly shared: Shared;
  /** Guids in it. */
  size(): number;
}

/**
 * Makes {@link FindShared}: rules are worked out to guids of groups once for each change of the tenant, and remembered
 * until the next one. Persons are found by their own fields, what hangs on persons by the smaller of two lists.
 */
export function makeFindShared(store: Store): FindShared {
  const kept = new Map<string, Kept>();

  function keep(name: string, entry: Kept): void {
    const there = kept.get(name);
    if (there !== undefined && there.sequence > entry.sequence) return;
    kept.delete(name);
    kept.set(name, entry);
    let guids = 0;
    for (const one of kept.values()) guids += one.size();
    for (const [oldest, one] of kept) {
      if (oldest === name || (kept.size <= mostRules && guids <= most.remembered)) break;
      guids -= one.size();
      kept.delete(oldest);
    }
  }

  return async ({ tenant, writer, sharing }, session, asOf) => {
    if (sharing === undefined) return undefined;
    const name = JSON.stringify([tenant, writer, sharing]);
    const there = kept.get(name);
    if (there !== undefined && there.sequence === asOf) return there.shared;
    const read = async (within: Session) => {
      const { sequence, counts } = await readClock(store, tenant, within);
      const known = kept.get(name);
      if (known?.sequence === sequence) return known.shared;
      const groups = await sharedGroups({ store, tenant, session: within }, sharing);
      const made = sharedOf(sharing, groups, writer, (count) => countIn(counts, count));
      keep(name, { sequence, ...made });
      return made.shared;
    };
    return session === undefined ? store.snapshot(read) : read(session);
  };
}

const within = (guids: readonly string[] | undefined): Doc | undefined => guids && { _id: { $in: guids } };

/** Persons whom the rules share; undefined: all. */
function personsOf({ grades, roles }: Sharing, { core, others }: SharedGroups): Doc | undefined {
  const parts: Doc[] = [];
  if (core !== undefined) {
    const ofOrgs = { 'derived.orgs': { $in: core } };
    parts.push(others.length === 0 ? ofOrgs : { $or: [ofOrgs, { _id: { $in: others } }] });
  }
  if (grades !== undefined) parts.push({ $or: [{ 'data.grades': { $in: grades } }, { views: { $ne: 'student' } }] });
  if (roles !== undefined) parts.push({ 'derived.roles': { $in: roles } });
  return joined(parts);
}

function joined(parts: readonly (Doc | undefined)[]): Doc | undefined {
  const all = parts.filter((part) => part !== undefined);
  return all.length < 2 ? all[0] : { $and: all };
}

function sharedOf(sharing: Sharing, groups: SharedGroups, writer: string, count: (name: string) => number) {
  const { classes } = groups;
  const persons = personsOf(sharing, groups);
  const ofClasses: Doc | undefined = classes && { 'data.class': { $in: classes } };
  const sides = new Map<string, Side>();
  const lists = new Map<string, readonly string[]>();

  /** Which records of a type hold a condition, or do not: whichever are fewer. */
  async function sideOf(reading: Reading, type: RecordType, view: View, condition: Doc): Promise<Side> {
    const known = sides.get(view);
    if (known !== undefined) return known;
    const { store, tenant, session } = reading;
    const rows = store.records(type);
    const options = { session, maxTimeMS };
    const shown = await rows.countDocuments({ tenant, views: view, ...condition } as Doc, options);
    const isMore = shown * 2 > count(`view.${view}`);
    const filter = { tenant, views: view, ...(isMore ? { $nor: [condition] } : condition) } as Doc;
    const found = await rows
      .find(filter, { ...options, projection: { _id: 1 }, batchSize: 10_000 })
      .limit(most.named + 1)
      .toArray();
    if (found.length > most.named)
      throw new Error(`sharing rules tell more than ${most.named} records of a type apart`);
    const side = { isHidden: isMore, guids: found.map(({ _id }) => _id) };
    sides.set(view, side);
    return side;
  }

  /** Holds for records whose field names one that is shared. */
  async function naming(reading: Reading, field: string, type: RecordType, view: View, condition: Doc | undefined) {
    if (condition === undefined) return undefined;
    const { isHidden, guids } = await sideOf(reading, type, view, condition);
    if (isHidden) return guids.length === 0 ? undefined : { [field]: { $nin: guids } };
    return { [field]: { $in: guids } };
  }

  /** What groups or line items name in a field. */
  async function namedBy(reading: Reading, type: 'group' | 'lineItem', filter: Doc, field: string) {
    const known = lists.get(field);
    if (known !== undefined) return known;
    const { store, tenant, session } = reading;
    const pipeline = [{ $match: { tenant, ...filter } }, { $unwind: `$${field}` }, { $group: { _id: `$${field}` } }];
    const rows = await store.records(type).aggregate<Row>(pipeline, { session, maxTimeMS }).toArray();
    const guids = rows.map(({ _id }) => _id);
    lists.set(field, guids);
    return guids;
  }

  /** What shared records name, and what the client made itself. */
  const named = (guids: readonly string[]): Doc => ({ $or: [{ _id: { $in: guids } }, { owner: writer }] });

  const ofAssessments: Doc | undefined = classes && {
    $or: [{ 'data.class': { $exists: false } }, { 'data.class': { $in: classes } }],
  };

  async function condition(reading: Reading, view: View): Promise<Doc | undefined> {
    switch (view) {
      case 'org':
      case 'school':
        return within(groups.orgs);
      case 'academicSession':
      case 'term':
      case 'gradingPeriod':
        return within(groups.sessions);
      case 'course':
        return within(groups.courses);
      case 'class':
        return within(classes);
      case 'user':
      case 'student':
      case 'teacher':
      case 'demographics':
        return persons;
      case 'enrollment':
        return joined([
          classes && { 'data.group': { $in: classes } },
          await naming(reading, 'data.member', 'person', 'user', persons),
        ]);
      case 'lineItem':
      case 'scoreScale':
        return ofClasses;
      case 'category':
        if (ofClasses === undefined) return undefined;
        return named(await namedBy(reading, 'lineItem', ofClasses, 'data.category'));
      case 'resource': {
        if (classes === undefined) return undefined;
        const listing = { _id: { $in: [...classes, ...(groups.courses ?? [])] } };
        const filter = groups.courses === undefined ? { $or: [listing, { views: 'course' }] } : listing;
        return named(await namedBy(reading, 'group', filter, 'data.resources'));
      }
      case 'assessmentLineItem':
        return ofAssessments;
      case 'result':
        return joined([
          await naming(reading, 'data.lineItem', 'lineItem', 'lineItem', ofClasses),
          await naming(reading, 'data.student', 'person', 'user', persons),
        ]);
      case 'assessmentResult':
        return joined([
          await naming(reading, 'data.assessmentLineItem', 'assessmentLineItem', 'assessmentLineItem', ofAssessments),
          await naming(reading, 'data.student', 'person', 'user', persons),
        ]);
    }
  }

  const shared: Shared = { orgs: groups.orgs && new Set(groups.orgs), groups, rules: sharing, condition };
  return {
    shared,
    size() {
      let guids = 0;
      for (const list of [groups.orgs, groups.sessions, groups.courses, classes]) guids += list?.length ?? 0;
      for (const { guids: named } of sides.values()) guids += named.length;
      for (const list of lists.values()) guids += list.length;
      return guids;
    },
  };
}

interface Side {
  readonly isHidden: boolean;
  readonly guids: readonly string[];
}

const viewsOfType = {
  person: ['user'],
  group: ['org', 'course', 'class', 'academicSession'],
  membership: ['enrollment'],
  lineItem: ['lineItem'],
  result: ['result'],
  category: ['category'],
  scoreScale: ['scoreScale'],
  assessmentLineItem: ['assessmentLineItem'],
  assessmentResult: ['assessmentResult'],
  resource: ['resource'],
} as const satisfies Readonly<Record<RecordType, readonly View[]>>;

/** Of some guids those of records that are shared. */
export async function sharedAmong(
  { store, tenant, session }: Omit<Reading, 'session'> & { readonly session?: Session },
  shared: Shared,
  type: RecordType,
  guids: readonly string[],
): Promise<ReadonlySet<string>> {
  const read = async (moment: Session) => {
    const reading = { store, tenant, session: moment };
    const either: Doc[] = [];
    for (const view of viewsOfType[type]) either.push({ views: view, ...(await shared.condition(reading, view)) });
    const filter = { tenant, _id: { $in: [...guids] }, $or: either } as unknown as Doc;
    const options = { session: moment, maxTimeMS, projection: { _id: 1 }, batchSize: guids.length + 1 };
    const rows = await store.records(type).find(filter, options).toArray();
    return new Set(rows.map(({ _id }) => _id));
  };
  if (guids.length === 0) return new Set();
  return session === undefined ? store.snapshot(read) : read(session);
}

/** What of a view is shared, for a context without rules too. */
export async function sharedCondition(reading: Reading, shared: Shared | undefined, view: View) {
  const condition = await shared?.condition(reading, view);
  return condition && { record: condition, item: condition, perRole: false };
}

/** Whether a record that is served under a view is shared. */
export async function isShared(store: Store, context: Context, shared: Shared, view: View, guid: string) {
  const found = await sharedAmong({ store, tenant: context.tenant }, shared, typeOfView(view), [guid]);
  return found.has(guid);
}
