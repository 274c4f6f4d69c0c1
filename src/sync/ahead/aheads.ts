import type { FeedBlocks } from '../../store/index.ts';
import { openFeedIndex } from '../hashes/feed-index.ts';
import type { FeedReader, Mode } from '../reader.ts';
import type { Feed } from '../types.ts';
import { type ReadSettings, readSettings } from './read-settings.ts';
import { beginReading, type ReadAhead, type Reading } from './reading.ts';

/** What reading ahead needs. */
export interface AheadsDeps {
  readonly readers: ReadonlyMap<string, FeedReader>;
  readonly workFolder: string;
  blocks(tenant: string, feed: string): FeedBlocks;
  guidKey(tenant: string): Promise<Uint8Array>;
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
  /** Passes bytes on, and reads them on their way where that helps. */
  pass(arriving: Arriving, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>;
  /** Gives what was found of a run's file, once. */
  take(run: string, settings: ReadSettings): Promise<ReadAhead | undefined>;
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

  async function begin({
    tenant,
    feed,
    ...place
  }: Arriving): Promise<(Pick<Found, 'settings'> & { reading: Reading }) | undefined> {
    const reader = deps.readers.get(feed.protocol);
    if (reader?.streams !== true) return undefined;
    const index = await openFeedIndex(deps.blocks(tenant, feed.name));
    if (index.hashes.size === 0) return undefined;
    const settings = readSettings(reader, feed, { ...place, workFolder: deps.workFolder });
    return { settings, reading: beginReading({ reader, settings, hashKey: await deps.guidKey(tenant), index }) };
  }

  return {
    async *pass(arriving, bytes) {
      if (busy) {
        yield* bytes;
        return;
      }
      busy = true;
      letGo();
      let reading: Reading | undefined;
      try {
        const begun = await begin(arriving);
        reading = begun?.reading;
        for await (const chunk of bytes) {
          // Read while the store takes it in.
          yield chunk;
          await reading?.give(chunk);
        }
        const ahead = await reading?.end();
        if (begun === undefined || ahead === undefined) return;
        found = { run: arriving.run, settings: begun.settings, ahead };
        timer = setTimeout(letGo, keepMs).unref();
      } finally {
        reading?.drop();
        busy = false;
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
