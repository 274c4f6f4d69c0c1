import type { Result } from '../base/result.ts';
import type { Context } from '../roster/index.ts';
import type { Pull, PullSettings } from './pulls/types.ts';
import type { Mode } from './reader.ts';
import type { ChangeAction, ChangeItem, CountedType, Pair, ProblemItem, Run } from './run.ts';

/** Limits of one type and action: breached when changes exceed the percentage (from 26 changes on) or the number. */
export interface Limit {
  percent: number | null;
  number: number | null;
}

/** Limits by type and action. */
export type Limits = Record<CountedType, { insert: Limit; update: Limit; delete: Limit }>;

/** A time in which a feed's rules are others; it ends by itself. */
export interface FeedWindow {
  /** For people, as `back to school`. */
  name: string;
  /** Days (YYYY-MM-DD, in the feed's time zone, the last one included) or instants. */
  from: string;
  until: string;
  /**
   * `raised-limits`: `limits` take the place of the feed's where they say something. `additions-only`: what is new is
   * added, nothing known is changed or removed. `paused`: files are not worked on; their runs are `skipped`.
   */
  kind: 'raised-limits' | 'additions-only' | 'paused';
  limits?: { [T in CountedType]?: { insert?: Partial<Limit>; update?: Partial<Limit>; delete?: Partial<Limit> } };
}

/** A feed and its settings; `GET` and `PUT /api/v1/feeds/:name` show and take exactly this. */
export interface Feed {
  name: string;
  protocol: 'ims-enterprise-xml' | 'oneroster-csv';
  /** How files come: by the admin API or the command line. */
  transport: 'upload';
  /** IMS Enterprise XML only; OneRoster CSV follows its manifest and data (decisions 4.1). */
  mode: Mode;
  namespace: string;
  sourceInKey: boolean;
  /** OneRoster clients that may send files of this feed with the scope `import`. */
  clients: string[];
  /** For times without a zone and for windows and schedule; null: the tenant's. */
  timeZone: string | null;
  /** Cron text: files wait for its next time; null: they are worked on at once. */
  schedule: string | null;
  windows: FeedWindow[];
  /** What a removal does, by type (`feeds.md` 0.2); `archive` of a group holds for courses, other groups go to the trash. */
  removal: {
    person: 'trash' | 'disable' | 'report';
    group: 'trash' | 'archive' | 'report';
    membership: 'trash' | 'report';
    academicSession: 'trash' | 'report';
  };
  /** Persons go only after missing in so many runs, or for so many days, in a row (`feeds.md` 0.5). */
  grace: { runs: number | null; days: number | null };
  limits: Limits;
  /** A file smaller than this percentage of the last one holds the run. */
  smallerFilePercent: number | null;
  /** More rejected records than this percentage of the file hold the run. */
  rejectedPercent: number | null;
  /** On breach. */
  onBreach: 'hold' | 'no-deletes' | 'abort';
  /** A probable key change (delete and create of the same person) is only reported, holds the run, or is made one. */
  keyChanges: 'report' | 'hold' | 'merge';
  /** Whether the first run over a roster that has persons already is held where some of them probably are in the file. */
  reviewMatches: boolean;
  /** Days until a held run expires. */
  holdDays: number;
  /** The OneRoster server that the feed is read from when it is pulled; null for none. Its secret is never shown. */
  pull: PullSettings | null;
  runs: number;
}

/** What a new run is asked to do. */
export interface RunRequest {
  feed: string;
  mode?: Mode;
  dryRun: boolean;
  fileName: string;
}

/** A school year to be retired: all that is below a group, or all classes of an academic session. */
export interface RolloverRequest {
  /** Sender's id, OneRoster sourcedId or guid of the group or session. */
  under: string;
  /**
   * What comes after it: made if it is not known. Without a title and dates, those of the old one moved on by a year.
   * Days are YYYY-MM-DD; `end` is the first day after the year, as in the canonical model.
   */
  next?: { id: string; title?: string; start?: string; end?: string };
  /** The feed under whose filters and name the Plan runs; default: the owner of `under`, else `default`. */
  feed?: string;
  dryRun: boolean;
}

/** A list as the admin API gives it. */
export interface Listing<T> {
  items: T[];
  total: number;
  next: string | null;
}

/** Which part of a list. */
export interface Paging {
  readonly limit: number;
  readonly cursor?: string;
}

/** Runs of feeds. */
export interface Sync {
  /** Stores the file safely and queues the run. Problems: invalid-request, too-large, storage-full, conflict (a held run of the feed). */
  submit(context: Context, request: RunRequest, bytes: AsyncIterable<Uint8Array>): Promise<Result<Run>>;
  /** Queues the Plan that puts back what a run has changed (decisions 4.4). */
  undo(context: Context, id: string, options: { dryRun: boolean }): Promise<Result<Run>>;
  /** Queues the Plan that retires a school year. Problems: invalid-request, unknown-object, conflict (a held run of the feed). */
  rollover(context: Context, request: RolloverRequest): Promise<Result<Run>>;
  /**
   * Stores a CSV of old and new ids (columns `oldId`, `newId`, optionally `type`: person, group or membership, or what
   * OneRoster calls it; default person) and queues the Plan of its renames. Problems: as of `submit`, and unknown-object for a feed that is not there.
   */
  crosswalk(
    context: Context,
    request: { feed: string; dryRun: boolean; fileName: string },
    bytes: AsyncIterable<Uint8Array>,
  ): Promise<Result<Run>>;
  /**
   * Begins to read the OneRoster server of a feed's setting `pull`, with `full` all of it whatever the setting `delta` says;
   * what is read is submitted like a file.
   * Problems: unknown-object, invalid-request (no settings), conflict (it is being read already).
   */
  pull(context: Context, request: { feed: string; dryRun: boolean; full?: boolean }): Promise<Result<Pull>>;
  /** The last pull of a feed since this process began, or undefined. */
  pulled(context: Context, feed: string): Promise<Pull | undefined>;
  /** Whether the server of a feed's setting `pull` can be read, and how many users it says it has. */
  checkPull(context: Context, feed: string): Promise<Result<{ records: number | null }>>;
  /** The run, or undefined. */
  run(context: Context, id: string): Promise<Run | undefined>;
  /** Runs, newest first. */
  runs(
    context: Context,
    query: Paging & { feed?: string; state?: string; kind?: string },
  ): Promise<Result<Listing<Run>>>;
  /** What a run changed; of a held or dry run what it would change. `total` counts what matches. */
  changes(
    context: Context,
    id: string,
    query: Paging & { type?: CountedType; action?: ChangeAction },
  ): Promise<Result<Listing<ChangeItem>>>;
  /** Problems and remarks with their places. */
  problems(
    context: Context,
    id: string,
    query: Paging & { kind?: string; type?: CountedType },
  ): Promise<Result<Listing<ProblemItem>>>;
  /** Pairs of records that are probably one. */
  pairs(context: Context, id: string, query: Paging): Promise<Result<Listing<Pair>>>;
  /**
   * Makes pairs one: all, or those of the new ids. In a held run when it is approved; in a run that is done at once
   * (the known record comes back and takes over id, data and memberships of the new one).
   */
  merge(context: Context, id: string, what: { newIds: readonly string[] } | { all: true }): Promise<Result<Run>>;
  /** Lets a held run go on; it is planned again against the store as it is now. */
  approve(context: Context, id: string): Promise<Result<Run>>;
  /** Ends a held run without changes. */
  reject(context: Context, id: string): Promise<Result<Run>>;
  /** Waits until the run has left `queued` and `running`, or the time is over; calls back on progress. */
  wait(context: Context, id: string, onProgress?: (run: Run) => void, signal?: AbortSignal): Promise<Run | undefined>;
  /** A feed's settings; undefined when there is none of that name. */
  feed(context: Context, name: string): Promise<Feed | undefined>;
  feeds(context: Context): Promise<Listing<Feed>>;
  /** Changes or makes a feed; `settings` is checked against the feed schema. */
  putFeed(context: Context, name: string, settings: unknown): Promise<Result<Feed>>;
  /** Forgets a feed that lists no record any more; `conflict` where it does. */
  deleteFeed(context: Context, name: string): Promise<Result<{ name: string }>>;
  /** Starts working on queued runs; resumes what a dead process left. */
  start(): Promise<void>;
  /** Stops after the batch at hand; the run goes on at the next start. */
  stop(): Promise<void>;
}
