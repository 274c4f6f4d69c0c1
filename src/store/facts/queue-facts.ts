import type { Doc, Store } from '../store.ts';

/** How much waits, over all tenants. */
export interface QueueFacts {
  /** Runs by state: queued, running, held. */
  readonly runs: readonly { readonly state: string; readonly count: number; readonly oldest: Date }[];
  /** Jobs by kind and state; `oldest`: the earliest time at which one was to be worked on. */
  readonly jobs: readonly {
    readonly kind: string;
    readonly state: string;
    readonly count: number;
    readonly oldest: Date;
  }[];
}

const open = ['queued', 'running', 'held'];

/** Counts what waits and runs: one look at each queue, by its index. */
export async function queueFacts(store: Store): Promise<QueueFacts> {
  const runsBy: Doc = { _id: { state: '$state' }, count: { $sum: 1 }, oldest: { $min: '$queuedAt' } };
  const jobsBy: Doc = { _id: { kind: '$kind', state: '$state' }, count: { $sum: 1 }, oldest: { $min: '$dueAt' } };
  const [runs, jobs] = await Promise.all([
    store
      .rows('run')
      .aggregate([{ $match: { state: { $in: open } } }, { $group: runsBy }], { maxTimeMS: 5_000 })
      .toArray(),
    store
      .rows('job')
      .aggregate([{ $group: jobsBy }], { maxTimeMS: 5_000 })
      .toArray(),
  ]);
  const fact = <T>({ _id, count, oldest }: Doc) => ({ ...(_id as T), count: Number(count), oldest: oldest as Date });
  return {
    runs: runs.map((row) => fact<{ state: string }>(row)),
    jobs: jobs.map((row) => fact<{ kind: string; state: string }>(row)),
  };
}
