import type { Listing, Paging } from '../base/listing.ts';
import type { Failed, Result } from '../base/result.ts';
import type { Context } from '../roster/index.ts';

/** Fields of a job that are its kind's own: ids, never a secret or personal data. */
export type Payload = Readonly<Record<string, unknown>>;

/** A job to be done once. */
export interface NewJob {
  readonly tenant: string;
  readonly kind: string;
  /** Names the job among those of its tenant and kind, so that one that is there already is not added again. */
  readonly key: string;
  readonly payload?: Payload;
  /** Not to be worked on before; default: at once. */
  readonly dueAt?: Date;
}

/** A job that is leased to this process. */
export interface Job {
  readonly id: string;
  /** Grows with each lease; what the job writes elsewhere carries it, so that a worker who wakes up late is refused. */
  readonly fence: number;
  readonly tenant: string;
  readonly kind: string;
  readonly key: string;
  readonly payload: Payload;
  /** From 1; begins anew once an attempt has gone well. */
  readonly attempt: number;
  /** When it was to be worked on. */
  readonly dueAt: Date;
}

/** How an attempt ended: for good, to be worked on again at a time, or failed. */
export type JobEnd = { readonly done: true } | { readonly again: Date; readonly payload?: Payload } | Failed;

/** When a failed job is tried again: after `firstMs`, then each time twice as long, at most `mostMs`, with jitter. */
export interface Retry {
  /** Attempts after which it is given up; `Infinity`: never. */
  readonly attempts: number;
  readonly firstMs: number;
  readonly mostMs: number;
}

/** A kind of job and how it is worked on. */
export interface JobKind {
  readonly kind: string;
  /** Jobs of this kind at once in this process; 2 unless told. */
  readonly parallel?: number;
  /** Unless told: 8 attempts, from 10 seconds to an hour apart. */
  readonly retry?: Retry;
  /**
   * Works on a job; it may be worked on more than once, so its effects are written with its fence or its key. `signal` is aborted
   * when the gateway stops or the lease is lost, never before the call. A throw counts as a failure.
   */
  work(job: Job, signal: AbortSignal): Promise<JobEnd>;
}

/** What a job can be. */
export const jobStates = ['waiting', 'running', 'dead'] as const;

/** A job as it is shown. */
export interface JobItem {
  readonly id: string;
  readonly kind: string;
  readonly key: string;
  readonly state: (typeof jobStates)[number];
  readonly addedAt: string;
  readonly dueAt: string;
  /** Attempts since it last went well. */
  readonly attempts: number;
  /** Why the last attempt failed, and when; null where it has gone well so far. */
  readonly problem: { readonly code: string; readonly text: string } | null;
  readonly failedAt: string | null;
}

/** A job with the fields of its kind. */
export type JobFound = JobItem & { readonly payload: Payload };

/** Which jobs a list shows. */
export interface JobQuery extends Paging {
  readonly state?: string;
  readonly kind?: string;
}

/** Durable jobs: each is worked on by one process at a time until it is done or given up. */
export interface Jobs {
  /** Sets how a kind is worked on; kinds without it wait. */
  handle(kind: JobKind): void;
  /** Adds a job; false where one of its tenant, kind and key is there already, a dead one included. */
  add(job: NewJob): Promise<boolean>;
  /** Gives a job another time: a waiting one at once, a running one after its end, a dead one lives again. False: there is none. */
  retime(tenant: string, kind: string, key: string, dueAt: Date): Promise<boolean>;
  /** Forgets a job; work on it that is under way is told to stop and can change the job no more. */
  remove(tenant: string, kind: string, key: string): Promise<void>;
  /** A job as it is; undefined: there is none. */
  find(tenant: string, kind: string, key: string): Promise<JobFound | undefined>;
  /** All of a tenant's jobs of a kind. */
  ofKind(tenant: string, kind: string): Promise<JobFound[]>;
  /** A tenant's jobs by id. Problem: invalid-request (no such state). */
  list(context: Context, query: JobQuery): Promise<Result<Listing<JobItem>>>;
  /** The jobs that were given up. */
  dead(context: Context, paging: Paging): Promise<Listing<JobItem>>;
  /** Lets a dead or waiting job be worked on at once, as if for the first time. Problems: unknown-object, conflict (it is running). */
  retry(context: Context, id: string): Promise<Result<JobItem>>;
  /** Forgets a dead job. Problems: unknown-object, conflict (it is not dead). */
  drop(context: Context, id: string): Promise<Result<{ id: string }>>;
  /** How many jobs there are of each kind and state, over all tenants: for metrics. */
  counts(): Promise<{ kind: string; state: JobItem['state']; count: number }[]>;
  /** Starts to work on what is due. */
  start(): Promise<void>;
  /** Looks at the queue at once. */
  wake(): void;
  /** Tells what runs to stop, and resolves when it has; it is worked on again by whoever looks next. */
  stop(): Promise<void>;
}
