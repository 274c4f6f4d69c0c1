import { failed } from '../../../base/result.ts';
import { endsKey, endsOf, isKey, keyParts, type Membership, type Role } from '../../../model/index.ts';
import type { Working } from '../../../store/index.ts';
import type { ChangeResult, Outcome, Remark, WriteChange } from '../../change.ts';
import { type Context, feedOf } from '../../context.ts';
import { noteHome } from '../derive/home.ts';
import type { Entry, Unit } from '../unit.ts';
import { chooseSourcedId } from './identity.ts';
import { membershipById } from './look-up.ts';
import { firstClaims } from './marks.ts';
import { compact, mergeRoles, sameData, withoutRoles } from './merge.ts';
import { blank, resolveReference } from './references.ts';
import { idOf } from './remove.ts';
import { bringBack } from './restore.ts';
import { strictRefuses, strictRefusesEnds } from './strict.ts';
import { applyTo, archivedRemark, finish } from './write.ts';

/** Writes a membership: unique by its ends; an id of the sender is a key; ends of a known id do not move. */
export async function writeMembership(
  unit: Unit,
  context: Context,
  change: WriteChange<'membership'>,
): Promise<ChangeResult> {
  const data = change.data as Partial<Membership>;
  const roles = data.roles ?? [];
  const byId = change.key === undefined ? undefined : membershipById(unit, change.key);
  const remarks: Remark[] = [];
  const memberType = byId?.record.data.memberType ?? data.memberType ?? 'person';
  if (change.must === 'not-exist' && byId !== undefined) return exists(change);
  const refused = change.strict === true ? await strictly(unit, change, byId) : undefined;
  if (refused !== undefined) return refused;
  let guid: string;
  if (byId !== undefined && byId.record.state !== 'expected') guid = byId.record.guid;
  else {
    if (!data.group) return failed('missing-data', 'The membership names no group.', { field: 'groupSourcedId' });
    if (!data.member) return failed('missing-data', 'The membership names no member.', { field: 'memberSourcedId' });
    if (change.must === 'exist' && !isThere(unit, data.group, data.member, memberType)) return unknown(change);
    const group = resolveReference(unit, context, data.group, 'group', undefined, remarks);
    if (isArchived(unit, context, group) && !isThere(unit, group, data.member, memberType)) {
      return { ok: true, outcome: 'unchanged', guid: group, remarks: [archivedRemark] };
    }
    const member = resolveReference(unit, context, data.member, memberType, data.memberSource, remarks);
    guid = unit.guid(endsKey(group, member, memberType));
    await unit.loadGuids('membership', [guid]);
    if (unit.get('membership', guid) === undefined) {
      if (change.must === 'exist') return unknown(change);
      return create(unit, context, change, { guid, group, member, memberType }, roles, remarks);
    }
  }
  const entry = unit.get('membership', guid) as Entry<'membership'>;
  const state = entry.record.state;
  if (change.must === 'not-exist') return exists(change);
  if (change.must === 'exist' && state === 'trashed') return unknown(change);
  await unit.loadGuids('group', [entry.record.data.group]);
  if (isArchived(unit, context, entry.record.data.group)) {
    return finish(unit, context, change, entry as Entry, 'unchanged', [archivedRemark]);
  }
  const id = ownId(change);
  if (id !== undefined && id !== guid && unit.byKey('membership', id) === undefined) {
    if (keyParts(id).id !== guid) unit.addKey(entry as Entry, id);
  }
  let outcome: Outcome = 'unchanged';
  // A feed's role for a membership that was removed by itself begins anew; one that went along keeps its other roles.
  const anew = state === 'trashed' && entry.record.trash?.cause === undefined && feedOf(context.writer) !== undefined;
  if (state === 'trashed') {
    await bringBack(unit, entry as Entry, context.writer);
    outcome = 'restored';
  }
  const before = entry.record.data;
  const next = {
    ...(data as object),
    roles: anew && roles.length > 0 ? [...roles] : rolesOf(before.roles, change, roles),
    group: before.group,
    member: before.member,
    memberType: before.memberType,
  };
  const changed = await applyTo(unit, context, { ...change, data: next }, entry as Entry, next);
  if (changed) unit.staleMemberships.add(guid);
  if (changed && before.memberType === 'person' && !sameData(before.roles, entry.record.data.roles)) {
    unit.stalePersons.add(before.member);
  }
  if (changed && outcome === 'unchanged') outcome = 'updated';
  if (roles.length > 0 && before.memberType === 'person') noteHome(unit, entry.record.data, remarks);
  return finish(unit, context, change, entry as Entry, outcome, remarks);
}

/** The sender's key for a membership; a name by its ends is none. */
function ownId(change: WriteChange<'membership'>): string | undefined {
  return change.key !== undefined && isKey(change.key) && endsOf(change.key) === undefined ? change.key : undefined;
}

/** Whether a membership of these ends is there; asked before a reference to what is not would make it expected. */
function isThere(unit: Unit, group: string, member: string, memberType: 'person' | 'group'): boolean {
  const guidOf = (type: 'person' | 'group', reference: string) =>
    isKey(reference) ? unit.byKey(type, reference)?.record.guid : reference;
  const ends = [guidOf('group', group), guidOf(memberType, member)] as const;
  if (ends[0] === undefined || ends[1] === undefined) return false;
  return unit.get('membership', unit.guid(endsKey(ends[0], ends[1], memberType))) !== undefined;
}

/** Whether a membership is of an archived course, for which feeds and credentials have no say (decisions 2.4). */
function isArchived(unit: Unit, context: Context, group: string): boolean {
  return !context.writer.startsWith('admin:') && unit.get('group', group)?.record.state === 'archived';
}

function rolesOf(old: readonly Role[], change: WriteChange<'membership'>, roles: readonly Role[]): Role[] {
  if (roles.length === 0) return [...old];
  if (change.addRoles !== true) return [...roles];
  return mergeRoles(withoutRoles(old, change.withoutRoles ?? []), roles);
}

/** What a strict change must obey: an id finds its own record only, references are there, ends stay. */
async function strictly(
  unit: Unit,
  change: WriteChange<'membership'>,
  byId: Entry<'membership'> | undefined,
): Promise<ChangeResult | undefined> {
  const gone = byId === undefined ? ownId(change) !== undefined : byId.record.state === 'trashed';
  if (change.must === 'exist' && gone) return unknown(change);
  const refused = await strictRefuses(unit, change, byId?.record.guid);
  return refused ?? (byId === undefined ? undefined : strictRefusesEnds(unit, change, byId));
}

/** The id of a change and how it is said, by its ends where it has none of its own. */
function named(change: WriteChange<'membership'>): { text: string; place?: { id: string } } {
  if (change.key === undefined || endsOf(change.key) !== undefined) return { text: 'of this group and member' };
  const id = idOf(change);
  return { text: id, place: { id } };
}

function unknown(change: WriteChange<'membership'>): ChangeResult {
  const { text, place } = named(change);
  return failed('unknown-object', `There is no membership ${text}.`, place);
}

function exists(change: WriteChange<'membership'>): ChangeResult {
  const { text, place } = named(change);
  return failed('already-exists', `The membership ${text} exists already.`, place);
}

function create(
  unit: Unit,
  context: Context,
  change: WriteChange<'membership'>,
  ends: { guid: string; group: string; member: string; memberType: 'person' | 'group' },
  roles: readonly Role[],
  remarks: Remark[],
): ChangeResult {
  const { guid, group, member, memberType } = ends;
  const given = roles.length > 0 ? roles : [{ type: 'Learner' }];
  const data = compact({ ...(change.data as object), group, member, memberType, roles: given }) as Membership;
  const record: Working<'membership'> = blank(unit, 'membership', guid, data);
  record.owner = context.writer;
  record.claims = firstClaims(unit, context.writer);
  const entry = unit.create(record);
  if (memberType === 'person') noteHome(unit, data, remarks);
  const id = ownId(change);
  if (id !== undefined) {
    record.imsId = change.imsId ?? keyParts(id).id;
    unit.addKey(entry as Entry, id);
    chooseSourcedId(unit, entry as Entry, record.imsId);
  }
  unit.staleMemberships.add(guid);
  return finish(unit, context, change, entry as Entry, 'created', remarks);
}
