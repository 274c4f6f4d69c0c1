import type { CourseworkType, RecordType } from '../../../model/index.ts';
import type { Doc, Store } from '../../../store/index.ts';
import { type Entry, touch, type Unit } from '../unit.ts';

/** Records that go for good with the record that a field of theirs names. */
interface Dependents {
  readonly type: CourseworkType;
  readonly field: string;
}

const dependentsOf: Readonly<Partial<Record<RecordType, readonly Dependents[]>>> = {
  person: [
    { type: 'result', field: 'student' },
    { type: 'assessmentResult', field: 'student' },
  ],
  group: [
    { type: 'lineItem', field: 'class' },
    { type: 'result', field: 'class' },
    { type: 'scoreScale', field: 'class' },
  ],
  lineItem: [{ type: 'result', field: 'lineItem' }],
  assessmentLineItem: [{ type: 'assessmentResult', field: 'assessmentLineItem' }],
};

/**
 * Takes out of a unit what goes for good with records: the results of a person, of a line item and of an assessment line
 * item; the line items, results and score scales of a class. Answers how many they are.
 */
export async function purgeDependents(unit: Unit, type: RecordType, guids: ReadonlySet<string>): Promise<number> {
  let gone = 0;
  for (const { type: below, field } of dependentsOf[type] ?? []) {
    const named = ({ data }: Entry['record']) => guids.has((data as unknown as Doc)[field] as string);
    const found = (await unit.where(below, { [`data.${field}`]: { $in: [...guids] } }, named as never)) as Entry[];
    if (found.length === 0) continue;
    gone += found.length + (await purgeDependents(unit, below, new Set(found.map(({ record }) => record.guid))));
    for (const entry of found) unit.purge(entry);
  }
  return gone;
}

/** Gives to another record of the same type what would go for good with one. */
export async function handOver(unit: Unit, type: RecordType, from: string, to: string): Promise<void> {
  for (const { type: below, field } of dependentsOf[type] ?? []) {
    const named = ({ data }: Entry['record']) => (data as unknown as Doc)[field] === from;
    for (const entry of (await unit.where(below, { [`data.${field}`]: from }, named as never)) as Entry[]) {
      entry.record.data = { ...entry.record.data, [field]: to };
      touch(unit, entry);
    }
  }
}

/** Records that one transaction purges with another one. */
const piece = 2000;

/**
 * Purges in transactions of their own what goes for good with records, so many at a time, until few enough are left for
 * the transaction of the purge itself.
 */
export async function purgeInPieces(
  store: Store,
  tenant: string,
  type: RecordType,
  guids: readonly string[],
  inTransaction: (work: (unit: Unit) => Promise<void>) => Promise<void>,
): Promise<void> {
  for (const { type: below, field } of dependentsOf[type] ?? []) {
    for (;;) {
      const filter: Doc = { tenant, [`data.${field}`]: { $in: [...guids] } };
      const options = { projection: { _id: 1 }, limit: piece, batchSize: piece + 1 } as const;
      const found = (await store.records(below).find(filter, options).toArray()).map(({ _id }) => _id);
      if (found.length > 0) await purgeInPieces(store, tenant, below, found, inTransaction);
      if (found.length < piece) break;
      await inTransaction(async (unit) => {
        await unit.loadGuids(below, found);
        await purgeDependents(unit, below, new Set(found));
        for (const guid of found) {
          const entry = unit.get(below, guid) as Entry | undefined;
          if (entry !== undefined) unit.purge(entry);
        }
      });
    }
  }
}

/** Whether line items name a category, which OneRoster wants of each of them. */
export async function isNamed(unit: Unit, type: RecordType, guid: string): Promise<boolean> {
  if (type !== 'category') return false;
  const named = await unit.where('lineItem', { 'data.category': guid }, ({ data }) => data.category === guid);
  return named.length > 0;
}
