import { failed } from '../../base/result.ts';
import { type Group, isKey, keyParts, type RecordState, type RecordType, relationParents } from '../../model/index.ts';
import type { Working } from '../../store/index.ts';
import type { ChangeResult, Outcome, ReleaseChange, RemoveChange } from '../change.ts';
import { type Context, feedOf } from '../context.ts';
import { brakeRefuses } from './brake.ts';
import { lookUp } from './look-up.ts';
import { blockType, markStale } from './marks.ts';
import { addBlockEntry, type Entry, touch, type Unit } from './unit.ts';

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
  const feed = feedOf(context.writer);
  if (found.record.state === 'archived') {
    return { ok: true, outcome: 'unchanged', guid: found.record.guid };
  }
  if (feed === undefined) {
    const refused = brakeRefuses(unit, context, change.type);
    if (refused !== undefined) return refused;
  }
  return takeAway(unit, context, found, isCourse(found.record) ? 'archive' : 'trash');
}

/** A feed lets go of a record (decisions 2.1, `feeds.md` 0.1, 0.2). */
export async function release(unit: Unit, context: Context, change: ReleaseChange): Promise<ChangeResult> {
  const feed = feedOf(context.writer);
  if (feed === undefined) return failed('invalid-request', 'Only a feed can let go of a record.');
  const found = await lookUp(unit, change.type, change.key);
  if (found === undefined)
    return failed('unknown-object', `There is no ${change.type} ${idOf(change)}.`, { id: idOf(change) });
  const record = found.record;
  const manual = change.explicit === true && record.claims.length === 0 && record.state !== 'archived';
  if ((!manual && !record.claims.some((claim) => claim.feed === feed)) || record.state === 'trashed') {
    addBlockEntry(unit, feed, { guid: record.guid, type: blockType(record), hash: 'dropped' });
    return { ok: true, outcome: 'unchanged', guid: record.guid };
  }
  if (change.as === 'report') return { ok: true, outcome: 'unchanged', guid: record.guid };
  await unit.full(found);
  const others = record.claims.filter((claim) => claim.feed !== feed);
  if (others.length > 0) {
    record.claims = others;
    const heir = others[0];
    if (record.owner === context.writer && heir !== undefined) record.owner = `feed:${heir.feed}`;
    touch(found);
    addBlockEntry(unit, feed, { guid: record.guid, type: blockType(record), hash: 'dropped' });
    return { ok: true, outcome: 'released', guid: record.guid };
  }
  return takeAway(unit, context, found, isCourse(record) && change.as === 'trash' ? 'archive' : change.as);
}

/** Whether a removal archives the group: a catalogue course, or a class that its sender types as a course (decisions 2.4). */
export function isCourse(record: { readonly type: RecordType; readonly data: unknown }): boolean {
  if (record.type !== 'group') return false;
  const group = record.data as Group;
  if (group.kind === 'course') return true;
  return (group.types ?? []).some(({ values }) => values.some(({ type }) => type?.trim().toLowerCase() === 'course'));
}

interface Taken {
  readonly removal: string;
  readonly counts: Record<RecordType, number>;
  readonly took: string[];
}

async function takeAway(
  unit: Unit,
  context: Context,
  entry: Entry,
  as: 'trash' | 'disable' | 'archive',
): Promise<ChangeResult> {
  const record = entry.record;
  const taken: Taken = {
    removal: `${unit.sequence}.${record.guid}`,
    counts: { person: 0, group: 0, membership: 0 },
    took: [],
  };
  let outcome: Outcome = 'trashed';
  if (as === 'disable') {
    endClaims(unit, entry);
    record.state = 'disabled';
    touch(entry);
    outcome = 'disabled';
  } else if (as === 'archive') {
    await archive(unit, context, entry, taken);
    outcome = 'archived';
  } else {
    trash(unit, context, entry, taken, undefined);
    if (record.type === 'person')
      await trashMemberships(
        unit,
        context,
        { 'data.member': record.guid },
        (other) => other.data.member === record.guid,
        taken,
        record.guid,
      );
    if (record.type === 'group') await trashBelow(unit, context, record.guid, taken, new Set([record.guid]));
  }
  return { ok: true, outcome, guid: record.guid, cascade: taken.counts, took: taken.took };
}

/** Descendants of a removed group go along with their memberships; courses among them are archived. Cycles end. */
async function trashBelow(unit: Unit, context: Context, root: string, taken: Taken, seen: Set<string>): Promise<void> {
  let level = [root];
  while (level.length > 0) {
    const above = new Set(level);
    for (const guid of level) {
      await trashMemberships(
        unit,
        context,
        { $or: [{ 'data.group': guid }, { 'data.member': guid }] },
        (other) => other.data.group === guid || other.data.member === guid,
        taken,
        root,
      );
    }
    const children = await unit.where(
      'group',
      { 'data.relationships.target': { $in: level } },
      (group) => group.state !== 'expected' && relationParents(group.data).some((parent) => above.has(parent)),
    );
    const next: string[] = [];
    for (const child of children) {
      if (seen.has(child.record.guid)) continue;
      seen.add(child.record.guid);
      if (child.record.state === 'trashed' || child.record.state === 'archived') continue;
      taken.counts.group += 1;
      taken.took.push(`group:${child.record.guid}`);
      if (isCourse(child.record)) await archive(unit, context, child as Entry, taken);
      else {
        trash(unit, context, child as Entry, taken, root);
        next.push(child.record.guid);
      }
    }
    level = next;
  }
}

/** Archives a course: child groups are removed, members become manual members (decisions 2.4). */
async function archive(unit: Unit, context: Context, entry: Entry, taken: Taken): Promise<void> {
  const guid = entry.record.guid;
  endClaims(unit, entry);
  entry.record.trash = stamp(unit, context, entry.record.state, taken, undefined);
  entry.record.state = 'archived';
  touch(entry);
  markStale(unit, entry);
  const members = await unit.where(
    'membership',
    { 'data.group': guid },
    (other) => other.data.group === guid && other.state === 'active',
  );
  for (const member of members) {
    endClaims(unit, member as Entry);
    member.record.owner = context.writer.startsWith('feed:') ? 'admin:archive' : context.writer;
    touch(member as Entry);
  }
  const children = await unit.where(
    'group',
    { 'data.relationships.target': guid },
    (group) => group.state === 'active' && relationParents(group.data).includes(guid),
  );
  for (const child of children) {
    if (isCourse(child.record)) continue;
    taken.counts.group += 1;
    taken.took.push(`group:${child.record.guid}`);
    trash(unit, context, child as Entry, taken, guid);
    await trashBelow(unit, context, child.record.guid, taken, new Set([guid, child.record.guid]));
  }
}

async function trashMemberships(
  unit: Unit,
  context: Context,
  condition: Record<string, unknown>,
  test: (record: Working<'membership'>) => boolean,
  taken: Taken,
  cause: string,
): Promise<void> {
  const found = await unit.where('membership', condition, (record) => record.state === 'active' && test(record));
  for (const membership of found) {
    trash(unit, context, membership as Entry, taken, cause);
    taken.counts.membership += 1;
    taken.took.push(`membership:${membership.record.guid}`);
    const { member, memberType } = membership.record.data;
    if (memberType === 'person' && member !== cause) unit.stalePersons.add(member);
  }
}

function stamp(
  unit: Unit,
  context: Context,
  from: RecordState,
  taken: Taken,
  cause: string | undefined,
): Working['trash'] {
  return {
    at: unit.at,
    by: context.writer,
    ...(context.run === undefined ? {} : { run: context.run }),
    removal: taken.removal,
    from,
    ...(cause === undefined ? {} : { cause }),
  };
}

function trash(unit: Unit, context: Context, entry: Entry, taken: Taken, cause: string | undefined): void {
  endClaims(unit, entry);
  entry.record.trash = stamp(unit, context, entry.record.state, taken, cause);
  entry.record.state = 'trashed';
  touch(entry);
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
