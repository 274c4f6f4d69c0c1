import type { Problem } from '../../../base/problem.ts';
import { failed } from '../../../base/result.ts';
import { type Group, isCourseworkType } from '../../../model/index.ts';
import type { Working } from '../../../store/index.ts';
import type { Cascade, RestoreChange } from '../../change.ts';
import { type Context, feedOf } from '../../context.ts';
import type { RestoreChangeResult, RestoreDetails } from '../../trash-types.ts';
import { type Entry, touch, type Unit } from '../unit.ts';
import { lookUp } from './look-up.ts';
import { firstClaims, markStale, touchOthers } from './marks.ts';

/** Completes what waited for a record that has arrived or come back (decisions 1.7). */
export async function arrive(unit: Unit, entry: Entry): Promise<void> {
  const guid = entry.record.guid;
  const waiting = await unit.where(
    'membership',
    { waitsFor: guid },
    (record) => record.waitsFor?.includes(guid) === true,
  );
  for (const membership of waiting) unit.staleMemberships.add(membership.record.guid);
  if (entry.record.type === 'group') unit.staleGroups.add(guid);
}

/** What came back with a record, and what could not. */
export interface Back {
  readonly cascade: Cascade;
  readonly notRestored: Problem[];
  readonly details: RestoreDetails;
}

/**
 * Brings a trashed record back with all that its removal took along (decisions 2.3); what went along with another
 * record comes back with what itself took. The owner of what comes back is the one who brings it. A feed does not bring
 * archived courses back, nor what is below them (decisions 2.4). Memberships that waited in the trash for it as their
 * second end come back too.
 */
export async function bringBack(unit: Unit, entry: Entry, writer: string): Promise<Back> {
  const { removal, cause } = entry.record.trash ?? {};
  const { guid } = entry.record;
  const counts = { person: 0, group: 0, membership: 0 };
  const hindered = new Map<string, Problem>();
  revive(unit, entry, writer);
  if (isCourseworkType(entry.record.type))
    return { cascade: counts, notRestored: [], details: { hindered, completed: [] } };
  await arrive(unit, entry);
  const back = [guid];
  const taken = ({ trash }: Working) => trash?.removal === removal && (cause === undefined || trash?.cause === guid);
  const groups = removal === undefined ? [] : await unit.where('group', { 'trash.removal': removal }, taken);
  const kept = new Set(
    feedOf(writer) === undefined
      ? []
      : groups.filter(({ record }) => record.state === 'archived').map(({ record }) => record.guid),
  );
  for (const other of groups as Entry[]) {
    if (kept.has(other.record.guid) || kept.has(other.record.trash?.cause ?? '')) continue;
    revive(unit, other, writer);
    await arrive(unit, other);
    counts.group += 1;
    back.push(other.record.guid);
  }
  const memberships = removal === undefined ? [] : await unit.where('membership', { 'trash.removal': removal }, taken);
  await loadEndsOf(unit, memberships);
  for (const membership of memberships) {
    if (kept.has(membership.record.trash?.cause ?? '')) continue;
    const problem = trashedEnd(unit, membership.record);
    if (problem !== undefined) hindered.set(membership.record.guid, problem);
    else {
      revive(unit, membership as Entry, writer);
      counts.membership += 1;
    }
  }
  const completed = entry.record.type === 'membership' ? [] : await complete(unit, back, writer);
  counts.membership += completed.length;
  return { cascade: counts, notRestored: [...hindered.values()], details: { hindered, completed } };
}

/**
 * Brings back the memberships of records that have come back which other removals took along: those whose cause is back
 * and whose ends both are. What was removed by itself stays; so does what went with an archived course.
 */
async function complete(unit: Unit, ends: readonly string[], writer: string): Promise<string[]> {
  const back = new Set(ends);
  const list = { $in: [...ends] };
  const waiting = await unit.where(
    'membership',
    { state: 'trashed', 'trash.cause': { $exists: true }, $or: [{ 'data.group': list }, { 'data.member': list }] },
    ({ state, trash, data }) =>
      state === 'trashed' && trash?.cause !== undefined && (back.has(data.group) || back.has(data.member)),
  );
  if (waiting.length === 0) return [];
  await loadEndsOf(unit, waiting);
  const causes = waiting.flatMap(({ record }) => record.trash?.cause ?? []);
  await unit.loadGuids(
    'group',
    causes.filter((cause) => unit.get('person', cause) === undefined),
  );
  const ready = waiting.filter(({ record }) => {
    const cause = record.trash?.cause ?? '';
    const state = (unit.get('person', cause) ?? unit.get('group', cause))?.record.state;
    return (state === 'active' || state === 'disabled') && trashedEnd(unit, record) === undefined;
  });
  for (const membership of ready) revive(unit, membership as Entry, writer);
  return ready.map(({ record }) => record.guid);
}

/** Loads the ends of memberships. */
async function loadEndsOf(unit: Unit, memberships: readonly Entry<'membership'>[]): Promise<void> {
  await unit.loadGuids(
    'group',
    memberships.flatMap(({ record }) => endGroups(record)),
  );
  await unit.loadEnds(
    memberships.filter(({ record }) => record.data.memberType === 'person').map(({ record }) => record.data.member),
  );
}

function endGroups(record: Working<'membership'>): string[] {
  return record.data.memberType === 'group' ? [record.data.group, record.data.member] : [record.data.group];
}

function trashedEnd(unit: Unit, record: Working<'membership'>): Problem | undefined {
  const ends = [unit.get('group', record.data.group), unit.get(record.data.memberType, record.data.member)] as (
    | Entry
    | undefined
  )[];
  const trashed = ends.find((end) => end?.record.state === 'trashed');
  if (trashed === undefined) return undefined;
  return {
    code: 'parent-in-trash',
    text: `The ${trashed.record.type} ${trashed.record.imsId} of this membership is still in the trash; restore it first.`,
    place: { id: record.imsId },
  };
}

function revive(unit: Unit, entry: Entry, writer: string): void {
  const record = entry.record;
  if (record.state !== 'trashed' && record.state !== 'archived') return;
  record.state = record.trash?.from === 'disabled' ? 'disabled' : 'active';
  record.trash = undefined;
  record.owner = writer;
  // A feed that brings a record back lists what comes along, until its file says otherwise.
  record.claims = firstClaims(unit, writer);
  touch(unit, entry);
  markStale(unit, entry);
  if (record.type === 'membership') {
    unit.staleMemberships.add(record.guid);
    const { member, memberType } = (record as Working<'membership'>).data;
    if (memberType === 'person') unit.stalePersons.add(member);
  }
  touchOthers(unit, entry, undefined);
}

/** An admin's restore: refused while an end or the parent of the record is in the trash (decisions 2.3). */
export async function restore(unit: Unit, context: Context, change: RestoreChange): Promise<RestoreChangeResult> {
  const found = await lookUp(unit, change.type, change.key);
  if (found === undefined) return failed('unknown-object', `There is no ${change.type} ${change.key ?? ''}.`);
  await unit.full(found);
  const record = found.record;
  if (record.state !== 'trashed' && record.state !== 'archived') {
    return failed('not-in-trash', `The ${change.type} ${record.imsId} is not in the trash.`, { id: record.imsId });
  }
  if (record.type === 'membership') {
    await loadEndsOf(unit, [found as Entry<'membership'>]);
    const hindered = trashedEnd(unit, record as Working<'membership'>);
    if (hindered !== undefined) return { ok: false, problem: hindered };
  }
  if (record.type === 'group') {
    const parents = ((record.data as Group).relationships ?? []).filter(({ relation }) => relation === 'parent');
    await unit.loadGuids(
      'group',
      parents.map(({ target }) => target),
    );
    const parent = parents
      .map(({ target }) => unit.get('group', target))
      .find((entry) => entry?.record.state === 'trashed');
    if (parent !== undefined && parent.record.trash?.removal !== record.trash?.removal) {
      return failed('parent-in-trash', `Its parent ${parent.record.imsId} is in the trash; restore that first.`, {
        id: record.imsId,
      });
    }
  }
  const back = await bringBack(unit, found, context.writer);
  return { ok: true, outcome: 'restored', guid: record.guid, ...back };
}
