import { ok, type Result } from '../../base/result.ts';
import {
  type Group,
  groupTitle,
  type Membership,
  type Person,
  type RosterType,
  type StoredRecord,
} from '../../model/index.ts';
import { type Context, masked, type Roster, type RunCursor, type RunEntry } from '../../roster/index.ts';
import { nameOf } from '../pairs/identities.ts';
import { type ChangeAction, type ChangeItem, countedTypeOf, countedTypes, type Run } from '../run.ts';
import type { Listing, Sync } from '../types.ts';
import { badCursor } from './packs.ts';

type Fields = Readonly<Record<string, unknown>>;
type Query = Parameters<Sync['changes']>[2];

/** A change of the log whose record is not looked up yet. */
interface Logged {
  readonly entry: RunEntry;
  readonly action: ChangeAction;
  readonly at: Date;
  /** Where a list that begins with it goes on. */
  readonly cursor: string;
}

/** Changes that one page looks through at most, where few of them are what is asked for. */
const mostLooked = 100_000;

/**
 * Makes what lists the changes of a run that has changed something, by the change log. What was made is shown as it is
 * now, since the log does not keep it; what was purged since is left out (decisions 2.5).
 */
export function makeRunLog(roster: Roster) {
  return async (context: Context, run: Run, query: Query): Promise<Result<Listing<ChangeItem>>> => {
    const at = readCursor(query.cursor);
    if (at === undefined) return badCursor();
    const total = totalOf(run, query);
    const found: { item: ChangeItem; cursor: string }[] = [];
    let waiting: Logged[] = [];
    const settle = async () => {
      const looked = waiting;
      waiting = [];
      const items = await itemsOf(roster, context, looked);
      items.forEach((item, index) => {
        if (item === undefined || (query.type ?? item.type) !== item.type) return;
        found.push({ item, cursor: looked[index]?.cursor ?? '' });
      });
    };
    const page = (next: string | null) =>
      ok({ items: found.slice(0, query.limit).map(({ item }) => item), total, next });

    let looked = 0;
    for await (const { entry, at: time, cursor } of entriesFrom(roster, context, run.id, at)) {
      looked += 1;
      if (looked > mostLooked) {
        await settle();
        return page(found[query.limit]?.cursor ?? cursor);
      }
      const action = actionOf(entry);
      if (action === undefined || !mayMatch(query, entry, action)) continue;
      waiting.push({ entry, action, at: time, cursor });
      if (waiting.length <= query.limit - found.length) continue;
      await settle();
      if (found.length > query.limit) return page(found[query.limit]?.cursor ?? null);
    }
    await settle();
    return page(found[query.limit]?.cursor ?? null);
  };
}

/** Where a page begins: behind a stretch of the log, with so many changes of the next one passed over. */
interface At {
  readonly after: RunCursor;
  readonly passed: number;
}

function readCursor(cursor = '0.0.0'): At | undefined {
  const parts = /^(\d{1,15})\.(\d{1,9})\.(\d{1,9})$/.exec(cursor);
  if (parts === null) return undefined;
  const [, sequence, skip, passed] = parts;
  return { after: { sequence: Number(sequence), skip: Number(skip) }, passed: Number(passed) };
}

async function* entriesFrom(
  roster: Roster,
  context: Context,
  run: string,
  { after, passed }: At,
): AsyncGenerator<{ entry: RunEntry; at: Date; cursor: string }> {
  let last = after;
  let skip = passed;
  for await (const { at: time, entries, next } of roster.changesOfRun(context, run, after)) {
    for (let at = skip; at < entries.length; at += 1) {
      yield { entry: entries[at] as RunEntry, at: time, cursor: `${last.sequence}.${last.skip}.${at}` };
    }
    skip = 0;
    last = next;
  }
}

/** What the run's counts say; they are exact where each record was changed once. */
function totalOf({ counts }: Run, { type, action }: Query): number {
  const actions = ['created', 'updated', 'renamed', 'restored', 'trashed', 'disabled', 'archived'] as const;
  return countedTypes
    .filter((one) => (type ?? one) === one)
    .flatMap((one) => actions.filter((name) => (action ?? name) === name).map((name) => counts[one][name]))
    .reduce((sum, count) => sum + count, 0);
}

function mayMatch(query: Query, { type }: RunEntry, action: ChangeAction): boolean {
  const wanted: RosterType | undefined = query.type === 'academicSession' ? 'group' : query.type;
  return (wanted ?? type) === type && (query.action ?? action) === action;
}

/** What became of a record; undefined where nobody sees a difference (who lists it, say). */
function actionOf({ before, after, lost }: RunEntry): ChangeAction | undefined {
  if (lost === true) return undefined;
  if (before === 'absent') return 'created';
  const from = before['state'];
  const to = after['state'];
  if (to === 'expected') return undefined;
  if (from === 'expected') return 'created';
  if (from !== undefined && to !== from) {
    if (to === 'trashed') return 'trashed';
    if (from === 'trashed' || from === 'archived') return 'restored';
    return to === 'archived' ? 'archived' : to === 'disabled' ? 'disabled' : 'updated';
  }
  if ('imsId' in after) return 'renamed';
  return 'data' in after || 'sourcedIds' in after ? 'updated' : undefined;
}

/** The items of changes; undefined for one of which there is nothing to be shown. */
async function itemsOf(
  roster: Roster,
  context: Context,
  changes: readonly Logged[],
): Promise<(ChangeItem | undefined)[]> {
  const records = new Map<string, StoredRecord>();
  for (const type of ['group', 'person', 'membership'] as const) {
    const guids = [...new Set(changes.filter(({ entry }) => entry.type === type).map(({ entry }) => entry.guid))];
    if (guids.length === 0) continue;
    const found = await roster.find(context, type, guids, { trashed: true });
    for (const record of found) if (record !== undefined) records.set(`${type} ${record.guid}`, record);
  }
  const names = await namesOf(roster, context, [...records.values()]);
  return changes.map(({ entry, action, at }) => {
    const record = records.get(`${entry.type} ${entry.guid}`);
    if (record?.made === true) return undefined;
    // One that was only named then is new when it arrives; one that is gone for good has nothing to show.
    if (entry.before === 'absent' && record?.createdAt.getTime() !== at.getTime()) return undefined;
    return itemOf(entry, action, record, names);
  });
}

async function namesOf(
  roster: Roster,
  context: Context,
  records: readonly StoredRecord[],
): Promise<Map<string, string>> {
  const memberships = records.filter((record) => record.type === 'membership') as StoredRecord<'membership'>[];
  const ends = { person: new Set<string>(), group: new Set<string>() };
  for (const { data } of memberships) {
    ends.group.add(data.group);
    ends[data.memberType].add(data.member);
  }
  const named = new Map<string, string>();
  for (const type of ['person', 'group'] as const) {
    if (ends[type].size === 0) continue;
    for (const [guid, { imsId }] of await roster.names(context, type, [...ends[type]]))
      named.set(`${type} ${guid}`, imsId);
  }
  return named;
}

function nameOfRecord(record: StoredRecord, names: ReadonlyMap<string, string>): string | null {
  if (record.type === 'group') return groupTitle(record.data as Group) ?? null;
  if (record.type === 'person') return nameOf(record.data as Person);
  const { group, member, memberType } = record.data as Membership;
  const ends = [names.get(`${memberType} ${member}`), names.get(`group ${group}`)];
  return ends.includes(undefined) ? null : ends.join(' in ');
}

function itemOf(
  entry: RunEntry,
  action: ChangeAction,
  record: StoredRecord | undefined,
  names: ReadonlyMap<string, string>,
): ChangeItem {
  const { type, guid } = entry;
  const kind = (record?.data as Partial<Group> | undefined)?.kind;
  const before = entry.before === 'absent' ? {} : entry.before;
  return {
    type: countedTypeOf(type, type === 'group' ? kind : undefined),
    action,
    id: 'imsId' in before ? ((before['imsId'] as string | null) ?? guid) : (record?.imsId ?? guid),
    guid,
    name: record === undefined ? null : nameOfRecord(record, names),
    line: null,
    ...valuesOf(entry, action, before, (record?.data ?? null) as Fields | null),
  };
}

function valuesOf(
  { guid, after }: RunEntry,
  action: ChangeAction,
  before: Fields,
  now: Fields | null,
): Pick<ChangeItem, 'before' | 'after'> {
  const changed = difference(guid, before, after);
  const left = (after['data'] ?? now) as Fields | null;
  switch (action) {
    case 'created':
      return { before: null, after: left === null ? null : masked({ ...left }) };
    case 'trashed':
      return { before: masked({ ...((before['data'] ?? now ?? {}) as Fields) }), after: null };
    case 'restored':
      return { before: changed.before, after: left === null ? null : masked({ ...left }) };
    default: {
      const state = 'state' in before && before['state'] !== after['state'];
      return {
        before: { ...changed.before, ...(state ? { state: before['state'] } : {}) },
        after: { ...changed.after, ...(state ? { state: after['state'] } : {}) },
      };
    }
  }
}

/** Fields of the data that differ, the ids and the owner. */
function difference(
  guid: string,
  before: Fields,
  after: Fields,
): { before: Record<string, unknown>; after: Record<string, unknown> } {
  const was: Record<string, unknown> = {};
  const is: Record<string, unknown> = {};
  const compare = (name: string, old: unknown, now: unknown) => {
    if (JSON.stringify(old ?? null) === JSON.stringify(now ?? null)) return;
    was[name] = old ?? null;
    is[name] = now ?? null;
  };
  const old = (before['data'] ?? {}) as Fields;
  const now = (after['data'] ?? {}) as Fields;
  for (const name of new Set([...Object.keys(old), ...Object.keys(now)])) compare(name, old[name], now[name]);
  if ('imsId' in before) compare('imsId', before['imsId'] ?? guid, after['imsId'] ?? guid);
  if ('sourcedIds' in before) compare('sourcedIds', before['sourcedIds'], after['sourcedIds']);
  if ('owner' in before) compare('owner', before['owner'], after['owner']);
  return { before: masked(was), after: masked(is) };
}
