import { failed } from '../base/result.ts';
import type { Audit, Roster, Vault } from '../roster/index.ts';
import {
  makeAbsences,
  makeFeedBlocks,
  makeFindingPacks,
  makeOriginals,
  makeRunStore,
  type RunRow,
  type Store,
} from '../store/index.ts';
import { makeAheads } from './ahead/aheads.ts';
import { Interrupted, type WorkDeps } from './attempt/deps.ts';
import { makeRetention } from './attempt/retention.ts';
import { makeFeeds } from './feeds/feeds.ts';
import { makePairList } from './pairs/pair-list.ts';
import { makePulls, pullPurpose } from './pulls/pulls.ts';
import type { Puller } from './pulls/types.ts';
import type { FeedReader } from './reader.ts';
import { openFindings } from './report/open-findings.ts';
import { makeReports } from './report/reports.ts';
import { makeAsk } from './requests/ask.ts';
import { makeDecide } from './requests/decide.ts';
import { makeEnds } from './requests/ends.ts';
import { limitToFeeds } from './requests/feed-limits.ts';
import { makeLook } from './requests/look.ts';
import { makeMerge } from './requests/merge.ts';
import { makeRunsOnRecord } from './requests/on-record.ts';
import { makeSubmit } from './requests/submit.ts';
import { clearSpools } from './spool.ts';
import type { Sync } from './types.ts';
import { workOn } from './work.ts';

/** What the engine needs. */
export interface SyncDeps {
  readonly store: Store;
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
  readonly pulls?: { readonly puller: Puller; readonly vault: Pick<Vault, 'seal' | 'open'> };
  guidKey(tenant: string): Promise<Uint8Array>;
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

/** Milliseconds between looks at what is to be deleted. */
const tidyMs = 60_000;

/** Makes the sync engine: files and questions in, runs out. */
export function makeSync(deps: SyncDeps): Sync {
  const { store, roster } = deps;
  const runs = makeRunStore(store);
  const originals = makeOriginals(store);
  const absences = makeAbsences(store);
  const packs = makeFindingPacks(store);
  const puller = deps.pulls?.puller ?? noPuller;
  const vault = deps.pulls?.vault ?? { seal: () => '', open: () => undefined };
  const feeds = makeFeeds({
    runs,
    absences,
    roster,
    timeZone: deps.timeZone,
    checkUrl: (url) => puller.checkUrl(url),
    seal: (tenant, feed, secret) => vault.seal(secret, pullPurpose(tenant, feed)),
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
  const decide = makeDecide({ runs, retention, wake });
  let tidied = 0;

  const worker = deps.worker({
    async claim(owner, leaseMs) {
      const row = await runs.claim(owner, new Date(), leaseMs);
      return row === undefined ? undefined : { ...row, id: row._id, fence: row.lease?.fence ?? 0 };
    },
    beat: (item, leaseMs) => runs.beat(item._id, item.tenant, item.fence, new Date(Date.now() + leaseMs)),
    async work(item, guard) {
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
    },
    interrupted: () => new Interrupted(),
    async tidy() {
      const now = new Date();
      await decide.expire(now);
      if (now.getTime() - tidied < tidyMs) return;
      tidied = now.getTime();
      await retention.tidy(now);
    },
  });

  const submits = makeSubmit({ runs, originals, feeds, aheads, maxFileBytes: deps.maxFileBytes, wake });
  const pulls = makePulls({
    feeds,
    runs,
    puller,
    vault,
    submit: submits.submit,
    workFolder: deps.workFolder,
    maxFileBytes: deps.maxFileBytes,
  });

  return limitToFeeds({
    ...submits,
    pull: pulls.pull,
    pulled: pulls.pulled,
    checkPull: pulls.checkPull,
    ...makeAsk({ runs, roster, feeds, changeLogDays: deps.changeLogDays ?? 0, wake }),
    ...makeLook(runs, ends),
    ...makeMerge({ runs, roster, feeds, pairs: makePairList(packs) }),
    ...makeReports({ roster, runs, packs }),
    approve: decide.approve,
    reject: decide.reject,
    feed: feeds.feed,
    feeds: feeds.feeds,
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
