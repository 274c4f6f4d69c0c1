import { type Failed, failed } from '../../../base/result.ts';
import { endsKey, endsOf, isKey, keyParts, type Membership, type Role } from '../../../model/index.ts';
import type { Working } from '../../../store/index.ts';
import type { ChangeResult, Outcome, Remark, WriteChange } from '../../change.ts';
import { type Context, feedOf } from '../../context.ts';
import { keepingHome, noteHome, sayHome, saysHome } from '../derive/home.ts';
import { giveTheSame } from '../derive/members.ts';
import type { Entry, Unit } from '../unit.ts';
import { chooseSourcedId, servedKey, serveRole, takeImsId } from './identity.ts';
import { entryOf, guidMeant, membershipById } from './look-up.ts';
import { firstClaims, isForeign } from './marks.ts';
import { compact, mergeRoles, withoutRoles } from './merge.ts';
import { blank, noteAbsent, referencesOf, resolveReference } from './references.ts';
import { idOf } from './remove.ts';
import { bringBack } from './restore.ts';
import { strictRefuses } from './strict.ts';
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
  if (change.must === 'not-exist' && byId !== undefined) return exists(change);
  if (change.must === 'exist' && byId?.record.state === 'trashed') return unknown(change);
  const refused = change.strict === true ? await strictly(unit, change, byId) : undefined;
  if (refused !== undefined) return refused;
  const moved = byId === undefined ? undefined : otherEnds(unit, change, byId);
  // An id in the trash, or given up by a renaming, is free for other ends.
  const freed = moved !== undefined && isFree(unit, change, byId) ? byId : undefined;
  if (moved !== undefined && freed === undefined) return moved;
  let guid: string;
  if (byId !== undefined && freed === undefined) {
    guid = byId.record.guid;
    for (const { type, reference } of referencesOf(change)) {
      const there: Entry | undefined = entryOf(unit, type, reference);
      if (there !== undefined) noteAbsent(there, remarks);
    }
  } else {
    if (!data.group) return failed('missing-data', 'The membership names no group.', { field: 'groupSourcedId' });
    if (!data.member) return failed('missing-data', 'The membership names no member.', { field: 'memberSourcedId' });
    const memberType = data.memberType ?? 'person';
    const [group, member] = [guidMeant(unit, 'group', data.group), guidMeant(unit, memberType, data.member)];
    guid = unit.guid(endsKey(group, member, memberType));
    await unit.loadGuids('membership', [guid]);
    const isNew = unit.get('membership', guid) === undefined;
    // Asked before a reference to what is not there would make it expected.
    if (isNew && change.must === 'exist') return unknown(change);
    if (isNew && isArchived(unit, context, group)) {
      return { ok: true, outcome: 'unchanged', guid, remarks: [archivedRemark] };
    }
    resolveReference(unit, context, data.group, 'group', undefined, remarks);
    resolveReference(unit, context, data.member, memberType, data.memberSource, remarks);
    if (isNew) {
      if (freed !== undefined) giveUp(unit, freed, change);
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
  if (freed !== undefined) giveUp(unit, freed, change);
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
  const changed = await applyTo(unit, context, { ...change, data: next }, entry as Entry, next, remarks);
  if (id !== undefined) serveRole(unit, entry, keyParts(id).id);
  if (changed) unit.staleMemberships.add(guid);
  if (changed && before.memberType === 'person' && !giveTheSame(before.roles, entry.record.data.roles)) {
    unit.stalePersons.add(before.member);
  }
  if (changed && outcome === 'unchanged') outcome = 'updated';
  if (before.memberType === 'person') {
    if (roles.length > 0) noteHome(unit, entry.record.data, remarks);
    if (roles.some(saysHome) && !isForeign(unit, entry.record as Working, context.writer)) await sayHome(unit, entry);
  }
  return finish(unit, context, change, entry as Entry, outcome, remarks);
}

/** Refuses other ends for a membership that is there; an end that the change does not name stays. */
function otherEnds(unit: Unit, change: WriteChange<'membership'>, known: Entry<'membership'>): Failed | undefined {
  const { group, member, memberType } = change.data as Partial<Membership>;
  const { data, imsId } = known.record;
  const id = named(change).place?.id ?? imsId;
  const refuse = (end: string, field: string) => {
    const text = `The membership ${id} is of another ${end}; delete it, or use another identifier.`;
    return failed('invalid-data', text, { id, field });
  };
  if (group && guidMeant(unit, 'group', group) !== data.group) return refuse('group', 'groupSourcedId');
  const isOther =
    (memberType && memberType !== data.memberType) ||
    (member && guidMeant(unit, data.memberType, member) !== data.member);
  return isOther ? refuse('member', 'memberSourcedId') : undefined;
}

/**
 * Whether the id that a change has may be taken away from the membership that it finds by it: one in the trash, or one
 * that has another id of its own by now.
 */
function isFree(unit: Unit, change: WriteChange<'membership'>, found: Entry<'membership'> | undefined): boolean {
  const id = ownId(change);
  return (
    change.strict !== true &&
    found !== undefined &&
    id !== undefined &&
    (found.record.state === 'trashed' || found.record.imsId !== keyParts(id).id) &&
    unit.byKey('membership', id) === found
  );
}

/**
 * Takes the id of a change away from a membership; another of its ids is its own from then on, else its guid. The role of that
 * id goes with it, if the membership has others.
 */
function giveUp(unit: Unit, entry: Entry<'membership'>, change: WriteChange<'membership'>): void {
  const sent = change.key as string;
  unit.dropKey(entry as Entry, sent);
  const { record } = entry;
  const left = record.keys.map(keyParts).filter(({ space }) => space === 'membership');
  if (!left.some(({ id }) => id === record.imsId)) record.imsId = left[0]?.id ?? record.guid;
  const role = keyParts(sent).id;
  const served = servedKey('enrollment', role);
  if (role !== record.sourcedId && record.keys.includes(served)) unit.dropKey(entry as Entry, served);
  const others = record.data.roles.filter(({ sourcedId }) => sourcedId !== role);
  if (others.length === 0 || others.length === record.data.roles.length) return;
  record.data = { ...record.data, roles: others };
  unit.staleMemberships.add(record.guid);
  if (record.data.memberType === 'person') unit.stalePersons.add(record.data.member);
}

/** The sender's key for a membership; a name by its ends is none. */
function ownId(change: WriteChange<'membership'>): string | undefined {
  return change.key !== undefined && isKey(change.key) && endsOf(change.key) === undefined ? change.key : undefined;
}

/** Whether a membership is of an archived course, for which feeds and credentials have no say (decisions 2.4). */
function isArchived(unit: Unit, context: Context, group: string): boolean {
  return !context.writer.startsWith('admin:') && unit.get('group', group)?.record.state === 'archived';
}

function rolesOf(old: readonly Role[], change: WriteChange<'membership'>, roles: readonly Role[]): Role[] {
  if (change.addRoles === true) {
    return roles.length === 0 ? [...old] : mergeRoles(withoutRoles(old, change.withoutRoles ?? []), roles);
  }
  if (change.op === 'replace') return given(roles);
  return roles.length === 0 ? [...old] : keepingHome(old, roles);
}

/** The roles of a membership that is written as a whole; without one a member is a Learner. */
const given = (roles: readonly Role[]): Role[] => (roles.length > 0 ? [...roles] : [{ type: 'Learner' }]);

/** What a strict change must obey: an id finds its own record only, references are there. */
async function strictly(
  unit: Unit,
  change: WriteChange<'membership'>,
  byId: Entry<'membership'> | undefined,
): Promise<ChangeResult | undefined> {
  if (change.must === 'exist' && byId === undefined && ownId(change) !== undefined) return unknown(change);
  return strictRefuses(unit, change, byId?.record.guid);
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

async function create(
  unit: Unit,
  context: Context,
  change: WriteChange<'membership'>,
  ends: { guid: string; group: string; member: string; memberType: 'person' | 'group' },
  roles: readonly Role[],
  remarks: Remark[],
): Promise<ChangeResult> {
  const { guid, group, member, memberType } = ends;
  const data = compact({ ...(change.data as object), group, member, memberType, roles: given(roles) }) as Membership;
  const record: Working<'membership'> = blank(unit, 'membership', guid, data);
  record.owner = context.writer;
  record.claims = firstClaims(unit, context.writer);
  const entry = unit.create(record);
  if (memberType === 'person') {
    noteHome(unit, data, remarks);
    await sayHome(unit, entry);
  }
  const id = ownId(change);
  if (id !== undefined) {
    record.imsId = change.imsId ?? keyParts(id).id;
    unit.addKey(entry as Entry, id);
    chooseSourcedId(unit, entry as Entry, record.imsId);
    takeImsId(unit, entry as Entry, id);
    serveRole(unit, entry, keyParts(id).id);
  }
  unit.staleMemberships.add(guid);
  return finish(unit, context, change, entry as Entry, 'created', remarks);
}
