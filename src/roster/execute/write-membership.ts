import { failed } from '../../base/result.ts';
import { isKey, keyParts, type Membership, type Role } from '../../model/index.ts';
import type { Working } from '../../store/index.ts';
import type { ChangeResult, Outcome, Remark, WriteChange } from '../change.ts';
import { type Context, feedOf } from '../context.ts';
import { chooseSourcedId } from './identity.ts';
import { endsText, membershipById } from './membership-ends.ts';
import { compact, mergeRoles, sameData } from './merge.ts';
import { blank, resolveReference } from './references.ts';
import { bringBack } from './restore.ts';
import { type Entry, touch, type Unit } from './unit.ts';
import { applyTo, finish } from './write.ts';

/** Writes a membership: unique by its ends; an id of the sender is a key; ends of a known id do not move. */
export async function writeMembership(
  unit: Unit,
  context: Context,
  change: WriteChange<'membership'>,
): Promise<ChangeResult> {
  const data = change.data as Partial<Membership>;
  const byId = change.key === undefined ? undefined : membershipById(unit, change.key);
  const remarks: Remark[] = [];
  const memberType = byId?.record.data.memberType ?? data.memberType ?? 'person';
  let guid: string;
  if (byId !== undefined && byId.record.state !== 'expected') guid = byId.record.guid;
  else {
    if (!data.group) return failed('missing-data', 'The membership names no group.', { field: 'groupSourcedId' });
    if (!data.member) return failed('missing-data', 'The membership names no member.', { field: 'memberSourcedId' });
    const group = resolveReference(unit, context, data.group, 'group', undefined, remarks);
    const member = resolveReference(unit, context, data.member, memberType, data.memberSource, remarks);
    guid = unit.guid(endsText(group, member, memberType));
    await unit.loadGuids('membership', [guid]);
    if (unit.get('membership', guid) === undefined) {
      if (change.must === 'exist') return unknown(change);
      return create(unit, context, change, { guid, group, member, memberType }, remarks);
    }
  }
  const entry = unit.get('membership', guid) as Entry<'membership'>;
  const state = entry.record.state;
  if (change.must === 'not-exist') return failed('already-exists', 'The membership exists already.');
  if (change.must === 'exist' && state === 'trashed') return unknown(change);
  if (change.key !== undefined && isKey(change.key) && unit.byKey('membership', change.key) === undefined) {
    unit.addKey(entry, change.key);
    touch(entry);
  }
  let outcome: Outcome = 'unchanged';
  if (state === 'trashed') {
    await bringBack(unit, entry as Entry, context.writer);
    outcome = 'restored';
  }
  const before = entry.record.data;
  const roles = rolesOf(before.roles, change, data.roles);
  const next = {
    ...(data as object),
    roles,
    group: before.group,
    member: before.member,
    memberType: before.memberType,
  };
  const changed = applyTo(unit, context, { ...change, data: next }, entry as Entry, next);
  if (changed) unit.staleMemberships.add(guid);
  if (changed && !sameData(before.roles, roles)) unit.stalePersons.add(before.member);
  if (changed && outcome === 'unchanged') outcome = 'updated';
  return finish(unit, context, change, entry as Entry, outcome, remarks);
}

function rolesOf(old: readonly Role[], change: WriteChange<'membership'>, roles: readonly Role[] | undefined): Role[] {
  if (roles === undefined || (roles.length === 0 && change.op === 'upsert')) return [...old];
  return change.addRoles === true ? mergeRoles(old, roles) : [...roles];
}

function unknown(change: WriteChange<'membership'>): ChangeResult {
  const id = change.key === undefined ? undefined : keyParts(change.key).id;
  return failed(
    'unknown-object',
    `There is no membership ${id ?? 'of this group and member'}.`,
    id === undefined ? undefined : { id },
  );
}

function create(
  unit: Unit,
  context: Context,
  change: WriteChange<'membership'>,
  ends: { guid: string; group: string; member: string; memberType: 'person' | 'group' },
  remarks: Remark[],
): ChangeResult {
  const { guid, group, member, memberType } = ends;
  const data = compact({ ...(change.data as object), group, member, memberType }) as Membership;
  if (data.roles === undefined || data.roles.length === 0) data.roles = [{ type: 'Learner' }];
  const record: Working<'membership'> = blank(unit, 'membership', guid, data);
  record.owner = context.writer;
  const feed = feedOf(context.writer);
  if (feed !== undefined) record.claims = [{ feed, since: unit.at }];
  const entry = unit.create(record);
  if (change.key !== undefined && isKey(change.key)) {
    record.imsId = change.imsId ?? keyParts(change.key).id;
    unit.addKey(entry as Entry, change.key);
    chooseSourcedId(unit, entry as Entry, record.imsId);
  }
  unit.staleMemberships.add(guid);
  return finish(unit, context, change, entry as Entry, 'created', remarks);
}
