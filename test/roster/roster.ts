import type { Clock } from '../../src/base/clock.ts';
import { sha256 } from '../../src/base/ids.ts';
import { type GroupKind, key, type RecordType, type StoredRecord } from '../../src/model/index.ts';
import {
  type Change,
  type ChangeResult,
  type Context,
  makeRoster,
  type PageQuery,
  type Roster,
  type RosterRooms,
  type View,
  type ViewItem,
  type WriteChange,
} from '../../src/roster/index.ts';
import { migrate, openStore, type Store } from '../../src/store/index.ts';
import { type TestDatabase, testDatabase } from '../setup/database.ts';

/** A clock that stands until it is moved. */
export interface TestClock extends Clock {
  set(time: string | Date): void;
  forward(ms: number): void;
}

/** Makes a clock that stands at a time. */
export function standingClock(start = '2025-10-01T08:00:00.000Z'): TestClock {
  let time = new Date(start);
  return {
    now: () => new Date(time),
    set(next) {
      time = new Date(next);
    },
    forward(ms) {
      time = new Date(time.getTime() + ms);
    },
  };
}

/** A roster on a database of its own, with a tenant `school`. */
export interface TestRoster extends RosterRooms {
  readonly database: TestDatabase;
  readonly store: Store;
  readonly clock: TestClock;
  /** Adds a tenant. */
  addTenant(id: string): Promise<void>;
  close(): Promise<void>;
}

/** Opens a {@link TestRoster}. */
export async function openRoster(settings: Parameters<typeof makeRoster>[2] = {}): Promise<TestRoster> {
  const database = await testDatabase();
  const store = await openStore(database.uri, database.name);
  await migrate(store);
  const clock = standingClock();
  const rooms = makeRoster(store, clock, settings);
  const addTenant = async (id: string) => {
    const guidKey = Buffer.from(sha256(id), 'hex');
    await store.model('tenant').create({ _id: id, guidKey, timeZone: 'UTC' });
  };
  await addTenant('school');
  return {
    ...rooms,
    database,
    store,
    clock,
    addTenant,
    async close() {
      await store.close();
      await database.close();
    },
  };
}

/** A credential that writes as `credential:sis`, unless said otherwise. */
export const sis: Context = { tenant: 'school', writer: 'credential:sis', namespace: 'default', source: 'soap' };
/** An administrator. */
export const admin: Context = { tenant: 'school', writer: 'admin:anna', namespace: 'default', source: 'admin' };
/** A feed. */
export const feed = (name: string, run?: string): Context => ({
  tenant: 'school',
  writer: `feed:${name}`,
  namespace: 'default',
  source: 'file',
  ...(run === undefined ? {} : { run }),
});

/** Key of a person. */
export const p = (id: string) => key('person', 'default', id);
/** Key of a group. */
export const g = (id: string) => key('group', 'default', id);
/** Key of a membership. */
export const m = (id: string) => key('membership', 'default', id);

/** Writes a person. */
export const person = (id: string, data: WriteChange<'person'>['data'] = {}): WriteChange<'person'> => ({
  op: 'upsert',
  type: 'person',
  key: p(id),
  data,
});

/** Writes a group under parents. */
export const group = (
  id: string,
  kind: GroupKind = 'class',
  parents: readonly string[] = [],
  data: WriteChange<'group'>['data'] = {},
): WriteChange<'group'> => ({
  op: 'upsert',
  type: 'group',
  key: g(id),
  data: {
    kind,
    description: { short: id },
    ...(parents.length > 0
      ? { relationships: parents.map((parent) => ({ relation: 'parent' as const, target: g(parent) })) }
      : {}),
    ...data,
  },
});

/** Writes a school. */
export const school = (id: string, parents: readonly string[] = []) => group(id, 'org', parents, { orgType: 'school' });

/** Writes a person's membership of a group; without an id of its own unless one is given. */
export const member = (
  groupId: string,
  personId: string,
  roles: readonly string[] = ['Learner'],
  id?: string,
): WriteChange<'membership'> => ({
  op: 'upsert',
  type: 'membership',
  ...(id === undefined ? {} : { key: m(id) }),
  data: { group: g(groupId), member: p(personId), memberType: 'person', roles: roles.map((type) => ({ type })) },
});

/** Key of a membership by its ends. */
export const ends = (groupId: string, personId: string) => `ends:person|${g(groupId)}|${p(personId)}`;

/** Removes a record. */
export const remove = (type: RecordType, reference: string): Change => ({ op: 'remove', type, key: reference });

/** Executes and expects success of every change; answers the successful results. */
export async function done(
  roster: Roster,
  context: Context,
  ...changes: readonly Change[]
): Promise<(ChangeResult & { ok: true })[]> {
  const results = await roster.execute(context, changes);
  return results.map((result) => {
    if (!result.ok) throw new Error(`${result.problem.code}: ${result.problem.text}`);
    return result;
  });
}

/** Executes one change; answers its outcome or the code of its problem. */
export async function outcome(roster: Roster, context: Context, change: Change): Promise<string> {
  const [result] = await roster.execute(context, [change]);
  if (result === undefined) throw new Error('no result');
  return result.ok ? result.outcome : result.problem.code;
}

/** One record by key or guid; throws when it is not there. */
export async function one<T extends RecordType>(
  roster: Roster,
  type: T,
  reference: string,
  context: Context = sis,
): Promise<StoredRecord<T>> {
  const [found] = await roster.find(context, type, [reference], { trashed: true });
  if (found === undefined) throw new Error(`no ${type} ${reference}`);
  return found;
}

/** The state of a record, `undefined` where nothing is found. */
export async function stateOf(roster: Roster, type: RecordType, reference: string): Promise<string | undefined> {
  const [found] = await roster.find(sis, type, [reference], { trashed: true });
  return found?.state;
}

/** All items of a view, and the total. */
export async function all(
  roster: Roster,
  view: View,
  query: Partial<PageQuery> = {},
  context: Context = sis,
): Promise<{ items: readonly ViewItem[]; total: number; ids: string[] }> {
  const page = await roster.page(context, { view, limit: 10_000, offset: 0, ...query });
  return { ...page, ids: page.items.map(({ record }) => record.sourcedId) };
}
