import type { Clock } from '../../base/clock.ts';
import { randomId } from '../../base/ids.ts';
import type { Context } from '../../roster/index.ts';
import type { RunRow, RunStore } from '../../store/index.ts';
import type { Run } from '../run.ts';
import { zeroAll } from '../tally.ts';
import type { Feed } from '../types.ts';

/** What a new run is made of. */
export interface NewRun {
  readonly id?: string;
  readonly kind: Run['kind'];
  readonly feed: Feed;
  readonly dryRun: boolean;
  readonly mode?: Run['mode'];
  readonly file?: Run['file'];
  readonly pull?: Run['pull'];
  readonly of?: string;
  /** By the feed's schedule not before. */
  readonly notBefore?: Date | undefined;
  /** Set where the run is over before it began. */
  readonly skipped?: string | undefined;
  /** What the engine must remember. */
  readonly work?: RunRow['work'];
}

/** Puts a run into the queue, or among those that are over. */
export async function addRun(
  { runs, clock }: { readonly runs: RunStore; readonly clock: Clock },
  context: Context,
  wanted: NewRun,
): Promise<Run> {
  const { kind, feed, dryRun, notBefore, skipped } = wanted;
  const now = clock.now();
  const id = wanted.id ?? randomId();
  const run: Run = {
    id,
    kind,
    feed: feed.name,
    protocol: feed.protocol,
    mode: wanted.mode ?? 'changes',
    state: skipped === undefined ? 'queued' : 'skipped',
    dryRun,
    queuedAt: now.toISOString(),
    notBefore: notBefore?.toISOString() ?? null,
    startedAt: null,
    endedAt: skipped === undefined ? null : now.toISOString(),
    of: wanted.of ?? null,
    file: wanted.file ?? { name: '', bytes: 0, sha256: '' },
    ...(wanted.pull === undefined ? {} : { pull: wanted.pull }),
    counts: zeroAll(),
    pairs: { keyChanges: 0, matches: 0, merged: 0 },
    filters: [],
    problems: [],
    reason: skipped ?? null,
    expiresAt: null,
    undoneBy: null,
    keptUntil: null,
  };
  await runs.insert({
    _id: id,
    tenant: context.tenant,
    feed: feed.name,
    state: run.state,
    // In the order in which they came, also where the clock stands still.
    order: Date.now() * 1000 + Math.floor(Math.random() * 1000),
    queuedAt: now,
    writer: context.writer,
    source: context.source,
    ...(notBefore === undefined ? {} : { notBefore }),
    report: run as unknown as RunRow['report'],
    work: wanted.work ?? {},
  });
  return run;
}
