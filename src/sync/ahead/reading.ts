import { PassThrough } from 'node:stream';
import type { BlockType } from '../../store/index.ts';
import type { FeedIndex } from '../hashes/feed-index.ts';
import { makeFingerprints } from '../hashes/fingerprints.ts';
import { type FeedItem, type FeedReader, UnreadableFile } from '../reader.ts';
import type { ReadSettings } from './read-settings.ts';

/** What a file was found to hold before its run began. */
export interface ReadAhead {
  /** The index in which the file's records are marked as seen. */
  readonly index: FeedIndex;
  /** Records that were known by their hash, and how many of them stand in the file more than once. */
  readonly known: ReadonlyMap<BlockType, number>;
  readonly duplicates: number;
  /** All else, in file order; throws an {@link UnreadableFile} where the file is found to be one. */
  items(): Generator<readonly FeedItem[]>;
}

/** A file that is read while it is being stored. */
export interface Reading {
  /** Hands bytes over; resolves when more can be taken. */
  give(bytes: Uint8Array): Promise<void>;
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
const waitingBytes = 262_144;

/** Begins to read a file ahead of its run. Nothing is planned or written from it. */
export function beginReading({ reader, settings, hashKey, index }: ReadingInput): Reading {
  const pipe = new PassThrough({ highWaterMark: waitingBytes });
  // An error of the pipe is that of whoever reads from it.
  pipe.on('error', () => undefined);
  const known = new Map<BlockType, number>();
  const items: (readonly FeedItem[])[] = [];
  let count = 0;
  let duplicates = 0;
  let unreadable: UnreadableFile | undefined;

  const fingerprints = makeFingerprints({
    key: hashKey,
    parts: settings.hashParts,
    hashes: index.hashes,
    accept(type, again) {
      known.set(type, (known.get(type) ?? 0) + 1);
      if (again) duplicates += 1;
      return true;
    },
  });

  async function read(): Promise<boolean> {
    try {
      for await (const batch of reader.read(pipe, { ...settings.options, fingerprints })) {
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
      pipe.destroy();
    }
  }
  const done = read();

  return {
    async give(bytes) {
      if (pipe.destroyed || pipe.write(bytes)) return;
      await new Promise<void>((resolve) => {
        const more = () => {
          pipe.off('drain', more).off('close', more);
          resolve();
        };
        pipe.on('drain', more).on('close', more);
      });
    },
    async end() {
      if (!pipe.destroyed) pipe.end();
      if (!(await done)) return undefined;
      return {
        index,
        known,
        duplicates,
        *items() {
          yield* items;
          if (unreadable !== undefined) throw unreadable;
        },
      };
    },
    drop: () => void pipe.destroy(),
  };
}
