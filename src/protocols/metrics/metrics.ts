import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Clock } from '../../base/clock.ts';
import type { CountedType, Counts } from '../../sync/index.ts';

/** How much waits, over all tenants. */
export interface Waiting {
  readonly runs: readonly { readonly state: string; readonly count: number; readonly oldest: Date }[];
  readonly jobs: readonly {
    readonly kind: string;
    readonly state: string;
    readonly count: number;
    readonly oldest: Date;
  }[];
}

/** What is counted of a run that has ended, or is held. */
export interface MeasuredRun {
  readonly kind: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly counts: Readonly<Record<CountedType, Counts>>;
  readonly problems: readonly { readonly kind: string; readonly count: number }[];
}

/** What metrics need. */
export interface MetricsDeps {
  readonly clock: Clock;
  waiting(): Promise<Waiting>;
}

/** Numbers of this gateway for Prometheus; none names a tenant, a feed, a person or an address. */
export interface Metrics {
  /** An answer was given; `route` is the pattern that answered. */
  answered(method: string, route: string, status: number, seconds: number): void;
  /** Something was told of; of a run its counts. */
  told(kind: string, run: MeasuredRun | null): void;
  /** All of them in the text format of Prometheus, as they are now. */
  text(): Promise<string>;
  readonly contentType: string;
}

const changes = ['created', 'updated', 'restored', 'trashed', 'disabled', 'archived', 'rejected'] as const;

/** Makes {@link Metrics}, with a registry of its own. */
export function makeMetrics({ clock, waiting }: MetricsDeps): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'rostergate_' });
  const requests = new Histogram({
    name: 'rostergate_http_request_seconds',
    help: 'Time to answer requests, by pattern of the address',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers,
  });
  const notices = new Counter({
    name: 'rostergate_notices_total',
    help: 'What this instance has told of: ends of runs and alarms',
    labelNames: ['kind'],
    registers,
  });
  const durations = new Histogram({
    name: 'rostergate_run_seconds',
    help: 'Time from the start of a run to its end',
    labelNames: ['kind'],
    buckets: [1, 10, 60, 300, 1800, 7200],
    registers,
  });
  const changed = new Counter({
    name: 'rostergate_changes_total',
    help: 'Records that runs have changed or rejected',
    labelNames: ['type', 'change'],
    registers,
  });
  const problems = new Counter({
    name: 'rostergate_problems_total',
    help: 'Problems and remarks in runs',
    labelNames: ['kind'],
    registers,
  });
  const runs = gauge('rostergate_runs', 'Runs that wait, are worked on, or are held', ['state']);
  const oldestRun = gauge('rostergate_runs_oldest_seconds', 'Age of the oldest of them', ['state']);
  const jobs = gauge('rostergate_jobs', 'Jobs that wait for their time, are worked on, or were given up', [
    'kind',
    'state',
  ]);
  const late = gauge('rostergate_jobs_late_seconds', 'How long the most overdue waiting job is overdue', ['kind']);

  function gauge<L extends string>(name: string, help: string, labelNames: L[]): Gauge<L> {
    return new Gauge({ name, help, labelNames, registers });
  }

  return {
    contentType: registry.contentType,

    answered(method, route, status, seconds) {
      requests.observe({ method, route, status: String(status) }, seconds);
    },

    told(kind, run) {
      notices.inc({ kind });
      if (run === null) return;
      if (run.startedAt !== null && run.endedAt !== null) {
        const seconds = (Date.parse(run.endedAt) - Date.parse(run.startedAt)) / 1000;
        durations.observe({ kind: run.kind }, Math.max(seconds, 0));
      }
      for (const [type, counts] of Object.entries(run.counts)) {
        // A held run shows what it would change.
        if (kind !== 'run.done') break;
        for (const change of changes) if (counts[change] > 0) changed.inc({ type, change }, counts[change]);
      }
      for (const one of run.problems) problems.inc({ kind: one.kind }, one.count);
    },

    async text() {
      const now = clock.now().getTime();
      const facts = await waiting();
      const since = (at: Date) => Math.max(now - at.getTime(), 0) / 1000;
      for (const one of [runs, oldestRun, jobs, late]) one.reset();
      for (const state of ['queued', 'running', 'held']) runs.set({ state }, 0);
      for (const { state, count, oldest } of facts.runs) {
        runs.set({ state }, count);
        oldestRun.set({ state }, since(oldest));
      }
      for (const { kind, state, count, oldest } of facts.jobs) {
        jobs.set({ kind, state }, count);
        if (state === 'waiting') late.set({ kind }, since(oldest));
      }
      return registry.metrics();
    },
  };
}
