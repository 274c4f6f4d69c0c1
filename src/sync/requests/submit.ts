import type { Clock } from '../../base/clock.ts';
import { randomId } from '../../base/ids.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import type { Context } from '../../roster/index.ts';
import { type Original, type Originals, type RunStore, type Shelf, TooLarge } from '../../store/index.ts';
import { OpeningError, peek } from '../../wire/index.ts';
import type { Aheads, Arriving } from '../ahead/aheads.ts';
import { badName, type Feeds, noFeed } from '../feeds/feeds.ts';
import { nextTime } from '../feeds/schedule.ts';
import { defaultSnapshot } from '../feeds/sections/snapshot.ts';
import { defaultFeed, isFeedName } from '../feeds/settings.ts';
import { pausedReason, windowsAt } from '../feeds/windows.ts';
import type { RunPull } from '../pulls/types.ts';
import type { Mode } from '../reader.ts';
import type { Run } from '../run.ts';
import type { RunRequest, Sync } from '../types.ts';
import { protocolOf } from './first-bytes.ts';
import { refuseBehindHeld } from './held.ts';
import { runOf } from './look.ts';
import { addRun } from './new-run.ts';
import { openedFile } from './opened.ts';

/** What taking in files needs. */
export interface SubmitDeps {
  readonly runs: RunStore;
  readonly originals: Originals;
  readonly feeds: Feeds;
  readonly clock: Clock;
  readonly aheads: Pick<Aheads, 'begin'>;
  readonly maxFileBytes: number;
  /** Folder in which packages are put aside while they are opened. */
  readonly workFolder: string;
  /** Called when there is a run to be worked on. */
  wake(): void;
}

const modes: readonly Mode[] = ['changes', 'groups-complete', 'full'];

/** A request of the engine's own: what was pulled, and the kept file of another run, which is out of its wrappings already. */
export interface SubmitRequest extends RunRequest {
  readonly pull?: RunPull;
  readonly of?: string;
}

/** What takes files in and queues runs for them; what was pulled is a file too. */
export interface Submits extends Pick<Sync, 'crosswalk'> {
  submit(context: Context, request: SubmitRequest, bytes: AsyncIterable<Uint8Array>): Promise<Result<Run>>;
}

/** Makes {@link Submits}. */
export function makeSubmit(deps: SubmitDeps): Submits {
  const { runs, originals, feeds, clock } = deps;

  async function keep<T>(take: () => Promise<T>): Promise<Result<T>> {
    try {
      return ok(await take());
    } catch (error) {
      if (error instanceof TooLarge) {
        return failed('too-large', `The file is larger than ${deps.maxFileBytes} bytes (setting MAX_IMPORT_BYTES).`);
      }
      if (error instanceof OpeningError) {
        return failed(error.code, `The file cannot be taken: ${error.message}. Nothing was changed.`);
      }
      const code = (error as { code?: unknown }).code;
      if (code === 'ENOSPC' || code === 14031) {
        return failed('storage-full', 'There is no room left to store the file; nothing was kept of it.');
      }
      throw error;
    }
  }

  /** Stores a file; an empty one is refused. */
  async function store(shelf: Shelf, bytes: AsyncIterable<Uint8Array>, arriving?: Arriving): Promise<Result<Original>> {
    const watch = arriving === undefined ? undefined : await deps.aheads.begin(arriving);
    try {
      const file = await keep(() => originals.put(shelf, bytes, deps.maxFileBytes, watch?.part));
      if (!file.ok) return file;
      if (file.value.bytes > 0) {
        await watch?.end();
        return file;
      }
      await originals.remove(shelf.tenant, shelf.run);
      return failed('unreadable-input', 'The file is empty; nothing was changed.');
    } finally {
      watch?.drop();
    }
  }

  return {
    async submit(context, request, bytes) {
      const { tenant } = context;
      if (!isFeedName(request.feed)) return badName(request.feed);
      if (request.mode !== undefined && !modes.includes(request.mode)) {
        return failed('invalid-request', `The mode must be one of ${modes.join(', ')}.`, { field: 'mode' });
      }
      const there = request.run === undefined ? undefined : await runs.get(tenant, request.run);
      if (there !== undefined) return ok(runOf(there));
      const known = await feeds.stored(tenant, request.feed);
      const open = () => keep(() => openedFile(deps, context, known, bytes));
      // The first file of a new feed says what the feed takes.
      const begun = known === undefined ? await open() : ok({ bytes });
      if (!begun.ok) return begun;
      const { first, all } =
        known === undefined ? await peek(begun.value.bytes, 4) : { first: new Uint8Array(), all: bytes };
      const feed = known ?? defaultFeed(request.feed, protocolOf(first));
      const asked = feed.protocol === 'srs-snapshot' ? (feed.snapshot ?? defaultSnapshot).sync : 'enabled';
      if (asked === 'disabled' && !request.dryRun) return switchedOff(feed.name);
      const dryRun = request.dryRun || asked === 'dry-run';
      const mode = request.mode ?? feed.mode;
      const zone = await feeds.timeZone(tenant, feed);
      const id = request.run ?? randomId();
      const paused = dryRun ? undefined : windowsAt(feed, zone, clock.now()).paused;
      if (paused !== undefined) {
        const facts = await keep(() => originals.measure(all, deps.maxFileBytes));
        if (!facts.ok) return facts;
        const file = { name: request.fileName, ...facts.value };
        const skipped = pausedReason(feed, paused);
        return ok(
          await addRun({ runs, clock }, context, { id, kind: 'import', feed, mode, dryRun: false, file, skipped }),
        );
      }
      const mayWait = dryRun || request.behindHeld === true;
      const refused = mayWait ? undefined : await refuseBehindHeld(runs, tenant, feed.name);
      if (refused !== undefined) return refused;
      // A run that waits for its time would find the store changed by then.
      const waits = !dryRun && request.fetched !== true && feed.schedule !== null;
      const soon = known !== undefined && !waits;
      const arriving = { run: id, tenant, feed, mode, timeZone: zone, file: request.fileName };
      const whole =
        known === undefined || request.pull !== undefined || request.of !== undefined
          ? ok({ bytes: all })
          : await open();
      if (!whole.ok) return whole;
      const stored = await store({ tenant, run: id, feed: feed.name }, whole.value.bytes, soon ? arriving : undefined);
      if (!stored.ok) return stored;
      // Only a run that may change something makes a feed.
      if (!dryRun && known === undefined) await feeds.make(tenant, feed);
      const run = await addRun({ runs, clock }, context, {
        id,
        kind: 'import',
        feed,
        mode,
        dryRun,
        file: { name: request.fileName, ...stored.value },
        ...(request.pull === undefined ? {} : { pull: request.pull }),
        ...(request.of === undefined ? {} : { of: request.of }),
        notBefore: waits && feed.schedule !== null ? nextTime(feed.schedule, zone, clock.now()) : undefined,
        // Asked for by name, a mode is not called a mistake where the file says otherwise.
        work: request.mode === undefined ? {} : { modeAsked: true },
      });
      deps.wake();
      return ok(run);
    },

    async crosswalk(context, request, bytes) {
      const { tenant } = context;
      if (!isFeedName(request.feed)) return badName(request.feed);
      const feed = await feeds.stored(tenant, request.feed);
      if (feed === undefined) return noFeed(request.feed);
      const refused = request.dryRun ? undefined : await refuseBehindHeld(runs, tenant, request.feed);
      if (refused !== undefined) return refused;
      const id = randomId();
      const stored = await store({ tenant, run: id }, bytes);
      if (!stored.ok) return stored;
      const file = { name: request.fileName, ...stored.value };
      const run = await addRun({ runs, clock }, context, { id, kind: 'crosswalk', feed, dryRun: request.dryRun, file });
      deps.wake();
      return ok(run);
    },
  };
}

/** The operator takes no snapshots for the time being (`feeds.md` 1.2). */
const switchedOff = (feed: string) =>
  failed(
    'conflict',
    `The feed ${feed} takes no snapshots: its setting snapshot.sync is disabled. An operator sets it to enabled or dry-run.`,
    { field: 'snapshot.sync' },
  );
