import type { Problem } from '../../base/problem.ts';
import type { Result } from '../../base/result.ts';
import type { RosterType, StoredRecord } from '../../model/index.ts';
import type { Context, ReferenceName } from '../../roster/index.ts';

/** Where a tenant's changes are delivered. */
export interface Target {
  /** How it is spoken to; `ims-es` is the only one yet. */
  readonly protocol: 'ims-es';
  /** Address of the server's combined endpoint. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Records in one call, 1 to 1,000; servers recommend 50 to 100. */
  readonly batchSize: number;
}

/** One call to a downstream server: records of one type, in order. */
export type Delivery =
  | {
      readonly op: 'write';
      readonly type: RosterType;
      readonly records: readonly StoredRecord<RosterType>[];
      /** The records that these refer to, by guid, named as the server knows them. */
      readonly names: ReadonlyMap<string, ReferenceName<RosterType>>;
    }
  | { readonly op: 'remove'; readonly type: RosterType; readonly ids: readonly string[] }
  | {
      readonly op: 'rename';
      readonly type: RosterType;
      readonly pairs: readonly { readonly from: string; readonly to: string }[];
    };

/** What became of one record of a {@link Delivery}. */
export type Delivered =
  | { readonly kind: 'done'; readonly remark?: string }
  /** The server is busy with this one: send it again later. */
  | { readonly kind: 'retry'; readonly reason: string }
  /** The server will not take it as it is. */
  | { readonly kind: 'refused'; readonly problem: Problem };

/** The server could not be reached, did not answer sensibly, or would not let us in: nothing is known of the call. */
export class Unreachable extends Error {
  /** The server answers other calls: it is this one that it cannot deal with. */
  readonly answered: boolean;

  constructor(text: string, { answered = false }: { readonly answered?: boolean } = {}) {
    super(text);
    this.answered = answered;
  }
}

/** Speaks a protocol to a downstream server. One per protocol, like the readers of feeds. */
export interface Deliverer {
  readonly protocol: Target['protocol'];
  /**
   * Makes one call; answers one outcome per record in order. Throws {@link Unreachable} when there is no answer to go
   * by, or `signal` is aborted meanwhile; the whole call is then made again later.
   */
  deliver(context: Context, target: Target, delivery: Delivery, signal?: AbortSignal): Promise<readonly Delivered[]>;
}

/** Settings of a downstream as admins see them; the password is never shown. */
export interface DownstreamSettings {
  readonly protocol: Target['protocol'];
  readonly url: string;
  readonly user: string;
  readonly batchSize: number;
  readonly paused: boolean;
}

/** What a downstream does and has done. */
export interface DownstreamReport {
  readonly settings: DownstreamSettings;
  readonly state: 'up-to-date' | 'delivering' | 'waiting' | 'paused';
  /** Records of the first, full delivery that are still to go; null when it is over. */
  readonly initial: { readonly done: number; readonly total: number } | null;
  /** Transactions made here that are not delivered yet. */
  readonly behind: number;
  /** Time of the newest transaction that is settled, with all before it; null before the first. Never goes back. */
  readonly deliveredUntil: string | null;
  readonly delivered: Readonly<Record<'written' | 'removed' | 'renamed', number>>;
  readonly deadLetters: number;
  /** Why it waits, since when, how often it was tried, and when it tries again. */
  readonly failing: {
    readonly since: string;
    readonly attempts: number;
    readonly reason: string;
    readonly nextAt: string;
  } | null;
}

/** A record that the downstream server refused for good. A later change of the record, once taken, removes it. */
export interface DeadLetter {
  readonly id: string;
  readonly type: RosterType;
  readonly guid: string;
  /** The id by which the downstream server knows it. */
  readonly sourcedId: string;
  readonly op: Delivery['op'];
  readonly problem: Problem;
  readonly attempts: number;
  readonly at: string;
}

/** Delivers changes of tenants to other servers. */
export interface Downstreams {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Undefined where the tenant has none. */
  report(context: Context): Promise<DownstreamReport | undefined>;
  /**
   * Sets it up or changes what is named. One that is new, or whose address is another, begins with everything there is
   * and remembers nothing of before; an address at another server needs the password anew.
   */
  put(context: Context, settings: unknown): Promise<Result<DownstreamReport>>;
  /** Ends the delivery and forgets where it was. */
  remove(context: Context): Promise<Result<{ readonly removed: boolean }>>;
  /** Delivers everything anew. */
  resend(context: Context): Promise<Result<DownstreamReport>>;
  deadLetters(
    context: Context,
    query: { readonly limit: number; readonly cursor?: string },
  ): Promise<{ readonly items: DeadLetter[]; readonly total: number; readonly next: string | null }>;
  /** Sends a dead letter's record again, or all of them; answers how many were put in line. */
  retry(context: Context, id: string | undefined): Promise<Result<{ readonly retried: number }>>;
  /** Forgets a dead letter. */
  drop(context: Context, id: string): Promise<Result<{ readonly id: string }>>;
}
