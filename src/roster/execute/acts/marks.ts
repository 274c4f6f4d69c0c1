import type { Group, RecordType } from '../../../model/index.ts';
import type { Working } from '../../../store/index.ts';
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

/** The type of a record in a hash block. */
export function blockType(record: { readonly type: RecordType; readonly data: unknown }): RecordType | 'session' {
  if (record.type !== 'group') return record.type;
  return (record.data as Group | undefined)?.kind === 'session' ? 'session' : 'group';
}

/** Whether a record is another feed's, whose values win over those of the feed that writes (decisions 2.1). */
export function isForeign(record: Working, writer: string): boolean {
  const owner = feedOf(record.owner);
  if (feedOf(writer) === undefined || owner === undefined || record.owner === writer) return false;
  return record.claims.some((claim) => claim.feed === owner);
}

/** The claims of a record that a writer makes: its own, when it is a feed. */
export function firstClaims(unit: Unit, writer: string): Working['claims'] {
  const feed = feedOf(writer);
  return feed === undefined ? [] : [{ feed, since: unit.at }];
}
