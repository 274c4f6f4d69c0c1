import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { failed, ok } from '../../base/result.ts';
import type { Sync } from '../../sync/index.ts';
import { feedContext } from '../feed-context.ts';
import type { Arrival, FeedPlace, Intake, Taken } from '../types.ts';
import { removeFile, type Spool, type WholeFile } from './spool.ts';

/** How long a file stays that nobody has gone on with. */
const keptMs = 7 * 86_400_000;

/** What a {@link Taker} needs. */
export interface TakerDeps {
  readonly spool: Spool;
  readonly intake: Intake;
  readonly sync: Pick<Sync, 'feed'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Takes whole files of the spool in. */
export interface Taker {
  /** Takes a file in; undefined: it is being taken in already, or a fault is in its way, and it is tried again. */
  take(place: FeedPlace, file: WholeFile, by?: string): Promise<Taken['state'] | undefined>;
  /** Takes in what is left, as after a restart, and removes what nobody has gone on with for a week. */
  sweep(): Promise<void>;
  /** Lets the files that are being taken in come to a safe point. */
  stop(): Promise<void>;
}

/** Makes the {@link Taker}. */
export function makeTaker({ spool, intake, sync, clock, log }: TakerDeps): Taker {
  const working = new Map<string, Promise<Taken['state'] | undefined>>();
  const stopped = new AbortController();

  async function work(place: FeedPlace, file: WholeFile, by: string | undefined) {
    try {
      const taken = await intake.take(place, 'sftp-drop', arrivalOf(file, by), stopped.signal);
      return taken.state;
    } catch (error) {
      log.error(
        { feed: place.feed, error: error instanceof Error ? error.name : 'unknown' },
        'a file that came by SFTP could not be taken in; it is tried again',
      );
      return undefined;
    }
  }

  async function take(place: FeedPlace, file: WholeFile, by?: string) {
    if (stopped.signal.aborted || working.has(file.id)) return undefined;
    const mine = work(place, file, by);
    working.set(file.id, mine);
    try {
      return await mine;
    } finally {
      working.delete(file.id);
    }
  }

  async function sweepFeed(place: FeedPlace): Promise<void> {
    const isThere = (await sync.feed(feedContext(place), place.feed)) !== undefined;
    for (const file of await spool.whole(place)) {
      if (stopped.signal.aborted) return;
      // What is of no feed any more is nobody's, and may hold personal data.
      if (isThere) await take(place, file);
      else await removeFile(file.path);
    }
    const tooOld = clock.now().getTime() - keptMs;
    for (const { path, at } of await spool.coming(place)) if (!isThere || at < tooOld) await removeFile(path);
  }

  return {
    take,
    async sweep() {
      for (const place of await spool.places()) await sweepFeed(place);
    },
    async stop() {
      stopped.abort();
      await Promise.all(working.values());
    },
  };
}

function arrivalOf({ id, name, path, bytes }: WholeFile, by: string | undefined): Arrival {
  return {
    name,
    version: id,
    bytes,
    ...(by === undefined ? {} : { by }),
    async open() {
      const there = await stat(path).catch(() => undefined);
      return there?.size === bytes
        ? ok(createReadStream(path))
        : failed('busy', 'The file is not there as it came; it is looked at again.');
    },
    settle: () => removeFile(path),
  };
}
