import type { Result } from '../base/result.ts';
import type { Context } from '../roster/index.ts';
import type { Mode } from './reader.ts';
import type { CountedType, Run } from './run.ts';

/** Limits of one type and action: breached when changes exceed the percentage (from 26 changes on) or the number. */
export interface Limit {
  percent: number | null;
  number: number | null;
}

/** A feed and its settings; `GET` and `PUT /api/v1/feeds/:name` show and take exactly this. */
export interface Feed {
  name: string;
  protocol: 'ims-enterprise-xml';
  mode: Mode;
  namespace: string;
  sourceInKey: boolean;
  /** What a removal does, by type (`feeds.md` 0.2). */
  removal: { person: 'trash' | 'disable' | 'report'; group: 'trash' | 'report'; membership: 'trash' | 'report' };
  limits: Record<CountedType, { insert: Limit; update: Limit; delete: Limit }>;
  /** A file smaller than this percentage of the last one holds the run. */
  smallerFilePercent: number | null;
  /** More rejected records than this percentage of the file hold the run's removals. */
  rejectedPercent: number | null;
  /** On breach. */
  onBreach: 'hold' | 'no-deletes' | 'abort';
  /** Days until a held run expires. */
  holdDays: number;
  runs: number;
}

/** What a new run is asked to do. */
export interface RunRequest {
  feed: string;
  mode?: Mode;
  dryRun: boolean;
  fileName: string;
}

/** A list as the admin API gives it. */
export interface Listing<T> {
  items: T[];
  total: number;
  next: string | null;
}

/** Runs of feeds. */
export interface Sync {
  /** Stores the file safely and queues the run. Problems: invalid-request, too-large, storage-full, conflict (a held run of the feed). */
  submit(context: Context, request: RunRequest, bytes: AsyncIterable<Uint8Array>): Promise<Result<Run>>;
  /** The run, or undefined. */
  run(context: Context, id: string): Promise<Run | undefined>;
  /** Runs, newest first. */
  runs(
    context: Context,
    query: { feed?: string; state?: string; limit: number; cursor?: string },
  ): Promise<Result<Listing<Run>>>;
  /** Lets a held run go on; it is planned again against the store as it is now. */
  approve(context: Context, id: string): Promise<Result<Run>>;
  /** Ends a held run without changes. */
  reject(context: Context, id: string): Promise<Result<Run>>;
  /** Waits until the run has left `queued` and `running`, or the time is over; calls back on progress. */
  wait(context: Context, id: string, onProgress?: (run: Run) => void): Promise<Run | undefined>;
  /** A feed's settings; undefined when there is none of that name. */
  feed(context: Context, name: string): Promise<Feed | undefined>;
  feeds(context: Context): Promise<Listing<Feed>>;
  /** Changes or makes a feed; `settings` is checked against the feed schema. */
  putFeed(context: Context, name: string, settings: unknown): Promise<Result<Feed>>;
  /** Starts working on queued runs; resumes what a dead process left. */
  start(): Promise<void>;
  /** Stops after the batch at hand; the run goes on at the next start. */
  stop(): Promise<void>;
}
