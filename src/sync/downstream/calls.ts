import type { Problem } from '../../base/problem.ts';
import { keyParts, type RosterType, type StoredRecord } from '../../model/index.ts';
import type { ReferenceName } from '../../roster/index.ts';
import { type DeadLetterRow, type DownstreamStore, nameOfRecord, type RecordName } from '../../store/index.ts';
import type { Sender, Sent } from './send.ts';
import type { Delivery } from './types.ts';

/** A record that the server knows by other ids than its present one. */
export interface Rename extends RecordName {
  readonly from: readonly string[];
  readonly to: string;
}

/** A record that is to go at the server. */
export interface Removal extends RecordName {
  /** All by which the server may know it. */
  readonly ids: readonly string[];
}

/** Records so far, by what became of them. */
export type Counts = { written: number; removed: number; renamed: number; refused: number };

/** What was refused of some renames. */
export interface Unrenamed {
  /** Records that must not be written. */
  readonly stuck: string[];
  /**
   * Records whose new id somebody has at the server whom nobody here is: one in its trash, as a rule. They are to be
   * written by the new id, which is theirs then, and removed by the old ones.
   */
  readonly moved: Rename[];
}

/** Renames at the server; `writable` says which records can be written by another id instead. */
export async function rename(
  { rows }: { readonly rows: Pick<DownstreamStore, 'holders'> },
  sender: Sender,
  type: RosterType,
  renames: readonly Rename[],
  writable: (one: Rename) => boolean,
  counts: Counts,
): Promise<Unrenamed> {
  await sender.expect(renames.map(({ guid, to }) => ({ type, guid, id: to })));
  const pairs = renames.flatMap((one) => one.from.map((from) => ({ one, from })));
  const sent = await sender.send(
    pairs,
    (part): Delivery => ({
      op: 'rename',
      type,
      pairs: part.map(({ one, from }) => ({ from, to: one.to })),
    }),
  );
  const refused = new Map<Rename, { problem: Problem; attempts: number }>();
  const perhaps = new Set<Rename>();
  sent.forEach((outcome, at) => {
    const pair = pairs[at];
    if (pair === undefined) return;
    if (outcome.kind === 'refused') refused.set(pair.one, outcome);
    else perhaps.add(pair.one);
  });
  const inUse = [...refused].flatMap(
    ([
      one,
      {
        problem: { code },
      },
    ]) => (code === 'already-exists' && writable(one) ? [one] : []),
  );
  const holders = await rows.holders(
    sender.row.tenant,
    type,
    inUse.map(({ to }) => to),
  );
  const moved = inUse.filter(({ guid, to }) => !holders.some((other) => other.guid !== guid && other.ids.includes(to)));
  for (const one of moved) refused.delete(one);
  const done = renames.filter((one) => !refused.has(one) && !moved.includes(one));
  counts.renamed += done.length;
  counts.refused += refused.size;
  const unnamed = [...refused.keys()].filter((one) => !perhaps.has(one));
  await sender.settle({
    known: [
      ...done.map(({ guid, to }) => ({ type, guid, ids: [to] })),
      // The new id is another record's, and goes when that one goes.
      ...unnamed.map(({ guid, from }) => ({ type, guid, ids: from })),
    ],
    letters: [...refused].map(([{ guid, to }, outcome]) => letter({ type, guid }, to, 'rename', outcome)),
    counts: { renamed: done.length },
  });
  return { stuck: [...refused.keys()].map(nameOfRecord), moved };
}

/** Removes, by their old ids, records that are written by their new ones by now. */
export async function leave(
  sender: Sender,
  type: RosterType,
  moved: readonly Rename[],
  counts: Counts,
  letters: { open: boolean },
): Promise<void> {
  const each = moved.flatMap((one) => one.from.map((id) => ({ one, id })));
  const sent = await sender.send(each, (part): Delivery => ({ op: 'remove', type, ids: part.map(({ id }) => id) }));
  const refused = new Map<Rename, DeadLetterRow>();
  sent.forEach((outcome, at) => {
    const { one, id } = each[at] ?? {};
    if (one !== undefined && id !== undefined && outcome.kind === 'refused')
      refused.set(one, letter(one, id, 'remove', outcome));
  });
  // One that came back from the trash may go by another id there that it had last.
  const pairs = moved.map(({ to }) => ({ from: to, to }));
  await sender.send(pairs, (part): Delivery => ({ op: 'rename', type, pairs: part }));
  const done = moved.filter((one) => !refused.has(one));
  counts.renamed += done.length;
  counts.refused += refused.size;
  await sender.settle({
    known: done.map(({ guid, to }) => ({ type, guid, ids: [to] })),
    letters: [...refused.values()],
    counts: { renamed: done.length },
  });
  letters.open ||= refused.size > 0;
}

/** Writes records; answers the names of those that the server refused. */
export async function write(
  { rows, namespace }: { readonly rows: Pick<DownstreamStore, 'known' | 'holders'>; readonly namespace: string },
  sender: Sender,
  type: RosterType,
  records: readonly StoredRecord<RosterType>[],
  names: Map<string, ReferenceName<RosterType>>,
  counts: Counts,
  letters: { open: boolean },
): Promise<string[]> {
  const known = await rows.known(sender.row.tenant, records);
  const fresh = records.filter((record) => !(known.get(nameOfRecord(record)) ?? []).includes(record.imsId));
  if (fresh.length > 0) await sender.expect(fresh.map(({ guid, imsId }) => ({ type, guid, id: imsId })));
  const sent = await sender.send(records, (part): Delivery => ({ op: 'write', type, records: part, names }));
  await settle(
    sender,
    'write',
    records.map((record) => ({ type, guid: record.guid, id: record.imsId })),
    sent,
    {
      counts,
      letters,
    },
  );
  const isRefused = (record: StoredRecord<RosterType>) => sent[records.indexOf(record)]?.kind === 'refused';
  await nameAnew(
    sender,
    type,
    fresh.filter((record) => !isRefused(record)),
    namespace,
  );
  const untaken = fresh.filter(isRefused);
  const ids = untaken.map(({ imsId }) => imsId);
  const holders = await rows.holders(sender.row.tenant, type, ids);
  const others = untaken.filter(({ guid, imsId }) =>
    holders.some((one) => one.guid !== guid && one.ids.includes(imsId)),
  );
  // The id is still the other record's, and goes when that one goes.
  const before = (record: StoredRecord<RosterType>) => known.get(nameOfRecord(record)) ?? [];
  if (others.length > 0)
    await sender.settle({ known: others.map((one) => ({ type, guid: one.guid, ids: before(one) })) });
  return records.filter(isRefused).map(nameOfRecord);
}

/**
 * Gives records that the server did not have, or no more, their present ids there: one that comes back from its trash
 * by an id of before still has the id that it went with. Where the server knows none of these ids there is nothing to do.
 */
async function nameAnew(
  sender: Sender,
  type: RosterType,
  records: readonly StoredRecord<RosterType>[],
  namespace: string,
): Promise<void> {
  if (type === 'membership') return;
  const pairs = records.flatMap(({ keys, imsId }) => {
    const own = keys.map(keyParts).filter((one) => one.space === type && one.namespace === namespace);
    return own.flatMap(({ id }) => (id === imsId ? [] : [{ from: id, to: imsId }]));
  });
  await sender.send(pairs, (part): Delivery => ({ op: 'rename', type, pairs: part }));
}

export async function remove(
  { rows }: { readonly rows: Pick<DownstreamStore, 'holders'> },
  sender: Sender,
  type: RosterType,
  removals: readonly Removal[],
  counts: Counts,
  letters: { open: boolean },
): Promise<void> {
  // An id that another record has by now is no longer the removed one's.
  const own = new Set(removals.map(({ guid }) => guid));
  const holders = await rows.holders(
    sender.row.tenant,
    type,
    removals.flatMap(({ ids }) => ids),
  );
  const taken = new Set(holders.flatMap((one) => (own.has(one.guid) ? [] : one.ids)));
  const each = removals.flatMap(({ guid, ids }) => ids.filter((id) => !taken.has(id)).map((id) => ({ guid, id })));
  const over = removals.filter(({ ids }) => ids.every((id) => taken.has(id)));
  if (over.length > 0) await sender.settle({ known: over.map(({ guid }) => ({ type, guid, ids: [] })), cleared: over });
  const sent = await sender.send(each, (part): Delivery => ({ op: 'remove', type, ids: part.map(({ id }) => id) }));
  const worst = new Map<string, { readonly id: string; readonly outcome: Sent }>();
  each.forEach(({ guid, id }, at) => {
    const outcome = sent[at];
    if (outcome !== undefined && worst.get(guid)?.outcome.kind !== 'refused') worst.set(guid, { id, outcome });
  });
  const results = [...worst].map(([guid, { id, outcome }]) => ({ name: { type, guid, id }, outcome }));
  await settle(
    sender,
    'remove',
    results.map(({ name }) => name),
    results.map(({ outcome }) => outcome),
    { counts, letters },
  );
}

/** Writes down what became of records that were written or removed. */
async function settle(
  sender: Sender,
  op: 'write' | 'remove',
  names: readonly (RecordName & { readonly id: string })[],
  sent: readonly Sent[],
  { counts, letters }: { readonly counts: Counts; readonly letters: { open: boolean } },
): Promise<void> {
  const refused: DeadLetterRow[] = [];
  const done: RecordName[] = [];
  names.forEach(({ type, guid, id }, at) => {
    const outcome = sent[at];
    if (outcome?.kind === 'refused') refused.push(letter({ type, guid }, id, op, outcome));
    else done.push({ type, guid });
  });
  const kind = op === 'write' ? 'written' : 'removed';
  counts[kind] += done.length;
  counts.refused += refused.length;
  await sender.settle({
    counts: { [kind]: done.length },
    letters: refused,
    ...(op === 'remove' ? { known: done.map((name) => ({ ...name, ids: [] })) } : {}),
    ...(letters.open ? { cleared: done } : {}),
  });
  letters.open ||= refused.length > 0;
}

function letter(
  name: RecordName,
  sourcedId: string,
  op: Delivery['op'],
  { problem, attempts }: { readonly problem: Problem; readonly attempts: number },
): DeadLetterRow {
  const { code, text } = problem;
  return { ...name, sourcedId, op, problem: { code, text }, attempts, at: new Date(), retry: false };
}

export function parts<T>(items: readonly T[], size: number): T[][] {
  const found: T[][] = [];
  for (let at = 0; at < items.length; at += size) found.push(items.slice(at, at + size));
  return found;
}
