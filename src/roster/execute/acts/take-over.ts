import { endsKey, key, type Person, type Relationship, relationParents } from '../../../model/index.ts';
import type { Working } from '../../../store/index.ts';
import { loadAncestors } from '../derive/school.ts';
import { addBlockEntry, type Entry, touch, type Unit } from '../unit.ts';
import { markStale } from './marks.ts';
import { compact } from './merge.ts';

/**
 * Puts a record into the place of one that others only named: what pointed at that one points at the record, and is
 * complete when nothing else is missing (decisions 1.7). A membership's guid follows from its ends, so one that moves is
 * made again; answers false, and does nothing, where there is one of those ends already.
 */
export async function takeOver(unit: Unit, entry: Entry, placeholder: Entry, namespace: string): Promise<boolean> {
  const from = placeholder.record.guid;
  const to = entry.record.guid;
  const swap = (guid: string) => (guid === from ? to : guid);
  const named = await unit.where(
    'membership',
    { $or: [{ 'data.group': from }, { 'data.member': from }] },
    ({ data }) => data.group === from || data.member === from,
  );
  const moves = named.map((old) => {
    const { group, member, memberType } = old.record.data;
    const ends = { group: swap(group), member: swap(member) };
    return { old, ends, guid: unit.guid(endsKey(ends.group, ends.member, memberType)) };
  });
  await unit.loadGuids(
    'membership',
    moves.map(({ guid }) => guid),
  );
  if (moves.some(({ guid }) => unit.get('membership', guid) !== undefined)) return false;
  if (new Set(moves.map(({ guid }) => guid)).size < moves.length) return false;
  for (const { old, ends, guid } of moves) moveMembership(unit, old, ends, guid, { from, namespace });
  if (entry.record.type === 'group') await moveGroupReferences(unit, from, swap);
  else await movePersonReferences(unit, from, swap);
  unit.purge(placeholder);
  return true;
}

/**
 * Whether a group in the place of one that others only named would be above itself: where that one is the parent of a
 * group above it. Its own link to it is no cycle, since it is dropped.
 */
export async function closesCycle(unit: Unit, entry: Entry, placeholder: Entry): Promise<boolean> {
  if (entry.record.type !== 'group') return false;
  const parentsOf = (guid: string) => relationParents(unit.get('group', guid)?.record.data ?? { kind: 'other' });
  const { guid } = entry.record;
  await loadAncestors(unit, [guid]);
  const seen = new Set([guid]);
  // A set grows while it is gone through; cycles end because nothing is in it twice.
  for (const above of seen) {
    if (above !== guid && parentsOf(above).includes(placeholder.record.guid)) return true;
    for (const parent of parentsOf(above)) seen.add(parent);
  }
  return false;
}

/** Makes a membership again under the guid of its new ends; ids, roles, claims and trash stay. */
function moveMembership(
  unit: Unit,
  old: Entry<'membership'>,
  ends: { readonly group: string; readonly member: string },
  guid: string,
  { from, namespace }: { readonly from: string; readonly namespace: string },
): void {
  const before = old.record;
  unit.purge(old as Entry);
  const record: Working<'membership'> = {
    ...before,
    guid,
    // An id that was made here is found by the guid it was; from now on it is an id as any other.
    keys: before.imsId === before.guid ? [...before.keys, key('membership', namespace, before.guid)] : before.keys,
    sourcedId: before.sourcedId === before.guid ? guid : before.sourcedId,
    data: { ...before.data, ...ends },
    waitsFor: before.waitsFor?.filter((end) => end !== from),
    views: undefined,
    updatedAt: unit.at,
    sequence: unit.sequence,
  };
  unit.create(record);
  unit.staleMemberships.add(guid);
  for (const { feed } of before.claims) {
    addBlockEntry(unit, feed, { guid: before.guid, type: 'membership', hash: 'dropped' });
    addBlockEntry(unit, feed, { guid, type: 'membership', hash: 'touched' });
  }
}

type Swap = (guid: string) => string;

/** Relationships with their targets swapped; none to the record itself, none twice. */
function swapped(own: string, relationships: readonly Relationship[], swap: Swap): Relationship[] {
  const moved = relationships.map((one) => ({ ...one, target: swap(one.target) }));
  return moved.filter(
    ({ relation, target }, at) =>
      target !== own && moved.findIndex((other) => other.relation === relation && other.target === target) === at,
  );
}

const targets = (relationships: readonly Relationship[] | undefined, guid: string) =>
  relationships?.some(({ target }) => target === guid) === true;

async function moveGroupReferences(unit: Unit, from: string, swap: Swap): Promise<void> {
  const groups = await unit.where('group', { 'data.relationships.target': from }, ({ data }) =>
    targets(data.relationships, from),
  );
  for (const entry of groups) {
    const { guid, data } = entry.record;
    entry.record.data = compact({ ...data, relationships: swapped(guid, data.relationships ?? [], swap) });
    touch(unit, entry as Entry);
    markStale(unit, entry as Entry);
  }
  const persons = await unit.where(
    'person',
    { $or: [{ 'data.roles.org': from }, { 'data.primaryOrg': from }] },
    ({ data }) => data.primaryOrg === from || data.roles?.some(({ org }) => org === from) === true,
  );
  for (const entry of persons) {
    const { data } = entry.record;
    const roles = data.roles?.map((role) => ({ ...role, org: swap(role.org) }));
    const primaryOrg = data.primaryOrg === undefined ? undefined : swap(data.primaryOrg);
    setPerson(unit, entry, {
      ...data,
      ...(roles === undefined ? {} : { roles }),
      ...(primaryOrg === undefined ? {} : { primaryOrg }),
    });
  }
}

async function movePersonReferences(unit: Unit, from: string, swap: Swap): Promise<void> {
  const persons = await unit.where(
    'person',
    { $or: [{ 'data.relationships.target': from }, { 'data.agents': from }] },
    ({ data }) => targets(data.relationships, from) || data.agents?.includes(from) === true,
  );
  for (const entry of persons) {
    const { guid, data } = entry.record;
    const agents = data.agents && [...new Set(data.agents.map(swap))].filter((agent) => agent !== guid);
    const relationships = data.relationships && swapped(guid, data.relationships, swap);
    setPerson(unit, entry, { ...data, ...(agents && { agents }), ...(relationships && { relationships }) });
  }
}

function setPerson(unit: Unit, entry: Entry<'person'>, data: Person): void {
  entry.record.data = compact(data);
  touch(unit, entry as Entry);
  markStale(unit, entry as Entry);
}
