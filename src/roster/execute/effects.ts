import {
  courseworkTypes,
  type Group,
  groupTitle,
  type Membership,
  type Person,
  type RecordState,
} from '../../model/index.ts';
import type { Working } from '../../store/index.ts';
import type { Effect, ListedEffect } from '../change.ts';
import { masked } from '../masked.ts';
import { sameData } from './acts/merge.ts';
import type { Entry, Unit } from './unit.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * What a unit of work would make of each record, in the order of the changes that cause it. Left out: what is only named
 * and has not arrived, what the gateway makes for itself, and what only follows from others or says who owns or lists the record.
 */
export async function effectsOf(unit: Unit): Promise<Effect[]> {
  await loadNames(unit);
  const effects: Effect[] = [];
  for (const type of ['group', 'person', 'membership', ...courseworkTypes] as const) {
    for (const entry of unit.entries[type].values() as IterableIterator<Entry>) {
      if (!entry.changed || entry.partial || entry.record.made === true) continue;
      const what = becomes(unit, entry);
      if (what !== undefined) effects.push({ ...identity(unit, entry), ...what });
    }
  }
  const placeOf = ({ cause }: Effect) => cause ?? Number.MAX_SAFE_INTEGER;
  return effects.sort((a, b) => placeOf(a) - placeOf(b));
}

/** What feeds would begin or cease to list by a unit of work. */
export function listedIn(unit: Unit): ListedEffect[] {
  const found: ListedEffect[] = [];
  for (const type of ['group', 'person', 'membership'] as const) {
    for (const { record, before, changed } of unit.entries[type].values() as IterableIterator<Entry>) {
      if (!changed || record.made === true) continue;
      const was = listersOf(before?.['state'] as RecordState | undefined, before?.['claims'] as Working['claims']);
      const are = listersOf(record.state, record.claims);
      const kind = type === 'group' ? { kind: (record.data as Group).kind } : {};
      for (const feed of new Set([...was, ...are])) {
        if (was.has(feed) !== are.has(feed)) {
          found.push({ type, guid: record.guid, ...kind, feed, listed: are.has(feed) });
        }
      }
    }
  }
  return found;
}

/** The feeds that list a record of a state. */
function listersOf(state: RecordState | undefined, claims: Working['claims'] | undefined): ReadonlySet<string> {
  const isListed = state === 'active' || state === 'disabled';
  return new Set(isListed ? (claims ?? []).map(({ feed }) => feed) : []);
}

/** Loads what memberships are named by. */
async function loadNames(unit: Unit): Promise<void> {
  const changed = [...unit.entries.membership.values()]
    .filter((entry) => entry.changed)
    .map(({ record }) => record.data);
  await unit.loadGuids(
    'group',
    changed.flatMap(({ group, member, memberType }) => (memberType === 'group' ? [group, member] : [group])),
  );
  await unit.loadEnds(changed.filter(({ memberType }) => memberType === 'person').map(({ member }) => member));
}

type Becoming = Pick<Effect, 'outcome' | 'before' | 'after'>;

function becomes(unit: Unit, { record, before: stored }: Entry): Becoming | undefined {
  const after = record.data as Fields;
  const state = stored?.['state'] as RecordState | undefined;
  if (record.state === 'expected') return undefined;
  if (stored === undefined || state === 'expected') {
    // One that is only kept under another guid from now on is not new.
    const isMoved = stored === undefined && record.createdAt.getTime() !== unit.at.getTime();
    return isMoved ? undefined : { outcome: 'created', before: null, after: masked(after) };
  }
  const data = stored['data'] as Fields;
  if (record.state !== state) {
    if (record.state === 'trashed') return { outcome: 'trashed', before: masked(data), after: null };
    if (state === 'trashed' || state === 'archived') {
      return { outcome: 'restored', before: difference(stored, record)?.before ?? {}, after: masked(after) };
    }
    const changed = difference(stored, record);
    return {
      outcome: record.state === 'archived' ? 'archived' : record.state === 'disabled' ? 'disabled' : 'updated',
      before: { ...changed?.before, state },
      after: { ...changed?.after, state: record.state },
    };
  }
  const changed = difference(stored, record);
  if (changed === undefined || Object.keys(changed.after).every((name) => name === 'owner')) return undefined;
  return { outcome: 'imsId' in changed.after ? 'renamed' : 'updated', ...changed };
}

/** Fields of the data that differ, the ids and the owner, as they were and as they would be. */
function difference(stored: Fields, record: Working): { before: Fields; after: Fields } | undefined {
  const before: Record<string, unknown> = {};
  const after: Record<string, unknown> = {};
  const compare = (name: string, old: unknown, now: unknown) => {
    if (sameData(old, now)) return;
    before[name] = old ?? null;
    after[name] = now ?? null;
  };
  const data = stored['data'] as Fields;
  const now = record.data as Fields;
  if (data !== now)
    for (const name of new Set([...Object.keys(data), ...Object.keys(now)])) compare(name, data[name], now[name]);
  compare('imsId', stored['imsId'] ?? record.guid, record.imsId);
  compare('sourcedIds', stored['sourcedIds'], record.sourcedIds);
  compare('owner', stored['owner'], record.owner);
  return Object.keys(after).length === 0 ? undefined : { before: masked(before), after: masked(after) };
}

function identity(unit: Unit, { record, before, cause }: Entry): Omit<Effect, keyof Becoming> {
  const { type, guid } = record;
  const name = nameOf(unit, record);
  return {
    type,
    guid,
    id: (before?.['imsId'] as string | undefined) ?? (before === undefined ? record.imsId : guid),
    ...(name === undefined ? {} : { name }),
    ...(type === 'group' ? { kind: (record.data as Group).kind } : {}),
    ...(cause === undefined ? {} : { cause }),
  };
}

function nameOf(unit: Unit, record: Working): string | undefined {
  if (record.type === 'group') return groupTitle(record.data as Group);
  if (record.type === 'person') {
    const { name } = record.data as Person;
    return name?.formatted ?? ([name?.given, name?.family].filter(Boolean).join(' ') || undefined);
  }
  if (record.type !== 'membership') return (record.data as { readonly title?: string }).title;
  const { group, member, memberType } = record.data as Membership;
  const ends = [unit.get(memberType, member)?.record.imsId, unit.get('group', group)?.record.imsId];
  return ends.includes(undefined) ? undefined : ends.join(' in ');
}
