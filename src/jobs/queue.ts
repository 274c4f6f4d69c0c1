import type { Clock } from '../base/clock.ts';
import { randomId } from '../base/ids.ts';
import type { Listing } from '../base/listing.ts';
import type { Log } from '../base/log.ts';
import { type Failed, failed, ok } from '../base/result.ts';
import { stackOf } from '../base/stack.ts';
import { type JobRow, makeJobStore, type Store } from '../store/index.ts';
import {
  type JobEnd,
  type JobFound,
  type JobItem,
  type JobKind,
  type JobQuery,
  type Jobs,
  jobStates,
  type Retry,
} from './types.ts';
import { makeWorker, type WorkerSettings } from './worker.ts';

/** What the queue needs. */
export interface JobsDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether no other process works on this database: what was leased when this one starts is free at once. */
  readonly exclusive: boolean;
  /** From 0 to below 1; spreads the times at which failed jobs are tried again. `Math.random` unless told. */
  random?(): number;
  readonly worker?: Pick<WorkerSettings, 'leaseMs' | 'pollMs'>;
}

const usualRetry: Retry = { attempts: 8, firstMs: 10_000, mostMs: 3_600_000 };

type Leased = JobRow & { readonly id: string; readonly fence: number };

/** Makes the queue of durable jobs on a database that several processes may share. */
export function makeJobs({ store, clock, log, exclusive, random = Math.random, worker: settings }: JobsDeps): Jobs {
  const rows = makeJobStore(store);
  const kinds = new Map<string, JobKind>();
  const running = new Map<string, number>();

  const worker = makeWorker<Leased>(
    {
      async claim(owner, leaseMs) {
        const free = [...kinds.values()].filter(({ kind, parallel = 2 }) => (running.get(kind) ?? 0) < parallel);
        if (free.length === 0) return undefined;
        const names = free.map(({ kind }) => kind);
        const row = await rows.claim(owner, names, clock.now(), leaseMs);
        if (row === undefined) return undefined;
        running.set(row.kind, (running.get(row.kind) ?? 0) + 1);
        return { ...row, id: row._id, fence: row.lease?.fence ?? 0 };
      },
      beat: (item, leaseMs) => rows.beat(item, leaseMs),
      async work(item, _guard, signal) {
        try {
          await workOn(item, signal);
        } finally {
          running.set(item.kind, (running.get(item.kind) ?? 1) - 1);
        }
      },
      interrupted: () => new Error('a job was told to stop'),
    },
    log,
    { ...settings, parallel: Number.POSITIVE_INFINITY },
  );

  async function workOn(item: Leased, signal: AbortSignal): Promise<void> {
    const kind = kinds.get(item.kind);
    if (kind === undefined) return;
    const { retry = usualRetry } = kind;
    if (item.attempt > retry.attempts) {
      const text = 'The process that worked on this job was lost each time.';
      await rows.fail(item, { code: 'internal', text }, clock.now(), undefined);
      return;
    }
    const end = await attempt(kind, item, signal);
    if (end === undefined) await rows.release(item);
    else if ('done' in end) await rows.end(item);
    else if ('again' in end) await rows.again(item, end.again, end.payload ?? item.payload);
    else {
      const { code, text, retryAfter = 0 } = end.problem;
      const now = clock.now();
      const delay = Math.max(delayAfter(retry, item.attempt, random()), retryAfter * 1_000);
      const isOver = item.attempt >= retry.attempts;
      await rows.fail(item, { code, text }, now, isOver ? undefined : new Date(now.getTime() + delay));
      log.warn({ job: item.id, kind: item.kind, attempt: item.attempt, code, dead: isOver }, 'a job failed');
    }
  }

  /** Works on a job; undefined where it was told to stop before it came to an end. */
  async function attempt(kind: JobKind, item: Leased, signal: AbortSignal): Promise<JobEnd | undefined> {
    const { id, fence, tenant, key, payload, attempt: number, dueAt } = item;
    if (signal.aborted) return undefined;
    try {
      const job = { id, fence, tenant, kind: item.kind, key, payload, attempt: number, dueAt };
      const end = await kind.work(job, signal);
      return 'problem' in end && signal.aborted ? undefined : end;
    } catch (error) {
      if (signal.aborted) return undefined;
      const name = error instanceof Error ? error.name : 'unknown';
      log.error({ job: id, kind: item.kind, error: name, detail: stackOf(error) }, 'a job failed by a defect');
      return failed('internal', 'The job failed by a defect or a lost connection; the log has the details.');
    }
  }

  async function list(tenant: string, { limit, cursor, state, kind }: JobQuery): Promise<Listing<JobItem>> {
    const filter = { ...(state === undefined ? {} : { state }), ...(kind === undefined ? {} : { kind }) };
    const found = await rows.list(tenant, filter, limit + 1, cursor);
    const items = found.rows.slice(0, limit).map(itemOf);
    return { items, total: found.total, next: found.rows.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  return {
    handle(kind) {
      kinds.set(kind.kind, kind);
      worker.wake();
    },

    async add({ tenant, kind, key, payload = {}, dueAt }) {
      const addedAt = clock.now();
      const added = await rows.insert({
        _id: randomId(),
        tenant,
        kind,
        key,
        state: 'waiting',
        addedAt,
        dueAt: dueAt ?? addedAt,
        attempt: 0,
        payload,
      });
      if (added) worker.wake();
      return added;
    },

    async retime(tenant, kind, key, dueAt) {
      const done = await rows.retime({ tenant, kind, key }, dueAt);
      if (done) worker.wake();
      return done;
    },

    remove: (tenant, kind, key) => rows.remove({ tenant, kind, key }),

    async find(tenant, kind, key) {
      const row = await rows.find({ tenant, kind, key });
      return row === undefined ? undefined : foundOf(row);
    },

    ofKind: async (tenant, kind) => (await rows.ofKind(tenant, kind)).map(foundOf),

    async list({ tenant }, query) {
      if (query.state === undefined || jobStates.some((state) => state === query.state))
        return ok(await list(tenant, query));
      return failed('invalid-request', `The state must be one of ${jobStates.join(', ')}.`, { field: 'state' });
    },

    dead: ({ tenant }, paging) => list(tenant, { ...paging, state: 'dead' }),

    async retry({ tenant }, id) {
      const row = await rows.get(tenant, id);
      if (row === undefined) return noJob(id);
      if (row.state === 'running') return failed('conflict', `The job ${id} is being worked on.`, { id });
      await rows.retime(row, clock.now());
      worker.wake();
      const after = await rows.get(tenant, id);
      return after === undefined ? noJob(id) : ok(itemOf(after));
    },

    async drop({ tenant }, id) {
      if (await rows.drop(tenant, id)) return ok({ id });
      const row = await rows.get(tenant, id);
      if (row === undefined) return noJob(id);
      return failed('conflict', `The job ${id} is ${row.state}; only a dead job can be deleted.`, { id });
    },

    counts: () => rows.counts(),

    async start() {
      if (exclusive) await rows.freeLeases();
      worker.start();
    },
    wake: () => worker.wake(),
    stop: () => worker.stop(),
  };
}

/** Milliseconds before the next attempt: doubled each time up to the most, of which up to a half is taken off by chance. */
export function delayAfter({ firstMs, mostMs }: Retry, attempt: number, random: number): number {
  return Math.min(mostMs, firstMs * 2 ** (attempt - 1)) * (1 - random / 2);
}

function itemOf({ _id, kind, key, state, addedAt, dueAt, attempt, problem, failedAt }: JobRow): JobItem {
  return {
    id: _id,
    kind,
    key,
    state,
    addedAt: addedAt.toISOString(),
    dueAt: dueAt.toISOString(),
    attempts: attempt,
    problem: problem ?? null,
    failedAt: failedAt?.toISOString() ?? null,
  };
}

function foundOf(row: JobRow): JobFound {
  return { ...itemOf(row), payload: row.payload };
}

function noJob(id: string): Failed {
  const name = id.slice(0, 64);
  return failed('unknown-object', `There is no job ${name}.`, { id: name });
}
