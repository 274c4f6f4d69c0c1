import type { BlockType, FilePart, Learned } from '../../store/index.ts';
import type { FeedIndex } from '../hashes/feed-index.ts';
import { makeFingerprints } from '../hashes/fingerprints.ts';
import { makePassages } from '../hashes/passages.ts';
import { type FeedItem, type FeedReader, UnreadableFile } from '../reader.ts';
import { makeHandoff } from './handoff.ts';
import { type ReadSettings, sharesPassages } from './read-settings.ts';

/** What a file was found to hold before its run began. */
export interface ReadAhead {
  /** The index in which the file's records are marked as seen. */
  readonly index: FeedIndex;
  /** Records that were known by their hash, and how many of them stand in the file more than once. */
  readonly known: ReadonlyMap<BlockType, number>;
  readonly duplicates: number;
  /** Passages of the file that are not known yet. */
  readonly learned: readonly Learned[];
  /** All else, in file order; throws an {@link UnreadableFile} where the file is found to be one. */
  items(): Generator<readonly FeedItem[]>;
}

/** A file that is read while it is being stored. */
export interface Reading {
  /** Hands a part over; resolves when the next one can be taken. */
  give(part: FilePart): Promise<void>;
  /** The file is whole: what was found, or undefined when the file has too much that is new. */
  end(): Promise<ReadAhead | undefined>;
  drop(): void;
}

/** What is to be read. */
export interface ReadingInput {
  readonly reader: FeedReader;
  readonly settings: ReadSettings;
  readonly hashKey: Uint8Array;
  readonly index: FeedIndex;
}

/** Items that are kept; a file with more is read by its run, since memory must not grow with the file. */
const mostItems = 16_384;
/** Passages that are kept, for the same reason. */
const mostLearned = 256;

/** Begins to read a file ahead of its run. Nothing is planned or written from it. */
export function beginReading({ reader, settings, hashKey, index }: ReadingInput): Reading {
  const handoff = makeHandoff<FilePart>();
  const known = new Map<BlockType, number>();
  const items: (readonly FeedItem[])[] = [];
  let count = 0;
  let duplicates = 0;
  let unreadable: UnreadableFile | undefined;

  const recognised = {
    key: hashKey,
    parts: settings.hashParts,
    hashes: index.hashes,
    accept(type: BlockType, again: boolean) {
      known.set(type, (known.get(type) ?? 0) + 1);
      if (again) duplicates += 1;
      return true;
    },
  };
  const passages = makePassages(recognised);
  const fingerprints = makeFingerprints({ ...recognised, noted: passages.noted });
  const learned: Learned[] = [];

  const keep = () => learned.push(...passages.learned().slice(0, mostLearned - learned.length));
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for await (const part of handoff.taken()) {
      passages.part(part);
      yield* part.pieces;
      keep();
    }
    passages.end();
    keep();
  }

  async function read(): Promise<boolean> {
    try {
      const options = { ...settings.options, fingerprints, ...(sharesPassages(settings) && { passages }) };
      for await (const batch of reader.read(bytes(), options)) {
        if (batch.length === 0) continue;
        count += batch.length;
        if (count > mostItems) return false;
        items.push(batch);
      }
      return true;
    } catch (error) {
      // Any other error is met again by the run itself.
      if (!(error instanceof UnreadableFile)) return false;
      unreadable = error;
      return true;
    } finally {
      handoff.close();
    }
  }
  const done = read();

  return {
    give: handoff.give,
    async end() {
      handoff.end();
      if (!(await done)) return undefined;
      return {
        index,
        known,
        duplicates,
        learned,
        *items() {
          yield* items;
          if (unreadable !== undefined) throw unreadable;
        },
      };
    },
    drop: handoff.close,
  };
}
