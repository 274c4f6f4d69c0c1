import type { Problem } from '../../../base/problem.ts';
import { failed } from '../../../base/result.ts';
import type { Group, RecordType } from '../../../model/index.ts';
import type { Working } from '../../../store/index.ts';
import type { Cascade, ChangeResult, RestoreChange } from '../../change.ts';
import { type Context, feedOf } from '../../context.ts';
import { type Entry, touch, type Unit } from '../unit.ts';
import { lookUp } from './look-up.ts';
import { markStale, touchOthers } from './marks.ts';

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
}

/**
 * Brings a trashed record back with all that its removal took along (decisions 2.3); what went along with another
 * record comes back with what itself took. The owner of what comes back is the one who brings it. A feed does not bring
 * archived courses back, nor what is below them (decisions 2.4).
 */
export async function bringBack(unit: Unit, entry: Entry, writer: string): Promise<Back> {
  const { removal, cause } = entry.record.trash ?? {};
  const { guid } = entry.record;
  revive(unit, entry, writer);
  await arrive(unit, entry);
  const counts: Record<RecordType, number> = { person: 0, group: 0, membership: 0 };
  const notRestored: Problem[] = [];
  if (removal === undefined) return { cascade: counts, notRestored };
  const taken = ({ trash }: Working) => trash?.removal === removal && (cause === undefined || trash?.cause === guid);
  const groups = await unit.where('group', { 'trash.removal': removal }, taken);
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
  }
  const memberships = await unit.where('membership', { 'trash.removal': removal }, taken);
  await unit.loadGuids(
    'group',
    memberships.flatMap((membership) => endGroups(membership.record)),
  );
  await unit.loadEnds(
    memberships.filter(({ record }) => record.data.memberType === 'person').map(({ record }) => record.data.member),
  );
  for (const membership of memberships) {
    if (kept.has(membership.record.trash?.cause ?? '')) continue;
    const hindered = trashedEnd(unit, membership.record);
    if (hindered !== undefined) notRestored.push(hindered);
    else {
      revive(unit, membership as Entry, writer);
      counts.membership += 1;
    }
  }
  return { cascade: counts, notRestored };
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
export async function restore(unit: Unit, context: Context, change: RestoreChange): Promise<ChangeResult> {
  const found = await lookUp(unit, change.type, change.key);
  if (found === undefined) return failed('unknown-object', `There is no ${change.type} ${change.key ?? ''}.`);
  await unit.full(found);
  const record = found.record;
  if (record.state !== 'trashed' && record.state !== 'archived') {
    return failed('not-in-trash', `The ${change.type} ${record.imsId} is not in the trash.`, { id: record.imsId });
  }
  if (record.type === 'membership') {
    const membership = record as Working<'membership'>;
    await unit.loadGuids('group', endGroups(membership));
    if (membership.data.memberType === 'person') await unit.loadEnds([membership.data.member]);
    const hindered = trashedEnd(unit, membership);
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
  return { ok: true, outcome: 'restored', guid: record.guid, cascade: back.cascade, notRestored: back.notRestored };
}
