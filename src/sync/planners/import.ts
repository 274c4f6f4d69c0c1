import type { RosterType } from '../../model/index.ts';
import type { BlockType, FilePart, Learned } from '../../store/index.ts';
import { type ReadSettings, sharesPassages } from '../ahead/read-settings.ts';
import type { ReadAhead } from '../ahead/reading.ts';
import type { FeedIndex } from '../hashes/feed-index.ts';
import { makeFingerprints } from '../hashes/fingerprints.ts';
import { makePassages } from '../hashes/passages.ts';
import { type Merges, noMerges } from '../pairs/merges.ts';
import { findPairs, type PairDeps } from '../pairs/pairs.ts';
import { kindOf, makeBatches, placeIn } from '../plan/batch.ts';
import type { Grace } from '../plan/grace.ts';
import { makeLastWord } from '../plan/last-word.ts';
import { makeProtection } from '../plan/protection.ts';
import { planRemovals } from '../plan/removals.ts';
import { makeTaken } from '../plan/taken.ts';
import { type FeedItem, type FeedReader, type Mode, type ReadOptions, type Scope, UnreadableFile } from '../reader.ts';
import { type CountedType, countedTypeOf, type PackagedFile } from '../run.ts';
import { batchSize } from '../spool.ts';
import type { PlanDeps, Planner, PlanResult } from './planner.ts';

/** Passages that are kept together. */
const learnedAtOnce = 32;

/** What the plan of an import is made from. */
export interface ImportInput {
  readonly mode: Mode;
  /** Whether a person has asked for the mode, so that it is no mistake where the file says otherwise. */
  readonly modeAsked?: boolean;
  readonly reader: FeedReader;
  readonly index: FeedIndex;
  /** The tenant's key. */
  readonly hashKey: Uint8Array;
  readonly settings: ReadSettings;
  /** What is known of the file already; the index is that of it. */
  readonly ahead?: ReadAhead | undefined;
  /** The parts of the file; called again where it must be read a second time. */
  parts(): AsyncIterable<FilePart>;
  /** Keeps what was learned of the file. */
  learn(learned: readonly Learned[]): Promise<void>;
  readonly grace?: Grace;
  /** Records that an attempt before this one has brought back from the trash. */
  readonly returned?: ReadonlySet<string>;
  readonly pairs: Pick<PairDeps, 'first' | 'choice'>;
  /** Told of the files of a package as they are done with, so that they are known of one that is refused too. */
  packaged(files: readonly PackagedFile[]): void;
}

/**
 * Makes the planner of an import: compares a file with the store (architecture, rule 2). Unchanged records are known by
 * their hash, the others are rehearsed; what would change goes to the spool with its counts.
 */
export function makeImportPlanner(input: ImportInput): Planner {
  return async (deps) => {
    let read = await readFile(deps, input, new Map(), noMerges, input.ahead);
    const contradicted = await input.index.contradicted();
    if (contradicted.size > 0) {
      // A record stands in the file twice, once as it is known and once otherwise. Which one comes last is only seen where
      // their ids are known, so the file is read again with these ids.
      input.index.begin();
      await deps.restart();
      read = await readFile(deps, input, contradicted, noMerges);
    }
    const plan = await finishPlan(deps, input, read, noMerges);
    if (plan.merges.size === 0) return plan.result;
    // What is to be merged is another record than it was taken for, and so are its memberships.
    input.index.begin();
    await deps.restart();
    read = await readFile(deps, input, contradicted, plan.merges);
    return (await finishPlan(deps, input, read, plan.merges)).result;
  };
}

type Read = Omit<PlanResult, 'verdicts'> & {
  /** Keys of the groups whose members the file lists. */
  readonly listed: ReadonlySet<string>;
  readonly taken: ReturnType<typeof makeTaken>;
};

/** Plans the removals, and looks for records that are probably one; answers those that are to be merged. */
async function finishPlan(
  deps: PlanDeps,
  input: ImportInput,
  read: Read,
  merges: Merges,
): Promise<{ readonly result: PlanResult; readonly merges: Merges }> {
  const { listed, taken, ...result } = read;
  await planRemovals({ ...deps, ...input, taken, complete: read.complete }, listed);
  const removesMissing = read.complete === undefined ? input.mode === 'full' : read.complete.includes('person');
  const found = await findPairs({ ...deps, ...input.pairs, removesMissing, merges });
  return { result: { ...result, verdicts: found.verdicts }, merges: found.merges };
}

async function readFile(
  deps: PlanDeps,
  input: ImportInput,
  contradicted: ReadonlyMap<string, string>,
  merges: Merges,
  ahead?: ReadAhead,
): Promise<Read> {
  const { roster, context, counts, remarks, fileName: file } = deps;
  const { index, reader } = input;
  const settled: Record<CountedType, number> = { person: 0, group: 0, membership: 0, academicSession: 0 };
  const lastWord = makeLastWord();
  const taken = makeTaken(counts);
  const guessed = !deps.dryRun && (await roster.isEmpty(context));
  const batches = makeBatches({ ...deps, returned: input.returned, index, lastWord, taken, settled, guessed, merges });
  const protection = makeProtection(roster, context, deps.feed.name, index.protected);
  const listed = new Set<string>();
  const files: PackagedFile[] = [];
  let complete: readonly Scope[] | undefined;
  let unkeyed = 0;
  let records = 0;
  let duplicates = 0;

  function countKnown(type: CountedType, times = 1): void {
    counts[type].inFile += times;
    counts[type].unchanged += times;
    settled[type] += times;
    records += times;
  }

  function accept(type: BlockType, again: boolean, hash: () => string): boolean {
    if (contradicted.size > 0 && contradicted.has(hash())) return false;
    countKnown(countedTypeOfBlock(type));
    if (again) duplicates += 1;
    return true;
  }

  // What the file has shown before is looked at again, since its last mention counts; so is a member of whom roles may
  // have been taken away.
  function isAsKnown({ type, hash, part }: Extract<FeedItem, { kind: 'record' }>): string | undefined {
    if (part === true) return undefined;
    const guid = contradicted.get(hash);
    if (guid === undefined || index.read.has(guid)) return undefined;
    return type === 'membership' && batches.mayRemove(guid) ? undefined : guid;
  }

  const recognised = { key: input.hashKey, parts: input.settings.hashParts, hashes: index.hashes, accept };
  const passages = makePassages(recognised);
  const options: ReadOptions = {
    ...input.settings.options,
    ...(deps.feed.runs > 0 || !deps.feed.reviewMatches
      ? { holders: (emails: readonly string[]) => roster.emailHolders(context, emails) }
      : {}),
    fingerprints: makeFingerprints({ ...recognised, noted: passages.noted }),
    // A record that is to be read although it is known must not be passed by with others.
    ...(contradicted.size === 0 && sharesPassages(input.settings) && { passages }),
  };

  async function* bytes(): AsyncGenerator<Uint8Array> {
    const learned: Learned[] = [];
    for await (const part of input.parts()) {
      passages.part(part);
      yield* part.pieces;
      learned.push(...passages.learned());
      if (learned.length >= learnedAtOnce) await input.learn(learned.splice(0));
    }
    passages.end();
    await input.learn([...learned, ...passages.learned()]);
  }

  // A record counts as repaired once, however much was repaired in it; remarks of a record come together.
  let lastRepaired = '';
  function countRepair(type: RosterType, id: string | undefined): void {
    const name = `${type} ${id ?? ''} ${records}`;
    if (name !== lastRepaired) counts[type].repaired += 1;
    lastRepaired = name;
  }

  async function take(item: FeedItem): Promise<void> {
    switch (item.kind) {
      case 'record': {
        const known = isAsKnown(item);
        if (known !== undefined) {
          countKnown(countedTypeOf(item.type, kindOf(item.change)));
          batches.known(known, item.type);
          return;
        }
        records += 1;
        batches.add(item);
        if (batches.waiting < deps.pace.size(batchSize)) return;
        await batches.settle();
        await deps.progress(records);
        return;
      }
      case 'rejected':
        records += 1;
        counts[item.type].inFile += 1;
        counts[item.type].rejected += 1;
        remarks.add(item.notice, placeIn(deps, item, item.text));
        if (item.key === undefined) unkeyed += 1;
        else
          for (const key of item.keys ?? [item.key])
            await protection.add(item.type, key, item.withMemberships === true);
        return;
      case 'present':
        await protection.add(item.type, item.key);
        return;
      case 'notice':
        if (item.type !== undefined && item.notice.startsWith('repair.')) countRepair(item.type, item.id);
        remarks.add(item.notice, { ...placeIn(deps, item, item.text), rows: item.rows }, item.rows);
        return;
      case 'listed-group':
        listed.add(item.key);
        return;
      case 'complete':
        complete = item.scopes;
        return;
      case 'packaged':
        files.push(item.file);
        input.packaged(files);
        return;
      default:
        checkType(deps, input, item);
    }
  }

  for (const [type, times] of ahead?.known ?? []) countKnown(countedTypeOfBlock(type), times);
  duplicates += ahead?.duplicates ?? 0;
  for await (const items of ahead?.items() ?? reader.read(bytes(), options)) {
    for (const item of items) await take(item);
    await deps.progress(records);
  }
  await batches.settle();
  await protection.settle();
  batches.end();
  if (duplicates > 0) {
    const message = 'Records stand in the file more than once, word for word; each counts once.';
    remarks.add('repair.duplicate-record', { file, message }, duplicates);
  }
  return {
    unkeyed,
    records,
    guessed,
    settled,
    lastWord,
    files,
    listed,
    taken,
    ...(complete === undefined ? {} : { complete }),
  };
}

/** The record type of what a block's entry speaks of. */
export function recordTypeOf(type: BlockType): RosterType {
  return type === 'person' || type === 'membership' ? type : 'group';
}

/** The type under which a run counts what a block's entry speaks of. */
export function countedTypeOfBlock(type: BlockType): CountedType {
  return countedTypeOf(recordTypeOf(type), type);
}

/**
 * Stops where the file contradicts the feed's mode. Only remarked is a mode that a person has asked for this once, and a
 * full file in `groups-complete`, where nothing that it says is lost; never taken as a full snapshot is a delta.
 */
function checkType(deps: PlanDeps, input: ImportInput, item: Extract<FeedItem, { kind: 'properties' }>): void {
  const { fileType, line } = item;
  if (fileType === undefined || (fileType === 'full') === (input.mode === 'full')) return;
  if (fileType === 'full') {
    if (input.mode === 'groups-complete' || input.modeAsked === true) {
      const message = `The file calls itself "full"; the run takes it in mode ${input.mode}, so what it does not list is not removed for being absent.`;
      deps.remarks.add('warning.mode-mismatch', { file: deps.fileName, line, message });
      return;
    }
    const text = `The file calls itself "full", but the feed takes its files in mode ${input.mode}. Set the feed's mode to full, or ask for the mode ${input.mode} with this run.`;
    throw new UnreadableFile('unreadable-input', text, line);
  }
  if (input.mode !== 'full') return;
  const text = `The file calls itself "${fileType}", but the run takes it as a full snapshot; records that it does not list would be removed. Run it in mode changes.`;
  throw new UnreadableFile('unreadable-input', text, line);
}
