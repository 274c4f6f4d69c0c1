import type { Context } from '../../src/roster/index.ts';
import { countedTypes, type Feed, type Run } from '../../src/sync/index.ts';
import type { Feeds } from '../sync/feeds.ts';

/** Opens a tenant of its own whose feed `default` no filter holds. */
export async function calmTenant(
  { addTenant, sync }: Feeds,
  tenant: string,
  protocol: Feed['protocol'],
): Promise<Context> {
  await addTenant(tenant);
  const context: Context = { tenant, writer: 'admin:test', namespace: 'default', source: 'admin' };
  const open = { percent: null, number: null };
  const limits = Object.fromEntries(countedTypes.map((type) => [type, { insert: open, update: open, delete: open }]));
  const feed = await sync.putFeed(context, 'default', {
    protocol,
    mode: 'full',
    limits,
    smallerFilePercent: null,
    keyChanges: 'report',
  });
  if (!feed.ok) throw new Error(feed.problem.text);
  return context;
}

/** Queues a file for the feed `default`. */
export async function submit({ sync }: Feeds, context: Context, bytes: Uint8Array, fileName: string): Promise<Run> {
  const source = (async function* () {
    yield bytes;
  })();
  const run = await sync.submit(context, { feed: 'default', dryRun: false, fileName }, source);
  if (!run.ok) throw new Error(run.problem.text);
  return run.value;
}

/** Waits for a run's end; fails where it is another than `done`. */
export async function done({ sync }: Feeds, context: Context, { id }: Run): Promise<Run> {
  const run = await sync.wait(context, id);
  if (run?.state !== 'done')
    throw new Error(`the run is ${run?.state}: ${run?.reason} ${JSON.stringify(run?.problems)}`);
  return run;
}

/** Undoes a run to the end. */
export async function queueUndo({ sync }: Feeds, context: Context, { id }: Run): Promise<Run> {
  const run = await sync.undo(context, id, { dryRun: false });
  if (!run.ok) throw new Error(run.problem.text);
  return run.value;
}

/** Queues a list of old and new ids for the feed `default`. */
export async function queueCrosswalk({ sync }: Feeds, context: Context, lines: readonly string[]): Promise<Run> {
  const source = (async function* () {
    yield Buffer.from(lines.join('\n'));
  })();
  const run = await sync.crosswalk(context, { feed: 'default', dryRun: false, fileName: 'ids.csv' }, source);
  if (!run.ok) throw new Error(run.problem.text);
  return run.value;
}

/** Queues the end of all that is below a group. */
export async function queueRollover({ sync }: Feeds, context: Context, under: string): Promise<Run> {
  const run = await sync.rollover(context, { under, feed: 'default', dryRun: false });
  if (!run.ok) throw new Error(run.problem.text);
  return run.value;
}
