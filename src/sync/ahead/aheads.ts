import type { FeedBlocks, FilePart, Originals } from '../../store/index.ts';
import { openFeedIndex } from '../hashes/feed-index.ts';
import type { FeedReader, Mode } from '../reader.ts';
import type { Feed } from '../types.ts';
import { type ReadSettings, readSettings } from './read-settings.ts';
import { beginReading, type ReadAhead } from './reading.ts';

/** What reading ahead needs. */
export interface AheadsDeps {
  readonly readers: ReadonlyMap<string, FeedReader>;
  readonly workFolder: string;
  blocks(tenant: string, feed: string): FeedBlocks;
  guidKey(tenant: string): Promise<Uint8Array>;
  /** Keeps what was learned of a stored file. */
  learn: Originals['learn'];
}

/** A file on its way into the store, for a run to be. */
export interface Arriving {
  /** The id of the run to be. */
  readonly run: string;
  readonly tenant: string;
  readonly feed: Feed;
  readonly mode: Mode;
  readonly timeZone: string;
  /** The file's name. */
  readonly file: string;
}

/**
 * Reads a file of a known feed while it is being stored, since storing it is mostly waiting. The run takes over what was
 * found, if nothing that it depends on has changed by then; else it reads the stored file as ever.
 */
export interface Aheads {
  /** Begins to read a file where that helps. */
  begin(arriving: Arriving): Promise<Watch | undefined>;
  /** Gives what was found of a run's file, once. */
  take(run: string, settings: ReadSettings): Promise<ReadAhead | undefined>;
}

/** Reads a file's parts on their way. */
export interface Watch {
  /** Takes a part; resolves when it has been read. */
  part(part: FilePart): Promise<void>;
  /** The file is stored as a whole. */
  end(): Promise<void>;
  /** To be called at last, whatever happened. */
  drop(): void;
}

/** Milliseconds for which the run may wait before what was found is let go. */
const keepMs = 10_000;

interface Found {
  readonly run: string;
  readonly settings: ReadSettings;
  readonly ahead: ReadAhead;
}

/** Makes {@link Aheads}: one file at a time, so that memory does not grow with what arrives. */
export function makeAheads(deps: AheadsDeps): Aheads {
  let busy = false;
  let found: Found | undefined;
  let timer: NodeJS.Timeout | undefined;

  function letGo(): void {
    clearTimeout(timer);
    found = undefined;
  }

  return {
    async begin({ run, tenant, feed, ...place }) {
      const reader = deps.readers.get(feed.protocol);
      if (busy || reader?.streams !== true) return undefined;
      busy = true;
      letGo();
      try {
        const index = await openFeedIndex(deps.blocks(tenant, feed.name));
        if (index.hashes.size === 0) {
          busy = false;
          return undefined;
        }
        const settings = readSettings(reader, feed, { ...place, workFolder: deps.workFolder });
        const reading = beginReading({ reader, settings, hashKey: await deps.guidKey(tenant), index });
        return {
          part: reading.give,
          async end() {
            const ahead = await reading.end();
            if (ahead === undefined) return;
            await deps.learn(tenant, run, ahead.learned);
            found = { run, settings, ahead };
            timer = setTimeout(letGo, keepMs).unref();
          },
          drop() {
            reading.drop();
            busy = false;
          },
        };
      } catch (error) {
        busy = false;
        throw error;
      }
    },
    async take(run, settings) {
      if (found?.run !== run) return undefined;
      const { ahead, settings: then } = found;
      letGo();
      if (JSON.stringify(settings) !== JSON.stringify(then)) return undefined;
      return (await ahead.index.isCurrent()) ? ahead : undefined;
    },
  };
}
