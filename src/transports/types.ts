import type { Problem } from '../base/problem.ts';
import type { Result } from '../base/result.ts';
import type { Feed, TransportKind } from '../sync/index.ts';

/** A file that has come whole, or that lies ready at a place which is looked at. */
export interface Arrival {
  /** Its name for reports: no folders, no control characters. */
  readonly name: string;
  /**
   * Tells this file from others of its name: a version or ETag, size and time, a hash. A file of the same name and version is
   * taken once.
   */
  readonly version: string;
  /** Its size, where it is known before it is read. */
  readonly bytes: number | undefined;
  /** Who brought it, for the audit log, as `admin:<key>`; unset: its feed. */
  readonly by?: string;
  /** Opens it; reading may throw {@link ArrivalBroken}. */
  open(signal: AbortSignal): Promise<Result<AsyncIterable<Uint8Array>>>;
  /** Called once its run is queued, or when it is refused for good: moves or deletes it, as the feed's settings say. */
  settle?(outcome: 'taken' | 'refused'): Promise<void>;
}

/** Thrown while a file is read that is cut off or has changed since: nothing of it is kept, and it is looked at again. */
export class ArrivalBroken extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.text);
    this.name = 'ArrivalBroken';
    this.problem = problem;
  }
}

/** Where a file belongs. */
export interface FeedPlace {
  readonly tenant: string;
  readonly feed: string;
}

/** What became of a file. */
export type Taken =
  /** A run works on it. */
  | { readonly state: 'taken'; readonly run: string }
  /** It was taken before. */
  | { readonly state: 'known'; readonly run: string | null }
  /** A held run, or a fault that passes, is in its way: it is tried again. */
  | { readonly state: 'waiting'; readonly problem: Problem }
  /** It is no file of this feed: it is not tried again. */
  | { readonly state: 'refused'; readonly problem: Problem };

/** Takes files in, each once: the ledger of all transports, in front of `sync.submit`. */
export interface Intake {
  take(place: FeedPlace, via: TransportKind, arrival: Arrival, signal: AbortSignal): Promise<Taken>;
}

/** Looks at a place that files are fetched from; one for each fetched kind of transport. */
export interface Looker {
  readonly kind: TransportKind;
  /** The files that lie there whole, oldest first, those that were taken before included where they still lie there. */
  look(place: FeedPlace, feed: Feed, signal: AbortSignal): Promise<Result<readonly Arrival[]>>;
}
