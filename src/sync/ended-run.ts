import { failed, ok, type Result } from '../base/result.ts';
import type { Context } from '../roster/index.ts';
import type { Run } from './run.ts';
import type { Sync } from './types.ts';

/**
 * A run whose removals may be restored: `unknown-object` where there is none of that id, `conflict` while it waits or
 * works, for it would remove more.
 */
export async function endedRun(sync: Pick<Sync, 'run'>, context: Context, id: string): Promise<Result<Run>> {
  const run = await sync.run(context, id);
  if (run === undefined) return failed('unknown-object', `There is no run ${id}.`, { id });
  if (run.state !== 'queued' && run.state !== 'running') return ok(run);
  const text = `The run ${run.id} is ${run.state}; restore what it removes when it has ended.`;
  return failed('conflict', text, { id: run.id });
}
