import { failed } from '../../../base/result.ts';
import { isKey, keyParts, type RecordState, type RosterType } from '../../../model/index.ts';
import type { Working } from '../../../store/index.ts';
import type { ChangeResult, Outcome, ReleaseChange, RemoveChange } from '../../change.ts';
import { type Context, feedOf } from '../../context.ts';
import { isLocked, lockedRemark } from '../locks/guard.ts';
import { addBlockEntry, type Entry, touch, type Unit } from '../unit.ts';
import { brakeRefuses, isBraked } from './brake.ts';
import { collect, isCourse, type Orphans, type Taken } from './collect.ts';
import { lookUp } from './look-up.ts';
import { blockType, isByHand, isForeign, markStale, touchOthers } from './marks.ts';
import { compact, withoutRoles } from './merge.ts';

/** The id of a change for people. */
export function idOf(change: { readonly key?: string }): string {
  if (change.key === undefined) return '';
  return isKey(change.key) ? keyParts(change.key).id : change.key;
}

/** An explicit delete: ends all claims and trashes, or archives a course (decisions 2.2, 2.3, 2.4). */
export async function remove(unit: Unit, context: Context, change: RemoveChange): Promise<ChangeResult> {
  const found = await lookUp(unit, change.type, change.key);
  const id = idOf(change);
  if (found === undefined) return failed('unknown-object', `There is no ${change.type} ${id}.`, { id });
  if (found.record.state === 'trashed') {
    return failed('already-trashed', `The ${change.type} ${id} is in the trash already.`, { id });
  }
  await unit.full(found);
  if (found.record.state === 'archived') {
    const remark = { kind: 'warning.archived-ignored', text: 'The course is archived already.' } as const;
    return { ok: true, outcome: 'unchanged', guid: found.record.guid, remarks: [remark] };
  }
  const left = change.roles === undefined ? undefined : takeRoles(unit, context, found, change.roles);
  const as = isCourse(found.record) && unit.tenant.archiveCourses ? 'archive' : 'trash';
  return left ?? takeAway(unit, context, found, as, unit.tenant.archiveCourses);
}

/** Takes roles away from a membership; undefined where none is left, so that the membership itself is to go. */
function takeRoles(unit: Unit, context: Context, entry: Entry, types: readonly string[]): ChangeResult | undefined {
  if (entry.record.type !== 'membership') return undefined;
  const record = entry.record as Working<'membership'>;
  const { guid } = record;
  const left = [...withoutRoles(record.data.roles, types)];
  if (left.length === 0) return undefined;
  if (isForeign(unit, entry.record, context.writer) || left.length === record.data.roles.length) {
    return { ok: true, outcome: 'unchanged', guid };
  }
  if (isLocked(context, entry.record, 'roles')) {
    return { ok: true, outcome: 'unchanged', guid, remarks: [lockedRemark(entry.record, ['roles'])] };
  }
  record.data = { ...record.data, roles: left };
  touch(unit, entry);
  markStale(unit, entry);
  unit.staleMemberships.add(guid);
  if (record.data.memberType === 'person') unit.stalePersons.add(record.data.member);
  // What the feed sent before says more roles than there are now: it is looked at again.
  touchOthers(unit, entry, undefined);
  return { ok: true, outcome: 'updated', guid };
}

/** A feed lets go of a record (decisions 2.1, `feeds.md` 0.1, 0.2). */
export async function release(unit: Unit, context: Context, change: ReleaseChange): Promise<ChangeResult> {
  const feed = feedOf(context.writer);
  if (feed === undefined) return failed('invalid-request', 'Only a feed can let go of a record.');
  const found = await lookUp(unit, change.type, change.key);
  if (found === undefined)
    return failed('unknown-object', `There is no ${change.type} ${idOf(change)}.`, { id: idOf(change) });
  const record = found.record;
  const mayRemove = unit.tenant.adoptManual || !isByHand(record);
  const manual = change.explicit === true && mayRemove && record.claims.length === 0 && record.state !== 'archived';
  if ((!manual && !record.claims.some((claim) => claim.feed === feed)) || record.state === 'trashed') {
    addBlockEntry(unit, feed, { guid: record.guid, type: blockType(record), hash: 'dropped' });
    return { ok: true, outcome: 'unchanged', guid: record.guid };
  }
  if (change.as === 'report') return { ok: true, outcome: 'unchanged', guid: record.guid };
  await unit.full(found);
  const left = change.roles === undefined ? undefined : takeRoles(unit, context, found, change.roles);
  if (left !== undefined) return left;
  const others = record.claims.filter((claim) => claim.feed !== feed);
  if (others.length > 0) {
    record.claims = others;
    const heir = others[0];
    if (record.owner === context.writer && heir !== undefined) {
      inherit(record, `feed:${heir.feed}`);
      // What the heir last sent becomes the record's own values: its next file is looked at again.
      addBlockEntry(unit, heir.feed, { guid: record.guid, type: blockType(record), hash: 'touched' });
    }
    touch(unit, found);
    addBlockEntry(unit, feed, { guid: record.guid, type: blockType(record), hash: 'dropped' });
    return { ok: true, outcome: 'released', guid: record.guid };
  }
  if (record.claims.length > 0 && isByHand(record)) {
    // What was made by hand and not adopted stays when the feed that only listed it lets go.
    record.claims = [];
    touch(unit, found);
    addBlockEntry(unit, feed, { guid: record.guid, type: blockType(record), hash: 'dropped' });
    return { ok: true, outcome: 'released', guid: record.guid };
  }
  if (change.as === 'disable') return takeAway(unit, context, found, 'disable', true);
  const archives = change.as === 'archive' || unit.tenant.archiveCourses;
  return takeAway(unit, context, found, isCourse(record) && archives ? 'archive' : 'trash', archives);
}

/** The oldest claim inherits (decisions 2.1); what the heir had filled is its own now. */
function inherit(record: Working, heir: string): void {
  record.owner = heir;
  const others = Object.entries(record.filled ?? {}).filter(([, writer]) => writer !== heir);
  record.filled = others.length > 0 ? Object.fromEntries(others) : undefined;
}

/**
 * Removes or archives or disables a record with what goes along with it, courses below it archived or left without that
 * parent; a credential's removals pass the brake first.
 */
async function takeAway(
  unit: Unit,
  context: Context,
  entry: Entry,
  as: 'trash' | 'disable' | 'archive',
  archives: boolean,
): Promise<ChangeResult> {
  const record = entry.record;
  const { along, orphans }: Taken =
    as === 'disable'
      ? { along: new Map(), orphans: new Map() }
      : await collect(unit, entry, as === 'archive', archives ? 'archived' : 'left');
  const counts = { person: 0, group: 0, membership: 0 };
  for (const { entry: other } of along.values()) counts[other.record.type as RosterType] += 1;
  if (isBraked(context)) {
    // Groups below a removed one count as groups; memberships go with their ends and are no removal of their own.
    const refused = brakeRefuses(unit, context, record.type, record.type === 'group' ? 1 + counts.group : 1);
    if (refused !== undefined) return refused;
  }
  const removal = `${unit.sequence}.${record.guid}`;
  const kept: string[] = [];
  let outcome: Outcome = 'trashed';
  if (as === 'disable') {
    endClaims(unit, entry);
    record.state = 'disabled';
    touch(unit, entry);
    outcome = 'disabled';
  } else if (as === 'archive') {
    kept.push(...(await archive(unit, context, entry, removal, undefined)));
    outcome = 'archived';
  } else trash(unit, context, entry, removal, undefined);
  for (const { entry: other, archived, cause } of along.values()) {
    if (archived) kept.push(...(await archive(unit, context, other, removal, cause)));
    else trash(unit, context, other, removal, cause);
  }
  unlink(unit, orphans);
  const took = [...along.values()].map(({ entry: other }) => `${other.record.type}:${other.record.guid}`);
  return { ok: true, outcome, guid: record.guid, cascade: counts, took, ...(kept.length > 0 ? { kept } : {}) };
}

/** Courses that live on lose the parents that went. */
function unlink(unit: Unit, orphans: Orphans): void {
  for (const [entry, lost] of orphans) {
    const { record } = entry;
    const kept = (record.data.relationships ?? []).filter(
      ({ relation, target }) => relation !== 'parent' || !lost.has(target),
    );
    record.data = compact({ ...record.data, relationships: kept });
    touch(unit, entry as Entry);
    markStale(unit, entry as Entry);
    touchOthers(unit, entry as Entry, undefined);
  }
}

/** A course is archived: its members become manual members (decisions 2.4), which are answered. */
async function archive(
  unit: Unit,
  context: Context,
  entry: Entry,
  removal: string,
  cause: string | undefined,
): Promise<string[]> {
  const guid = entry.record.guid;
  endClaims(unit, entry);
  entry.record.trash = stamp(unit, context, entry.record.state, removal, cause);
  entry.record.state = 'archived';
  touch(unit, entry);
  markStale(unit, entry);
  const members = await unit.where(
    'membership',
    { 'data.group': guid },
    (other) => other.data.group === guid && other.state === 'active',
  );
  for (const member of members) {
    endClaims(unit, member as Entry);
    member.record.owner = context.writer.startsWith('feed:') ? 'admin:archive' : context.writer;
    touch(unit, member as Entry);
  }
  return members.map(({ record }) => `membership:${record.guid}`);
}

function stamp(
  unit: Unit,
  context: Context,
  from: RecordState,
  removal: string,
  cause: string | undefined,
): Working['trash'] {
  return {
    at: unit.at,
    by: context.writer,
    ...(context.run === undefined ? {} : { run: context.run }),
    removal,
    from,
    ...(cause === undefined ? {} : { cause }),
  };
}

/** Moves a record to the trash; all claims end. */
export function trash(unit: Unit, context: Context, entry: Entry, removal: string, cause: string | undefined): void {
  endClaims(unit, entry);
  entry.record.trash = stamp(unit, context, entry.record.state, removal, cause);
  entry.record.state = 'trashed';
  touch(unit, entry);
  markStale(unit, entry);
  if (entry.record.type === 'membership') {
    const { member, memberType } = (entry.record as Working<'membership'>).data;
    if (memberType === 'person') unit.stalePersons.add(member);
  }
}

/** Ends all claims; each feed's next run looks at the record again. */
function endClaims(unit: Unit, entry: Entry): void {
  for (const claim of entry.record.claims) {
    addBlockEntry(unit, claim.feed, { guid: entry.record.guid, type: blockType(entry.record), hash: 'touched' });
  }
  entry.record.claims = [];
}
