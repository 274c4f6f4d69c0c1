import type { Listing, Paging } from '../base/listing.ts';
import type { Result } from '../base/result.ts';
import type { Context } from '../roster/index.ts';
import type { FeedSections, SectionName } from './feeds/sections/sections.ts';
import type { Pull, PullPreview, PullSettings } from './pulls/types.ts';
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

/** What the files of a feed can be. */
export const feedProtocols = ['ims-enterprise-xml', 'oneroster-csv', 'srs-snapshot', 'list-csv'] as const;
/** One of {@link feedProtocols}. */
export type Protocol = (typeof feedProtocols)[number];

/**
 * How files come. Brought: `upload` (admin API, command line), `http-put` (an address of the feed's own), `sftp-drop` (our SFTP
 * server). Fetched, by the schedule or every `lookEvery` seconds, each by the section of settings of its name: `folder`,
 * `sftp-pull`, `s3`, `https-pull`, `rest-pull`, and `pull`, which reads a OneRoster server.
 */
export const transportKinds = [
  'upload',
  'http-put',
  'sftp-drop',
  'folder',
  'sftp-pull',
  's3',
  'https-pull',
  'rest-pull',
  'pull',
] as const;
/** One of {@link transportKinds}. */
export type TransportKind = (typeof transportKinds)[number];

/** A feed and its settings; `GET` and `PUT /api/v1/feeds/:name` show and take exactly this. */
export interface Feed extends FeedSections {
  name: string;
  protocol: Protocol;
  /** How files come besides the admin API and the command line, which always may bring some. */
  transport: TransportKind;
  /** IMS Enterprise XML only; OneRoster CSV follows its manifest and data (decisions 4.1). */
  mode: Mode;
  namespace: string;
  sourceInKey: boolean;
  /** OneRoster clients that may send files of this feed with the scope `import`. */
  clients: string[];
  /** For times without a zone and for windows and schedule; null: the tenant's. */
  timeZone: string | null;
  /** Cron text: what is brought waits for its next time, what is fetched is fetched then; null: at once. */
  schedule: string | null;
  /** What becomes of times of the schedule at which no gateway was there: made up for once, or left out. */
  missedSlots: 'run-once' | 'skip';
  /** Seconds between looks at a place that files are fetched from, where there is no schedule. */
  lookEvery: number;
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

/** A column or a value of a list that the feed's settings say nothing of. */
export interface UnmappedItem {
  column: string;
  /** null: the column itself. */
  value: string | null;
  /** Rows in which it stands, and the line of the first. */
  rows: number;
  line: number | null;
  /** The setting that an entry for it is to be added to. */
  setting: string;
  /** Such an entry; what it is to mean is left open with null, which for a community means none. */
  entry: Record<string, unknown>;
}

/** What a new run is asked to do. */
export interface RunRequest {
  feed: string;
  mode?: Mode;
  dryRun: boolean;
  fileName: string;
  /** The id of the run, where whoever asks keeps it: asked again with the same one, the run that is there is the answer. */
  run?: string;
  /** Queued behind a held run of the feed, where it would be refused otherwise: nobody is there who would try again. */
  behindHeld?: true;
  /** Fetched at a time of the feed's schedule, if it has one: worked on at once. */
  fetched?: true;
}

export type { Listing, Paging };

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

/** A record that a feed lists and somebody has changed by hand since: its next file would change it again. */
export interface HandEdit {
  type: 'person' | 'group' | 'membership';
  guid: string;
  /** The id by which its sender knows it. */
  id: string;
  state: string;
  /** When it was changed, and by whom. */
  at: string;
  writer: string;
  /** Names of what changed: `data`, `state`, `keys` … */
  fields: string[];
}

/** A point of the checklist for an integration. */
export interface ChecklistItem {
  item: 'keys' | 'filters' | 'archiving' | 'subscribers' | 'test-run';
  /** `unknown`: the gateway cannot see it yet. */
  state: 'ok' | 'open' | 'unknown';
  /** What was seen, and what to do. */
  text: string;
}

/** Runs of feeds. */
export interface Sync {
  /** Stores the file safely and queues the run. Problems: invalid-request, too-large, storage-full, conflict (a held run of the feed). */
  submit(context: Context, request: RunRequest, bytes: AsyncIterable<Uint8Array>): Promise<Result<Run>>;
  /** Queues a run of the file that was kept of another one. Problems: unknown-object, conflict (nothing is kept, a held run). */
  again(context: Context, id: string, options: { dryRun: boolean }): Promise<Result<Run>>;
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
   * Begins to read the server of a feed's setting `pull` or `restPull`, with `full` all of it whatever the setting `delta` says;
   * what is read is submitted like a file.
   * Problems: unknown-object, invalid-request (no settings), conflict (it is being read already).
   */
  pull(context: Context, request: { feed: string; dryRun: boolean; full?: boolean }): Promise<Result<Pull>>;
  /**
   * Reads the server of a feed's setting `pull` or `restPull` and resolves when that is over: the run is queued then. Problems:
   * as of `pull`, and whatever the reading ended by.
   */
  pullNow(
    context: Context,
    request: { readonly feed: string; readonly full?: boolean },
    signal: AbortSignal,
  ): Promise<Result<Pull>>;
  /** The last pull of a feed, by whatever gateway, or undefined. */
  pulled(context: Context, feed: string): Promise<Pull | undefined>;
  /**
   * What the first pages of the setting `restPull` become; nothing is kept of it. Problems: unknown-object, invalid-request (no
   * such setting), and those of the reading.
   */
  previewPull(context: Context, feed: string): Promise<Result<PullPreview>>;
  /** Whether the server of a feed's setting `pull` or `restPull` can be read, and how many users it says it has. */
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
  /**
   * Columns and values of the feed's last list that its settings say nothing of (`feeds.md` 3.11), and the run that has read it.
   * Problems: unknown-object, conflict (the feed takes no lists), invalid-request (cursor).
   */
  unmapped(
    context: Context,
    feed: string,
    query: Paging,
  ): Promise<Result<Listing<UnmappedItem> & { readonly run: string | null }>>;
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
  /** Records of a feed that were changed by hand since it sent them (`feeds.md` 2.14). */
  handEdits(context: Context, feed: string, query: Paging): Promise<Result<Listing<HandEdit>>>;
  /** What a new or changed integration needs, as far as the gateway sees it (`feeds.md` 2.15). */
  checklist(context: Context, feed: string): Promise<Result<{ items: ChecklistItem[] }>>;
  /** A secret of a section of a feed's settings; undefined: none is set. Problem: invalid-request, where no key opens it. */
  feedSecret(context: Context, feed: string, section: SectionName, field: string): Promise<Result<string | undefined>>;
  /** Changes or makes a feed; `settings` is checked against the feed schema. */
  putFeed(context: Context, name: string, settings: unknown): Promise<Result<Feed>>;
  /** Forgets a feed that lists no record any more; `conflict` where it does. */
  deleteFeed(context: Context, name: string): Promise<Result<{ name: string }>>;
  /** Starts working on queued runs; resumes what a dead process left. */
  start(): Promise<void>;
  /** Stops after the batch at hand; the run goes on at the next start. */
  stop(): Promise<void>;
}
