import type { Group, Membership, Person } from '../../model/index.ts';
import type { RemoveChange, WriteChange } from '../../roster/index.ts';
import type { Pair } from '../run.ts';

/** Pairs that are to be made one: by the key in the file the known record's guid, and the pair for the report. */
export type Merges = ReadonlyMap<string, { readonly guid: string; readonly pair: Pair }>;

/** No merges. */
export const noMerges: Merges = new Map();

/** A record of a file. */
interface FileRecord {
  readonly change: WriteChange | RemoveChange;
  readonly renamedFrom?: string;
}

/**
 * A record of a file as what it is here: one that is to be merged is renamed from the known record; what names a record
 * under a key that it does not have yet means it by its guid, so that memberships are found where they were.
 */
export function asKnown<T extends FileRecord>(item: T, merges: Merges, renamed: ReadonlyMap<string, string>): T {
  const { change } = item;
  if ((merges.size === 0 && renamed.size === 0) || !('data' in change)) return item;
  const known = (reference: string) => renamed.get(reference) ?? merges.get(reference)?.guid ?? reference;
  const own = item.renamedFrom === undefined && change.key !== undefined ? merges.get(change.key) : undefined;
  return {
    ...item,
    change: { ...change, data: { ...change.data, ...references(change, known) } },
    ...(own === undefined ? {} : { renamedFrom: own.guid }),
  };
}

/** The references in the data of a change. */
function references({ type, data }: WriteChange, known: (reference: string) => string): object {
  if (type === 'membership') {
    const { group, member } = data as Partial<Membership>;
    return { ...(group ? { group: known(group) } : {}), ...(member ? { member: known(member) } : {}) };
  }
  const { relationships } = data as Partial<Person & Group>;
  const { agents } = data as Partial<Person>;
  return {
    ...(relationships && { relationships: relationships.map((one) => ({ ...one, target: known(one.target) })) }),
    ...(agents && { agents: agents.map(known) }),
  };
}
