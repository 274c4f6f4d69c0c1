import type { Problem } from '../../base/problem.ts';
import { type RecordType, recordTypes, relationParents, type StoredRecord } from '../../model/index.ts';
import type { Context, ReferenceName, Roster } from '../../roster/index.ts';
import { type DeadLetterRow, type DownstreamStore, nameOfRecord, type RecordName } from '../../store/index.ts';
import { depthsOf } from './order.ts';
import type { Sender, Sent } from './send.ts';
import type { Delivery } from './types.ts';

/** What the delivery of records reads. */
export interface StretchDeps {
  readonly roster: Pick<Roster, 'find' | 'names' | 'related'>;
  readonly rows: Pick<DownstreamStore, 'known' | 'takenFrom' | 'countLetters'>;
}

/** What a stretch has done, by the number of records. */
export interface StretchCounts {
  readonly written: number;
  readonly removed: number;
  readonly renamed: number;
  readonly refused: number;
  /** Records of the stretch that are to be seen. */
  readonly visible: number;
  /** The newest change among them. */
  readonly newest: Date | undefined;
}

interface Rename extends RecordName {
  readonly from: readonly string[];
  readonly to: string;
}

/** Stands for the data of a purged group; with a type, since what has none is served as a course, which is archived. */
const purged: StoredRecord<'group'>['data'] = {
  kind: 'class',
  types: [{ scheme: 'Rostergate', values: [{ type: 'Class', level: '-1' }] }],
};

interface Removal extends RecordName {
  /** All by which the server may know it. */
  readonly ids: readonly string[];
}

interface Plan {
  readonly renames: readonly Rename[];
  readonly writes: readonly StoredRecord[];
  readonly removals: readonly Removal[];
  /** Groups to be removed, as they are to be written before: without parents. */
  readonly loose: readonly StoredRecord<'group'>[];
  /** Records that there is nothing to do about. */
  readonly idle: readonly RecordName[];
  readonly names: Map<string, ReferenceName>;
}

const writeOrder = ['group', 'person', 'membership'] as const;

/**
 * Delivers the present state of records: those that are to be seen are renamed and written, the others removed, in the
 * order that a server needs. What the server may know is noted before each call that adds to it, so that a kill at any
 * time leaves nothing there that is not known of.
 */
export async function deliverStretch(
  deps: StretchDeps,
  context: Context,
  sender: Sender,
  items: readonly RecordName[],
  options: { readonly withRelated: boolean },
): Promise<StretchCounts> {
  const plan = await makePlan(deps, context, sender.row.tenant, items, options.withRelated);
  const counts = { written: 0, removed: 0, renamed: 0, refused: 0 };
  const letters = { open: (await deps.rows.countLetters(sender.row.tenant)) > 0 };
  const stuck = new Set<string>();

  for (const type of writeOrder) {
    for (const part of parts(
      plan.renames.filter((one) => one.type === type),
      sender.batchSize,
    )) {
      for (const name of await rename(sender, type, part, counts)) stuck.add(name);
      letters.open ||= stuck.size > 0;
    }
  }
  const writeAll = async (type: RecordType) => {
    const records = plan.writes.filter((record) => record.type === type && !stuck.has(nameOfRecord(record)));
    for (const part of parts(records, sender.batchSize)) {
      await write(deps, sender, type, part, plan.names, counts, letters);
    }
  };
  const removeAll = async (type: RecordType) => {
    const gone = plan.removals.filter((one) => one.type === type);
    for (const part of parts(gone, sender.batchSize)) await remove(deps, sender, type, part, counts, letters);
  };
  await writeAll('group');
  await writeAll('person');
  // A membership that was made anew has the ends of the one that is gone, by which a server may know it.
  await removeAll('membership');
  await writeAll('membership');
  await removeAll('person');
  // Should the server refuse it, the removal that follows may still be taken.
  await sender.send(plan.loose, (records): Delivery => ({ op: 'write', type: 'group', records, names: new Map() }));
  await removeAll('group');
  if (letters.open && plan.idle.length > 0) await sender.settle({ cleared: plan.idle });
  const newest = plan.writes.reduce<Date | undefined>(
    (latest, { updatedAt }) => (latest === undefined || updatedAt > latest ? updatedAt : latest),
    undefined,
  );
  return { ...counts, visible: plan.writes.length, newest };
}

type Counts = { written: number; removed: number; renamed: number; refused: number };

async function makePlan(
  { roster, rows }: StretchDeps,
  context: Context,
  tenant: string,
  items: readonly RecordName[],
  withRelated: boolean,
): Promise<Plan> {
  const unique = new Map(items.map(({ type, guid }) => [nameOfRecord({ type, guid }), { type, guid }]));
  const known = new Map(await rows.known(tenant, [...unique.values()]));
  const records = await visibleOf(roster, context, [...unique.values()]);
  if (withRelated) {
    // What others say of a record is written only while it is there: when it comes they are written again, and before
    // it goes, lest the server take along what hangs on it.
    for (const type of ['person', 'group'] as const) {
      const turned = [...unique.values()].filter(
        (one) => one.type === type && known.has(nameOfRecord(one)) !== records.has(nameOfRecord(one)),
      );
      const related = await roster.related(
        context,
        type,
        turned.map(({ guid }) => guid),
      );
      const others = [...related.values()].flat().map(({ from }) => ({ type: from.type, guid: from.guid }));
      const more = new Map(others.map((name) => [nameOfRecord(name), name]));
      for (const name of unique.keys()) more.delete(name);
      for (const [name, ids] of await rows.known(tenant, [...more.values()])) known.set(name, ids);
      for (const [name, record] of await visibleOf(roster, context, [...more.values()])) records.set(name, record);
      for (const [name, one] of more) unique.set(name, one);
    }
  }
  const names = await namesOf(roster, context, [...records.values()]);
  const away = [...names.values()].filter((name) => !known.has(nameOfRecord(name)));
  for (const [name, ids] of await rows.known(tenant, away)) known.set(name, ids);

  const renames = new Map<string, Rename>();
  const renamed = (name: RecordName, to: string) => {
    const from = (known.get(nameOfRecord(name)) ?? []).filter((id) => id !== to);
    if (from.length > 0) renames.set(nameOfRecord(name), { type: name.type, guid: name.guid, from, to });
  };
  for (const record of records.values()) renamed(record, record.imsId);
  // A reference must not be ahead of the renaming of what it means.
  for (const name of names.values()) {
    if (name.state !== 'trashed' && name.state !== 'expected' && !unique.has(nameOfRecord(name)))
      renamed(name, name.imsId);
  }
  const gone = [...unique.values()].filter((name) => !records.has(nameOfRecord(name)));
  const removals = gone.flatMap((name) => {
    const ids = known.get(nameOfRecord(name)) ?? [];
    return ids.length === 0 ? [] : [{ ...name, ids }];
  });
  return {
    renames: [...renames.values()],
    writes: inOrder([...records.values()]),
    ...(await childrenFirst(roster, context, removals)),
    idle: gone.filter((name) => !known.has(nameOfRecord(name))),
    names,
  };
}

/** Records that IMS protocols show: those with all their ends, and not the gateway's own. */
async function visibleOf(
  roster: StretchDeps['roster'],
  context: Context,
  items: readonly RecordName[],
): Promise<Map<string, StoredRecord>> {
  const found = new Map<string, StoredRecord>();
  for (const type of recordTypes) {
    const guids = items.filter((item) => item.type === type).map(({ guid }) => guid);
    if (guids.length === 0) continue;
    for (const record of await roster.find(context, type, guids)) {
      if (record === undefined || record.made === true || (record.waitsFor ?? []).length > 0) continue;
      found.set(nameOfRecord(record), record);
    }
  }
  return found;
}

/** Names of all that records refer to; of records that are written themselves, as they are written. */
async function namesOf(
  roster: StretchDeps['roster'],
  context: Context,
  records: readonly StoredRecord[],
): Promise<Map<string, ReferenceName>> {
  const wanted = { person: new Set<string>(), group: new Set<string>() };
  for (const { type, data } of records) {
    if (type === 'membership') {
      const { group, member, memberType } = data as StoredRecord<'membership'>['data'];
      wanted.group.add(group);
      wanted[memberType].add(member);
    } else {
      const { relationships = [] } = data as StoredRecord<'group'>['data'];
      for (const { target } of relationships) wanted[type].add(target);
    }
  }
  const [persons, groups] = await Promise.all([
    roster.names(context, 'person', [...wanted.person]),
    roster.names(context, 'group', [...wanted.group]),
  ]);
  const names = new Map([...persons, ...groups]);
  for (const { guid, imsId } of records) {
    const name = names.get(guid);
    if (name !== undefined) names.set(guid, { ...name, imsId });
  }
  return names;
}

/** Groups with parents before children. */
function inOrder(records: readonly StoredRecord[]): StoredRecord[] {
  const groups = records.filter((record): record is StoredRecord<'group'> => record.type === 'group');
  const depths = depthsOf(groups.map(({ guid, data }) => ({ guid, parents: relationParents(data) })));
  const depth = ({ guid }: StoredRecord) => depths.get(guid) ?? 0;
  return [...records].sort((a, b) => depth(a) - depth(b));
}

/**
 * Groups with children before parents, so that the server takes none along with another one, and brings none back with
 * it later. How they hang together there may differ from what is known of them last (of purged ones nothing is), and
 * in a cycle each is below the other: where there are several, they are parted from their parents first.
 */
async function childrenFirst(
  roster: StretchDeps['roster'],
  context: Context,
  removals: readonly Removal[],
): Promise<{ readonly removals: Removal[]; readonly loose: StoredRecord<'group'>[] }> {
  const gone = removals.filter(({ type }) => type === 'group');
  const found = await roster.find(
    context,
    'group',
    gone.map(({ guid }) => guid),
    { trashed: true },
  );
  const groups = new Map(found.flatMap((group) => (group === undefined ? [] : [[group.guid, group] as const])));
  const depths = depthsOf([...groups.values()].map(({ guid, data }) => ({ guid, parents: relationParents(data) })));
  const depth = ({ guid }: RecordName) => depths.get(guid) ?? -1;
  const loose = gone.length < 2 ? [] : gone;
  return {
    removals: [...removals].sort((a, b) => depth(b) - depth(a)),
    loose: loose.flatMap(({ guid, ids }) => {
      const { relationships: _ties, ...data } = groups.get(guid)?.data ?? purged;
      return ids.map((imsId) => ({ type: 'group', guid, imsId, data }) as StoredRecord<'group'>);
    }),
  };
}

/** Renames at the server; answers the names of those that it refused, which then must not be written. */
async function rename(sender: Sender, type: RecordType, renames: readonly Rename[], counts: Counts): Promise<string[]> {
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
  sent.forEach((outcome, at) => {
    const pair = pairs[at];
    if (pair !== undefined && outcome.kind === 'refused') refused.set(pair.one, outcome);
  });
  const done = renames.filter((one) => !refused.has(one));
  counts.renamed += done.length;
  counts.refused += refused.size;
  await sender.settle({
    known: done.map(({ guid, to }) => ({ type, guid, ids: [to] })),
    letters: [...refused].map(([{ guid, to }, outcome]) => letter({ type, guid }, to, 'rename', outcome)),
    counts: { renamed: done.length },
  });
  return [...refused.keys()].map(nameOfRecord);
}

async function write(
  { rows }: StretchDeps,
  sender: Sender,
  type: RecordType,
  records: readonly StoredRecord[],
  names: Map<string, ReferenceName>,
  counts: Counts,
  letters: { open: boolean },
): Promise<void> {
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
}

async function remove(
  { rows }: StretchDeps,
  sender: Sender,
  type: RecordType,
  removals: readonly Removal[],
  counts: Counts,
  letters: { open: boolean },
): Promise<void> {
  // An id that another record has by now is no longer the removed one's.
  const taken = await rows.takenFrom(sender.row.tenant, removals);
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

function parts<T>(items: readonly T[], size: number): T[][] {
  const found: T[][] = [];
  for (let at = 0; at < items.length; at += size) found.push(items.slice(at, at + size));
  return found;
}
