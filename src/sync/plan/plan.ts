import type { RecordType } from '../../model/index.ts';
import type { Change, ChangeResult, Context, ReleaseChange, Roster, WriteChange } from '../../roster/index.ts';
import type { Pace } from '../pace.ts';
import { type FeedItem, type FeedReader, type Mode, type ReadOptions, UnreadableFile } from '../reader.ts';
import { type CountedType, type Counts, countedTypeOf } from '../run.ts';
import { batchSize, type Planned, type Spool, type Step } from '../spool.ts';
import type { Remarks } from '../tally.ts';
import type { Feed } from '../types.ts';
import type { FeedIndex } from './feed-index.ts';
import { type LastWord, makeLastWord, type RemovalOutcome, withLastWord } from './last-word.ts';
import { makeReturns } from './returns.ts';

/** What a plan is made from. */
export interface PlanDeps {
  readonly roster: Roster;
  readonly context: Context;
  readonly feed: Feed;
  readonly mode: Mode;
  readonly reader: FeedReader;
  readonly index: FeedIndex;
  readonly spool: Spool;
  readonly counts: Record<CountedType, Counts>;
  readonly remarks: Remarks;
  readonly fileName: string;
  readonly timeZone: string;
  readonly dryRun: boolean;
  readonly pace: Pace;
  hash(container: string, text: string): string;
  /** Called now and then with the records read so far; may throw to stop. */
  progress(records: number): Promise<void>;
}

/** What planning found out beside the counts. */
export interface PlanResult {
  /** Rejected records whose key could not be read (`feeds.md` 0.3). */
  readonly unkeyed: number;
  readonly records: number;
  /** The roster was empty, so nothing was rehearsed: references that do not resolve show when the plan is applied. */
  readonly guessed: boolean;
  /** Records that need no applying, by type: their hash was known, or what they remove is gone already. */
  readonly settled: Record<CountedType, number>;
  /** Keys of the groups whose members the file lists. */
  readonly listed: ReadonlySet<string>;
  /** What is left of removals. */
  readonly lastWord: LastWord;
}

type Item<K extends FeedItem['kind']> = Extract<FeedItem, { kind: K }>;

/**
 * Compares a file with the store (architecture, rule 2): unchanged records are known by their hash, the others are
 * rehearsed; what would change goes to the spool with its counts. Nothing is written to the roster.
 */
export async function makePlan(deps: PlanDeps, bytes: AsyncIterable<Uint8Array>): Promise<PlanResult> {
  const { roster, context, index, counts, remarks, fileName: file } = deps;
  const guessed = !deps.dryRun && (await roster.isEmpty(context));
  const expected = new Map<string, { line: number; id: string; text: string; count: number }>();
  const listed = new Set<string>();
  const lastWord = makeLastWord();
  const returns = makeReturns(roster, context);
  let waiting: Item<'record'>[] = [];
  /** Records known by their hash that stand after records which wait, with their place among what waits. */
  let mentions = new Map<string, number>();
  const settled: Record<CountedType, number> = { person: 0, group: 0, membership: 0, academicSession: 0 };
  let unkeyed = 0;
  let records = 0;

  const options: ReadOptions = {
    file,
    namespace: deps.feed.namespace,
    sourceInKey: deps.feed.sourceInKey,
    timeZone: deps.timeZone,
    mode: deps.mode,
    hash: deps.hash,
    unchanged: (hash) => index.unchanged(hash),
  };

  // A record counts as repaired once, however much was repaired in it; remarks of a record come together.
  let lastRepaired = '';
  function countRepair(type: RecordType, id: string | undefined): void {
    const name = `${type} ${id ?? ''} ${records}`;
    if (name !== lastRepaired) counts[type].repaired += 1;
    lastRepaired = name;
  }

  const place = (item: { line: number; id?: string | undefined }, message: string) => ({
    file,
    line: item.line,
    ...(item.id === undefined ? {} : { id: item.id }),
    message,
  });
  const repeated = (item: Item<'record'>) =>
    remarks.add(
      'repair.duplicate-record',
      place(
        item,
        `This ${item.type} stands in the file more than once; the last one counts, roles of a member are put together.`,
      ),
    );

  function takeBack(guid: string, change: WriteChange | undefined): void {
    for (const { type, outcome } of lastWord.written(guid, change)) {
      counts[type][outcome] -= 1;
      counts[type].unchanged += 1;
      settled[type] += 1;
    }
  }

  async function settleRemoval(
    item: Item<'record'>,
    change: ReleaseChange,
    result: ChangeResult,
    overtaken: (guid: string) => boolean,
  ): Promise<Planned | undefined> {
    const type = countedTypeOf(item.type, undefined);
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
      if (guid === '' || !index.seen(guid)) {
        remarks.add('warning.already-removed', place(item, result.problem.text));
        entry.unchanged += 1;
        settled[type] += 1;
        return undefined;
      }
      outcome = change.as === 'disable' ? 'disabled' : change.as === 'report' ? 'unchanged' : 'trashed';
    }
    if (overtaken(guid)) {
      repeated(item);
      entry.unchanged += 1;
      settled[type] += 1;
      return undefined;
    }
    const before = index.see(guid, item.type);
    const counted = isRemovalOutcome(outcome) ? { type, outcome } : undefined;
    const removal = lastWord.removed(guid, change, counted);
    const idle = counted === undefined && outcome !== 'released' && !before;
    entry[counted?.outcome ?? 'unchanged'] += 1;
    if (idle) settled[type] += 1;
    return { change, line: item.line, id: item.id, removal, ...(idle ? { idle } : {}) };
  }

  function settleWrite(
    item: Item<'record'>,
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
    const before = index.see(result.guid, type === 'academicSession' ? 'session' : item.type);
    takeBack(result.guid, change);
    for (const remark of result.remarks ?? []) {
      if (remark.kind === 'warning.expected-reference' && remark.id !== undefined) {
        const there = expected.get(remark.id);
        if (there === undefined) expected.set(remark.id, { line: item.line, id: item.id, text: remark.text, count: 1 });
        else there.count += 1;
      } else remarks.add(remark.kind, place(item, remark.text));
    }
    const outcome = wasTrashed ? 'restored' : result.outcome;
    if (item.renamedFrom !== undefined && !before && outcome !== 'created') entry.renamed += 1;
    if (!before) entry[outcome as 'created'] += 1;
    else {
      entry.unchanged += 1;
      repeated(item);
    }
    const again = before && change.type === 'membership' ? { ...change, addRoles: true } : change;
    return {
      change: again,
      line: item.line,
      id: item.id,
      ...(item.renamedFrom === undefined ? {} : { renamedFrom: item.renamedFrom }),
      ...(type === 'academicSession' ? { session: true } : {}),
      ...(!before && outcome === 'restored' ? { restored: true } : {}),
    };
  }

  /** A record that stands again further on as the store knows it: that one counts, and the store has it. */
  function settleOvertaken(item: Item<'record'>, change: WriteChange): void {
    const type = countedTypeOf(item.type, kindOf(change));
    counts[type].unchanged += 1;
    settled[type] += 1;
    repeated(item);
  }

  async function settle(): Promise<void> {
    const read = waiting;
    const mentioned = mentions;
    waiting = [];
    mentions = new Map();
    if (read.length === 0) return;
    const changes = withLastWord(read.map((item) => toChange(deps, item)));
    // As they are applied: removals last. What a later record of the batch takes back is not asked for.
    const order = read.flatMap((item, at) => {
      const change = changes[at];
      if (change !== undefined) return [{ item, change, at }];
      const type = countedTypeOf(item.type, undefined);
      counts[type].inFile += 1;
      counts[type].unchanged += 1;
      settled[type] += 1;
      repeated(item);
      return [];
    });
    const sorted = [
      ...order.filter(({ change }) => change.op !== 'release'),
      ...order.filter(({ change }) => change.op === 'release'),
    ];
    const items = sorted.map(({ item }) => item);
    const asked = sorted.map(({ change }) => change);
    const results = guessed ? await guess(roster, context, asked) : await rehearse(roster, context, items, asked);
    const trashed = await returns.look(asked, results);
    const planned: Record<Step, Planned[]> = { person: [], group: [], membership: [], removals: [] };
    for (const [at, { item, change, at: position }] of sorted.entries()) {
      const result = results[at];
      if (result === undefined) continue;
      counts[countedTypeOf(item.type, kindOf(change))].inFile += 1;
      const overtaken = (guid: string) => (mentioned.get(guid) ?? -1) > position;
      let done: Planned | undefined;
      if (change.op === 'release') done = await settleRemoval(item, change, result, overtaken);
      else if (result.ok && overtaken(result.guid)) settleOvertaken(item, change);
      else done = settleWrite(item, change, result, trashed.has(at));
      if (done !== undefined) planned[change.op === 'release' ? 'removals' : item.type].push(done);
    }
    for (const step of ['group', 'person', 'membership', 'removals'] as const)
      await deps.spool.add(step, planned[step]);
    await deps.progress(records);
  }

  for await (const batch of deps.reader.read(bytes, options)) {
    for (const item of batch) {
      if (item.kind === 'unchanged') {
        const type = index.typeOf(item.hash) === 'session' ? 'academicSession' : item.type;
        counts[type].inFile += 1;
        counts[type].unchanged += 1;
        settled[type] += 1;
        records += 1;
        const guid = index.guidOf(item.hash);
        // The reader knows of members by itself, since what is taken back are roles.
        if (guid !== undefined && waiting.length > 0) mentions.set(guid, waiting.length);
        if (guid !== undefined && item.type !== 'membership') takeBack(guid, undefined);
      } else if (item.kind === 'record') {
        records += 1;
        waiting.push(item);
        if (waiting.length >= deps.pace.size(batchSize)) await settle();
      } else if (item.kind === 'listed-group') listed.add(item.key);
      else if (item.kind === 'rejected') {
        records += 1;
        counts[item.type].inFile += 1;
        counts[item.type].rejected += 1;
        remarks.add(item.notice, place(item, item.text));
        if (item.key === undefined) unkeyed += 1;
        else await protect(roster, context, index, item.type, item.key);
      } else if (item.kind === 'notice') {
        if (item.type !== undefined && item.notice.startsWith('repair.')) countRepair(item.type, item.id);
        remarks.add(item.notice, place(item, item.text));
      } else checkType(deps, item);
    }
    await deps.progress(records);
  }
  await settle();
  returns.count(counts);
  for (const [guid, { line, id, text, count }] of expected) {
    if (!index.seen(guid)) remarks.add('warning.expected-reference', { file, line, id, message: text }, count);
  }
  return { unkeyed, records, guessed, settled, listed, lastWord };
}

/** A file that calls itself a delta is never taken as a full snapshot; other contradictions are remarked. */
function checkType(deps: PlanDeps, item: Item<'properties'>): void {
  if (item.fileType === undefined) return;
  const full = item.fileType === 'full';
  if (deps.mode === 'full' && !full) {
    throw new UnreadableFile(
      'unreadable-input',
      `The file calls itself "${item.fileType}", but the run takes it as a full snapshot; records that it does not list would be removed. Run it in mode changes.`,
      item.line,
    );
  }
  if (full && deps.mode !== 'full') {
    deps.remarks.add('warning.mode-mismatch', {
      file: deps.fileName,
      line: item.line,
      message: `The file calls itself "full"; the run takes it in mode ${deps.mode}, so nothing is removed for being absent.`,
    });
  }
}

/** A removal in a file ends the feed's own claim (`feeds.md` 0.1); writes are as the reader made them. */
function toChange(deps: PlanDeps, item: Item<'record'>): WriteChange | ReleaseChange {
  if (item.change.op !== 'remove') return { ...item.change, hash: item.hash };
  const { type, key, roles } = item.change;
  return {
    op: 'release',
    type,
    ...(key === undefined ? {} : { key }),
    as: deps.feed.removal[type],
    explicit: true,
    ...(roles === undefined ? {} : { roles }),
  };
}

function isRemovalOutcome(outcome: string): outcome is RemovalOutcome {
  return outcome === 'trashed' || outcome === 'disabled' || outcome === 'archived' || outcome === 'updated';
}

function kindOf(change: Change): string | undefined {
  return change.type === 'group' && 'data' in change
    ? ((change.data as { kind?: string }).kind ?? undefined)
    : undefined;
}

/** In an empty roster every record of the file is new, and its guid follows from its key. */
async function guess(roster: Roster, context: Context, changes: readonly Change[]): Promise<ChangeResult[]> {
  const guids = await roster.guidsOf(context, changes);
  return changes.map((change, at) => {
    const guid = guids[at] ?? '';
    if (change.op === 'release') {
      return { ok: false, problem: { code: 'unknown-object', text: 'There is no such record to remove.' } };
    }
    return { ok: true, outcome: 'created', guid };
  });
}

/** Rehearses changes; a record that is to be renamed is looked at under its old key. */
async function rehearse(
  roster: Roster,
  context: Context,
  items: readonly Item<'record'>[],
  changes: readonly Change[],
): Promise<ChangeResult[]> {
  const asked: Change[] = [];
  const places: number[] = [];
  items.forEach((item, at) => {
    const change = changes[at];
    if (change === undefined) return;
    if (item.renamedFrom !== undefined && change.key !== undefined) {
      asked.push({ op: 'rename', type: item.type, key: item.renamedFrom, newKey: change.key });
    }
    places[at] = asked.length;
    asked.push(change);
  });
  const results: ChangeResult[] = [];
  for (let at = 0; at < asked.length; at += batchSize) {
    results.push(...(await roster.rehearse(context, asked.slice(at, at + batchSize))));
  }
  return places.map((place) => results[place] as ChangeResult);
}

/** A rejected record still protects the stored record that it means (`feeds.md` 0.3). */
async function protect(
  roster: Roster,
  context: Context,
  index: FeedIndex,
  type: RecordType,
  key: string,
): Promise<void> {
  const [guid] = key.startsWith('ends:') ? await roster.guidsOf(context, [{ op: 'remove', type, key }]) : [];
  const [record] = guid === undefined ? await roster.find(context, type, [key], { trashed: true }) : [];
  const known = guid ?? record?.guid;
  if (known !== undefined) index.see(known, type);
}
