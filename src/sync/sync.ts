import type { Clock } from '../base/clock.ts';
import { failed } from '../base/result.ts';
import type { Audit, Roster, Vault } from '../roster/index.ts';
import {
  makeAbsences,
  makeFeedBlocks,
  makeFindingPacks,
  makeOriginals,
  makePullStore,
  makeRunStore,
  makeSubscriberStore,
  type RunRow,
  type Store,
} from '../store/index.ts';
import { makeAheads } from './ahead/aheads.ts';
import { Interrupted, type WorkDeps } from './attempt/deps.ts';
import { makeRetention } from './attempt/retention.ts';
import { makeChecklist } from './feeds/checklist.ts';
import { makeFeeds } from './feeds/feeds.ts';
import { makeHandEdits } from './feeds/hand-edits.ts';
import { makePairList } from './pairs/pair-list.ts';
import { makePulls } from './pulls/pulls.ts';
import { pullPurpose } from './pulls/sources.ts';
import type { Puller, RestPuller } from './pulls/types.ts';
import type { FeedReader } from './reader.ts';
import { openFindings } from './report/open-findings.ts';
import { makeReports } from './report/reports.ts';
import { makeUnmapped } from './report/unmapped.ts';
import { makeAgain } from './requests/again.ts';
import { makeAsk } from './requests/ask.ts';
import { makeDecide } from './requests/decide.ts';
import { makeEnds } from './requests/ends.ts';
import { limitToFeeds } from './requests/feed-limits.ts';
import { makeLook, runOf } from './requests/look.ts';
import { makeMerge } from './requests/merge.ts';
import { makeRunsOnRecord } from './requests/on-record.ts';
import { makeSubmit } from './requests/submit.ts';
import { clearSpools } from './spool.ts';
import type { Sync } from './types.ts';
import { workOn } from './work.ts';

/** What the engine needs. */
export interface SyncDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly roster: Roster;
  readonly audit: Pick<Audit, 'note'>;
  readonly readers: readonly FeedReader[];
  /** Folder for plans between reading and applying. */
  readonly workFolder: string;
  readonly maxFileBytes: number;
  /** Days that the files of runs that are over are kept, and their lists of changes and problems. */
  readonly originalsDays: number;
  readonly reportDays: number;
  /** Days that the change log keeps what was changed; 0, or unset: for ever. */
  readonly changeLogDays?: number;
  /** Whether no other process works on this database: what was running when this one starts is free at once. */
  readonly exclusive: boolean;
  /** What reads other servers, and what seals their secrets; feeds cannot be pulled without. */
  readonly pulls?: {
    readonly puller: Puller;
    readonly restPuller?: RestPuller;
    readonly vault: Pick<Vault, 'seal' | 'open'>;
  };
  /** Runs that the worker works on at once; 2 unless told. */
  readonly runsAtOnce?: number;
  /** Told of a feed that was made, changed or removed. */
  feedChanged?(tenant: string, feed: string): Promise<void>;
  guidKey(tenant: string): Promise<Uint8Array>;
  /** Whether mails of notices are sent; unset: they are. */
  readonly mails?: boolean;
  /** Whether courses of a tenant are archived instead of removed; unset: they are. */
  archivesCourses?(tenant: string): Promise<boolean>;
  /** The tenant's time zone. */
  timeZone(tenant: string): Promise<string>;
  /** Makes the worker that calls back with leased runs; from `jobs/`. */
  worker(work: RunWork): { start(): void; wake(): void; stop(): Promise<void> };
}

type LeasedRun = RunRow & { id: string; fence: number };

/** How a worker of `jobs/` gets and works on runs. */
export interface RunWork {
  claim(owner: string, leaseMs: number): Promise<LeasedRun | undefined>;
  beat(item: LeasedRun, leaseMs: number): Promise<boolean>;
  work(item: LeasedRun, guard: () => void): Promise<void>;
  interrupted(): Error;
  tidy(): Promise<void>;
}

/**
 * Bytes from which a file is a large one. Of several places for runs one is kept for smaller files: a hundred small feeds that
 * come at the hour of two large ones are done while these are read, and the large ones lose little by it.
 */
export const largeFileBytes = 8_000_000;

/** Milliseconds between looks at what is to be deleted. */
const tidyMs = 60_000;

/** Makes the sync engine: files and questions in, runs out. */
export function makeSync(deps: SyncDeps): Sync {
  const { store, roster, clock } = deps;
  const runs = makeRunStore(store);
  const originals = makeOriginals(store);
  const absences = makeAbsences(store);
  const packs = makeFindingPacks(store);
  const puller = deps.pulls?.puller ?? noPuller;
  const vault = deps.pulls?.vault ?? { seal: () => '', open: () => undefined };
  const feeds = makeFeeds({
    clock,
    runs,
    absences,
    roster,
    timeZone: deps.timeZone,
    checkUrl: (url) => puller.checkUrl(url),
    seal: (tenant, feed, secret) => vault.seal(secret, pullPurpose(tenant, feed)),
    vault,
    ...(deps.feedChanged === undefined ? {} : { changed: deps.feedChanged }),
  });
  const retention = makeRetention({
    runs,
    originals,
    originalsDays: deps.originalsDays,
    reportDays: deps.reportDays,
    packs,
  });
  const readers = new Map(deps.readers.map((reader) => [reader.protocol, reader]));
  const blocks = (tenant: string, feed: string) => makeFeedBlocks(store, tenant, feed);
  const aheads = makeAheads({
    readers,
    blocks,
    guidKey: deps.guidKey,
    workFolder: deps.workFolder,
    learn: originals.learn,
  });
  const workDeps: WorkDeps = {
    clock,
    roster,
    runs,
    originals,
    absences,
    retention,
    aheads,
    readers,
    workFolder: deps.workFolder,
    blocks,
    feed: feeds.settings,
    timeZone: feeds.timeZone,
    guidKey: deps.guidKey,
    findings: (place, goesOn) => openFindings(packs, place, goesOn),
  };
  const onRecord = makeRunsOnRecord(deps.audit);
  const ends = makeEnds();
  const wake = () => worker.wake();
  const decide = makeDecide({ runs, retention, clock, wake });
  let tidied = 0;
  let largeRuns = 0;
  const placesForLarge = Math.max(1, (deps.runsAtOnce ?? 2) - 1);
  const isLarge = (row: RunRow) => runOf(row).file.bytes >= largeFileBytes;

  const worker = deps.worker({
    async claim(owner, leaseMs) {
      const below = largeRuns >= placesForLarge && deps.runsAtOnce !== 1 ? largeFileBytes : undefined;
      const row = await runs.claim(owner, clock.now(), leaseMs, below);
      if (row === undefined) return undefined;
      if (isLarge(row)) largeRuns += 1;
      return { ...row, id: row._id, fence: row.lease?.fence ?? 0 };
    },
    beat: (item, leaseMs) => runs.beat(item._id, item.tenant, item.fence, leaseMs),
    async work(item, guard) {
      try {
        await onRecord.begun(item);
        try {
          await workOn(workDeps, item, guard);
        } finally {
          ends.tell(item._id);
        }
        const after = await runs.get(item.tenant, item._id);
        if (after !== undefined) await onRecord.ended(after);
        // A run that was only interrupted is free for whoever looks next.
        await runs.change(item.tenant, item._id, ['running'], { 'lease.until': new Date(0) }, item.fence);
      } finally {
        if (isLarge(item)) largeRuns -= 1;
      }
    },
    interrupted: () => new Interrupted(),
    async tidy() {
      const now = clock.now();
      await decide.expire(now);
      if (now.getTime() - tidied < tidyMs) return;
      tidied = now.getTime();
      await retention.tidy(now);
    },
  });

  const submits = makeSubmit({
    workFolder: deps.workFolder,
    runs,
    originals,
    feeds,
    clock,
    aheads,
    maxFileBytes: deps.maxFileBytes,
    wake,
  });
  const pulls = makePulls({
    feeds,
    clock,
    runs,
    pulls: makePullStore(store),
    puller,
    restPuller: deps.pulls?.restPuller ?? noRestPuller,
    vault,
    submit: submits.submit,
    workFolder: deps.workFolder,
    maxFileBytes: deps.maxFileBytes,
  });

  const reports = makeReports({ roster, runs, packs });

  return limitToFeeds({
    ...submits,
    pull: pulls.pull,
    pullNow: pulls.pullNow,
    pulled: pulls.pulled,
    checkPull: pulls.checkPull,
    previewPull: pulls.previewPull,
    ...makeAgain({ runs, originals, clock, submit: submits.submit }),
    ...makeAsk({ runs, roster, feeds, clock, changeLogDays: deps.changeLogDays ?? 0, wake }),
    ...makeLook(runs, ends),
    ...makeMerge({ runs, roster, feeds, pairs: makePairList(packs) }),
    ...reports,
    ...makeUnmapped({ feeds, runs, problems: reports.problems }),
    approve: decide.approve,
    reject: decide.reject,
    feed: feeds.feed,
    feeds: feeds.feeds,
    ...makeHandEdits({ feeds, roster, blocks }),
    ...makeChecklist({
      feeds,
      runs,
      subscribers: makeSubscriberStore(store),
      mails: deps.mails ?? true,
      archivesCourses: deps.archivesCourses ?? (async () => true),
    }),
    feedSecret: feeds.feedSecret,
    putFeed: feeds.putFeed,
    deleteFeed: feeds.deleteFeed,
    async start() {
      await clearSpools(deps.workFolder);
      if (deps.exclusive) await runs.freeLeases();
      worker.start();
    },
    async stop() {
      await pulls.stop();
      await worker.stop();
    },
  });
}

const notHere = failed('unsupported-operation', 'Other servers cannot be pulled here.');
/** Of an engine that was made without a puller. */
const noPuller: Puller = { checkUrl: () => notHere, check: async () => notHere, pull: async () => notHere };
const noRestPuller: RestPuller = {
  check: async () => notHere,
  pull: async () => notHere,
  preview: async () => notHere,
};
