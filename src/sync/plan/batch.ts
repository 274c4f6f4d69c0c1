import { isKey, keyParts } from '../../model/index.ts';
import type { Change, ChangeResult, ReleaseChange, RenameChange, WriteChange } from '../../roster/index.ts';
import type { FeedIndex } from '../hashes/feed-index.ts';
import { asKnown, type Merges } from '../pairs/merges.ts';
import type { PlanDeps } from '../planners/planner.ts';
import type { FeedItem } from '../reader.ts';
import { type CountedType, countedTypeOf } from '../run.ts';
import { type Planned, renameOf, type Step } from '../spool.ts';
import type { Place } from '../tally.ts';
import { guess, rehearse } from './ask.ts';
import { joinParts } from './join-parts.ts';
import { type LastWord, type RemovalOutcome, withLastWord } from './last-word.ts';
import { makeReturns } from './returns.ts';
import type { Taken } from './taken.ts';

type RecordItem = Extract<FeedItem, { kind: 'record' }>;

/** What planning a file's records needs beside the planner's own. */
export interface BatchDeps extends PlanDeps {
  readonly index: FeedIndex;
  readonly lastWord: LastWord;
  readonly taken: Taken;
  readonly settled: Record<CountedType, number>;
  /** Records that are known under another key. */
  readonly merges: Merges;
  /** The roster was empty, so that nothing needs to be rehearsed. */
  readonly guessed: boolean;
  /** Records that an attempt before this one has brought back from the trash. */
  readonly returned?: ReadonlySet<string> | undefined;
}

/** Lines that a remark on a missing reference names. */
const linesNamed = 20;

/** Plans records of a file that are not known by their bytes, a batch at a time. */
export interface Batches {
  add(item: RecordItem): void;
  /** Says that a record stands in the file as it is known, after what waits. */
  known(guid: string, type: RecordItem['type']): void;
  /** Whether a removal waits, of a record or of one that is not looked up yet. */
  mayRemove(guid: string): boolean;
  readonly waiting: number;
  /** Plans what waits. */
  settle(): Promise<void>;
  /** Counts and remarks what only the whole file shows. */
  end(): void;
}

/** The place of an item, for remarks. */
export function placeIn(
  deps: Pick<PlanDeps, 'fileName'>,
  item: { line: number; file?: string; field?: string; id?: string; type?: RecordItem['type'] },
  message: string,
): Place {
  return {
    file: item.file ?? deps.fileName,
    line: item.line,
    ...(item.id === undefined ? {} : { id: item.id }),
    ...(item.field === undefined ? {} : { field: item.field }),
    ...(item.type === undefined ? {} : { type: countedTypeOf(item.type) }),
    message,
  };
}

/** Makes {@link Batches}. */
export function makeBatches(deps: BatchDeps): Batches {
  const { roster, context, index, counts, remarks, settled, lastWord, taken, guessed } = deps;
  const expected = new Map<
    string,
    { readonly item: RecordItem; readonly text: string; readonly lines: number[]; count: number }
  >();
  const returns = makeReturns(roster, context, deps.returned);
  /** Records that this file renames, by their new keys, which the store does not know yet. */
  const renamed = new Map<string, string>();
  /** Keys that records of this file have given up, with the rename of whoever had each. */
  const givenUp = new Map<string, RenameChange>();
  /** Keys of records that were rejected because they use a key that was given up. */
  const refused = new Set<string>();
  let waiting: RecordItem[] = [];
  /** Records known by their hash that stand after records which wait, with their place among what waits. */
  let mentions = new Map<string, number>();
  let removals = 0;

  const place = (item: RecordItem, message: string) => placeIn(deps, item, message);
  const repeated = (item: RecordItem) =>
    remarks.add(
      'repair.duplicate-record',
      place(
        item,
        `This ${item.type} stands in the file more than once; the last one counts, roles of a member are put together.`,
      ),
    );
  const unchanged = (type: CountedType) => {
    counts[type].unchanged += 1;
    settled[type] += 1;
  };

  function takeBack(guid: string, change: WriteChange | undefined): void {
    for (const { type, outcome, along } of lastWord.written(guid, change)) {
      counts[type][outcome] -= 1;
      taken.giveBack(along);
      unchanged(type);
    }
  }

  async function settleRemoval(
    item: RecordItem,
    change: ReleaseChange,
    result: ChangeResult,
    overtaken: (guid: string) => boolean,
  ): Promise<Planned | undefined> {
    const type = countedTypeOf(item.type);
    const entry = counts[type];
    let guid = result.ok ? result.guid : '';
    let outcome = result.ok ? result.outcome : 'unchanged';
    if (!result.ok) {
      if (result.problem.code !== 'unknown-object') {
        entry.rejected += 1;
        remarks.add('rejected.store', place(item, result.problem.text));
        return undefined;
      }
      // What the store does not know may have been made by an earlier batch of this file.
      guid = (await roster.guidsOf(context, [change]))[0] ?? '';
      if (guid === '' || !index.read.has(guid)) {
        remarks.add('warning.already-removed', place(item, result.problem.text));
        unchanged(type);
        return undefined;
      }
      outcome = change.as === 'disable' ? 'disabled' : change.as === 'report' ? 'unchanged' : 'trashed';
    }
    if (overtaken(guid)) {
      repeated(item);
      unchanged(type);
      return undefined;
    }
    const standsAs = await otherIdOf(change, guid);
    if (standsAs !== undefined) {
      const text = `The ${item.type} ${item.id} has another id now and stands in this file as ${standsAs}; it is not removed.`;
      remarks.add('warning.already-removed', place(item, text));
      unchanged(type);
      return undefined;
    }
    const before = index.read.add(guid);
    // What goes along with an earlier removal is counted with that one.
    const counts_ = isRemovalOutcome(outcome) && !taken.has(item.type, guid);
    const along = counts_ && result.ok ? taken.along(result.took ?? []) : [];
    const counted = counts_ ? { type, outcome: outcome as RemovalOutcome, along } : undefined;
    const removal = lastWord.removed(guid, change, counted);
    const idle = counted === undefined && outcome !== 'released' && !before;
    entry[counted?.outcome ?? 'unchanged'] += 1;
    if (idle) settled[type] += 1;
    return { change, line: item.line, id: item.id, removal, ...(idle ? { idle } : {}) };
  }

  /** The id by which a record stands in this file that is to be removed by one which it has given up. */
  async function otherIdOf({ type, key }: ReleaseChange, guid: string): Promise<string | undefined> {
    if (key === undefined || !isKey(key) || type === 'membership' || !index.read.has(guid)) return undefined;
    const rename = givenUp.get(key);
    if (rename?.key === guid) return keyParts(rename.newKey).id;
    const [record] = await roster.find(context, type, [guid], { trashed: true });
    return record === undefined || record.imsId === keyParts(key).id ? undefined : record.imsId;
  }

  /** What is wrong where a key still finds another record of this file, which has given it up. */
  function misuse(change: WriteChange, guid: string): string | undefined {
    const { key } = change;
    const holder = key === undefined ? undefined : givenUp.get(key);
    if (key !== undefined && holder?.key === guid) {
      refused.add(key);
      const [id, newId] = [keyParts(key).id, keyParts(holder.newKey).id];
      return `The id ${id} was given up by another record of this file, which is ${newId} now and is still found by it; give this record another id, or name beside it the id (sourcedidtype Old) by which it is known.`;
    }
    if (change.type !== 'membership' || refused.size === 0) return undefined;
    const { group, member } = (change as WriteChange<'membership'>).data;
    const end = [group, member].find((one) => typeof one === 'string' && refused.has(one));
    return typeof end !== 'string'
      ? undefined
      : `The record ${keyParts(end).id} of this file, which it names, was rejected.`;
  }

  function settleWrite(
    item: RecordItem,
    change: WriteChange,
    result: ChangeResult,
    wasTrashed: boolean,
  ): Planned | undefined {
    const type = countedTypeOf(item.type, kindOf(change));
    const entry = counts[type];
    if (!result.ok) {
      entry.rejected += 1;
      remarks.add('rejected.store', place(item, result.problem.text));
      return undefined;
    }
    const misused = misuse(change, result.guid);
    if (misused !== undefined) {
      entry.rejected += 1;
      remarks.add('rejected.invalid-data', place(item, misused));
      return undefined;
    }
    const before = index.read.add(result.guid);
    const rename = renameOf({ change, renamedFrom: item.renamedFrom });
    if (rename !== undefined) {
      renamed.set(rename.newKey, result.guid);
      givenUp.set(rename.key as string, { ...rename, key: result.guid });
    }
    takeBack(result.guid, change);
    for (const remark of result.remarks ?? []) {
      if (remark.kind === 'warning.expected-reference' && remark.id !== undefined) {
        const there = expected.get(remark.id);
        if (there === undefined) expected.set(remark.id, { item, text: remark.text, lines: [item.line], count: 1 });
        else {
          there.count += 1;
          if (there.lines.length < linesNamed) there.lines.push(item.line);
        }
      } else remarks.add(remark.kind, place(item, remark.text));
    }
    const outcome = wasTrashed ? 'restored' : result.outcome;
    if (item.renamedFrom !== undefined && !before && outcome !== 'created') entry.renamed += 1;
    if (!before) entry[outcome as 'created'] += 1;
    else {
      entry.unchanged += 1;
      if (item.part !== true) repeated(item);
    }
    // No one mention has the bytes of the whole membership: each file's mentions are looked at again.
    const again = before && change.type === 'membership' ? { ...change, addRoles: true, hash: 'touched' } : change;
    return {
      change: again,
      line: item.line,
      id: item.id,
      ...(item.renamedFrom === undefined ? {} : { renamedFrom: item.renamedFrom }),
      ...(type === 'academicSession' ? { session: true } : {}),
      ...(!before && outcome === 'restored' ? { restored: true } : {}),
    };
  }

  async function settle(): Promise<void> {
    const read = waiting;
    const mentioned = mentions;
    waiting = [];
    mentions = new Map();
    removals = 0;
    if (read.length === 0) return;
    const changes = withLastWord(
      joinParts(
        read,
        read.map((item) => toChange(deps, item)),
      ),
    );
    // As they are applied: removals last. What a later record of the batch takes back is not asked for.
    const order = read.flatMap((item, at) => {
      const change = changes[at];
      if (change !== undefined) return [{ item, change, at }];
      counts[countedTypeOf(item.type)].inFile += 1;
      unchanged(countedTypeOf(item.type));
      repeated(item);
      return [];
    });
    const sorted = [
      ...giversFirst(order.filter(({ change }) => change.op !== 'release')),
      ...order.filter(({ change }) => change.op === 'release'),
    ];
    const asked = sorted.map(({ change }) => change);
    const renamedFrom = sorted.map(({ item }) => item.renamedFrom);
    const results = guessed
      ? await guess(roster, context, asked)
      : await rehearse(roster, context, asked, renamedFrom, givenUp);
    const trashed = await returns.look(asked, results);
    const planned: Record<Step, Planned[]> = { person: [], group: [], membership: [], removals: [] };
    for (const [at, { item, change, at: position }] of sorted.entries()) {
      const result = results[at];
      if (result === undefined) continue;
      const type = countedTypeOf(item.type, kindOf(change));
      counts[type].inFile += 1;
      const overtaken = (guid: string) => (mentioned.get(guid) ?? -1) > position;
      let done: Planned | undefined;
      if (change.op === 'release') done = await settleRemoval(item, change, result, overtaken);
      else if (result.ok && overtaken(result.guid)) {
        // It stands again further on as the store knows it: that one counts, and the store has it.
        unchanged(type);
        repeated(item);
      } else done = settleWrite(item, change, result, trashed.has(at));
      if (done !== undefined) planned[change.op === 'release' ? 'removals' : item.type].push(done);
    }
    for (const step of ['group', 'person', 'membership', 'removals'] as const) {
      if (planned[step].length > 0) await deps.spool.add(step, planned[step]);
    }
  }

  return {
    add(item) {
      waiting.push(asKnown(item, deps.merges, renamed));
      if (item.change.op === 'remove') removals += 1;
    },
    known(guid, type) {
      index.read.add(guid);
      if (waiting.length > 0) mentions.set(guid, waiting.length);
      if (type !== 'membership') takeBack(guid, undefined);
    },
    mayRemove: (guid) => removals > 0 || lastWord.isRemoved(guid),
    get waiting() {
      return waiting.length;
    },
    settle,
    end() {
      returns.count(counts);
      for (const [guid, { item, text, lines, count }] of expected) {
        if (index.read.has(guid)) continue;
        const more = count > lines.length ? ` and ${count - lines.length} more` : '';
        const where = count > 1 ? ` Named in lines ${lines.join(', ')}${more}.` : '';
        remarks.add('warning.expected-reference', place(item, text + where), count);
      }
    },
  };
}

/** Records in their order, but each that gives up an id before the one that takes it, as in a chain of renames. */
function giversFirst<T extends { readonly item: RecordItem }>(records: readonly T[]): T[] {
  const givers = new Map<string, T>();
  for (const one of records) if (one.item.renamedFrom !== undefined) givers.set(one.item.renamedFrom, one);
  if (givers.size < 2) return [...records];
  const placed = new Set<T>();
  const result: T[] = [];
  const put = (one: T) => {
    if (placed.has(one)) return;
    placed.add(one);
    const { renamedFrom, change } = one.item;
    const giver = renamedFrom === undefined || change.key === undefined ? undefined : givers.get(change.key);
    if (giver !== undefined) put(giver);
    result.push(one);
  };
  for (const one of records) put(one);
  return result;
}

/** A removal in a file ends the feed's own claim (`feeds.md` 0.1); writes are as the reader made them. */
function toChange({ feed }: PlanDeps, item: RecordItem): WriteChange | ReleaseChange {
  if (item.change.op !== 'remove') return { ...item.change, hash: item.hash };
  const { key, roles } = item.change;
  const { type } = item;
  return {
    op: 'release',
    type,
    ...(key === undefined ? {} : { key }),
    as: feed.removal[type],
    explicit: true,
    ...(roles === undefined ? {} : { roles }),
  };
}

function isRemovalOutcome(outcome: string): outcome is RemovalOutcome {
  return outcome === 'trashed' || outcome === 'disabled' || outcome === 'archived' || outcome === 'updated';
}

/** The kind of the group that a change writes. */
export function kindOf(change: Change): string | undefined {
  return change.type === 'group' && 'data' in change
    ? ((change.data as { kind?: string }).kind ?? undefined)
    : undefined;
}
