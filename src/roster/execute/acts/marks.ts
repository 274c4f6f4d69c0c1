import type { Group, RecordType } from '../../../model/index.ts';
import type { BlockType, Working } from '../../../store/index.ts';
import { feedOf } from '../../context.ts';
import { addBlockEntry, type Entry, type Unit } from '../unit.ts';

/** What must be worked out again for a record that changed. */
export function markStale(unit: Unit, entry: Entry): void {
  if (entry.record.type === 'group') unit.staleGroups.add(entry.record.guid);
  if (entry.record.type === 'person') unit.stalePersons.add(entry.record.guid);
}

/** Puts a record into the touched set of each feed that lists it, but for the one that writes (architecture, rule 3). */
export function touchOthers(unit: Unit, entry: Entry, feed: string | undefined): void {
  for (const claim of entry.record.claims) {
    if (claim.feed !== feed) {
      addBlockEntry(unit, claim.feed, { guid: entry.record.guid, type: blockType(entry.record), hash: 'touched' });
    }
  }
}

/** What a record is called in a hash block: a group by its kind. */
export function blockType(record: { readonly type: RecordType; readonly data: unknown }): BlockType {
  if (record.type !== 'group') return record.type;
  return (record.data as Partial<Group> | undefined)?.kind ?? 'group';
}

/**
 * Whether a record's values win over those of the feed that writes: it is another feed's, or was made by hand and is not
 * to be adopted (decisions 2.1).
 */
export function isForeign(unit: Unit, record: Working, writer: string): boolean {
  if (feedOf(writer) === undefined || record.owner === writer) return false;
  const owner = feedOf(record.owner);
  if (owner === undefined) return !unit.tenant.adoptManual && isByHand(record);
  return record.claims.some((claim) => claim.feed === owner);
}

/** Whether a record was made by hand, or belongs to an administrator since. */
export function isByHand({ owner }: Working): boolean {
  return owner.startsWith('admin:');
}

/** The claims of a record that a writer makes: its own, when it is a feed. */
export function firstClaims(unit: Unit, writer: string): Working['claims'] {
  const feed = feedOf(writer);
  return feed === undefined ? [] : [{ feed, since: unit.at }];
}
