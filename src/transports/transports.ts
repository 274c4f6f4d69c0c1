import type { Clock } from '../base/clock.ts';
import type { Jobs } from '../jobs/index.ts';
import { makeArrivals, type Store } from '../store/index.ts';
import type { Sync } from '../sync/index.ts';
import type { Outbound } from '../wire/index.ts';
import { type ArrivalList, makeArrivalList } from './arrival-list.ts';
import { makeFolderLooker } from './folder/looker.ts';
import { makeFeedsHealth } from './health/health.ts';
import type { FeedsHealth } from './health/types.ts';
import { makeHttpsPullLooker } from './https-pull/looker.ts';
import { makeIntake } from './intake.ts';
import { makePlaceCheck, type PlaceCheck } from './place-check.ts';
import { makeS3Looker } from './s3/looker.ts';
import { makeSftpPullLooker } from './sftp-pull/looker.ts';
import { makeSlots, type Slots } from './slots/slots.ts';
import type { Intake, Looker } from './types.ts';

/** What the transports need. */
export interface TransportsDeps {
  readonly store: Store;
  readonly sync: Sync;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly outbound: Outbound;
  readonly maxFileBytes: number;
  readonly originalsDays: number;
  /** Folders that the operator has opened for feeds of the transport `folder`. */
  readonly dropFolders: readonly string[];
  /** The tenant's time zone. */
  timeZone(tenant: string): Promise<string>;
  /** Ids of all tenants. */
  tenants(): Promise<readonly string[]>;
}

/** How files come: the ledger in front of {@link Sync}, and what looks at places that they are fetched from. */
export interface Transports extends ArrivalList, PlaceCheck, FeedsHealth {
  readonly intake: Intake;
  readonly lookers: readonly Looker[];
  /** The times at which files are fetched. */
  readonly slots: Slots;
}

/** What an answer may have beyond the largest file, so that it is the intake that refuses it. */
const slackBytes = 1024 * 1024;

/** Makes {@link Transports}. */
export function makeTransports(deps: TransportsDeps): Transports {
  const { sync, jobs, clock, maxFileBytes, timeZone, tenants } = deps;
  const arrivals = makeArrivals(deps.store);
  const intake = makeIntake({ arrivals, sync, clock, maxFileBytes, keptDays: deps.originalsDays });
  // The intake counts the bytes of a file; this is for answers without an end.
  const limits = { maxBytes: maxFileBytes + slackBytes, idleMs: 60_000, wholeMs: 3_600_000 };
  const remote = { outbound: deps.outbound, sync, arrivals, limits };
  const lookers = [
    makeFolderLooker({ roots: deps.dropFolders, clock }),
    makeS3Looker(remote),
    makeHttpsPullLooker(remote),
    makeSftpPullLooker({ ...remote, clock }),
  ];
  const slots = makeSlots({ jobs, sync, intake, lookers, clock, timeZone, tenants });
  return {
    ...makeFeedsHealth({ store: deps.store, sync, slots, clock, timeZone }),
    ...makeArrivalList({ arrivals, clock }),
    ...makePlaceCheck({ arrivals, sync, lookers, clock }),
    intake,
    lookers,
    slots,
  };
}
