import { createHash } from 'node:crypto';
import type { RunStore } from '../../store/index.ts';
import type { StoredFeed } from '../feeds/settings.ts';
import { runOf } from '../requests/look.ts';
import { type CountedType, countedTypes, type Run } from '../run.ts';
import type { PullTarget, RunPull } from './types.ts';

/** The run whose pull another one may go on from; none, and why, for people, where that is not as usual. */
export interface Base {
  readonly run: string | undefined;
  readonly pull: RunPull | undefined;
  readonly note: string | null;
}

/** States in which a run has changed something, or still may. */
const states = ['done', 'undone', 'queued', 'running', 'held', 'failed'];
/** Runs that are looked at together, and in all. */
const page = 50;
const most = 1000;

/** What the server and the client are, as far as what is shown depends on it. */
export function sourceOf(target: PullTarget, namespace: string): string {
  const { url, version, auth, clientId, scope, demographics } = target;
  const parts = [url, version, auth, clientId, scope, demographics, namespace];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

const none = (note: string | null): Base => ({ run: undefined, pull: undefined, note });

/**
 * Finds the newest pull that has been applied whole and is not undone, as long as nothing else has changed what the feed has
 * since. Runs that are held, rejected, expired or failed do not count, nor do those of which something was withheld, or deltas
 * of which records were rejected: a later pull asks for their changes again.
 */
export async function findBase(runs: RunStore, tenant: string, feed: StoredFeed, source: string): Promise<Base> {
  // A feed that was deleted and made again has nothing of what its runs of before have brought.
  if (feed.runs === 0) return none(null);
  let [last, undoneFrom] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let found: Base | undefined;
  for (let seen = 0; seen < most; seen += page) {
    const before = seen === 0 ? {} : { order: { $lt: last } };
    const filter = { feed: feed.name, state: { $in: states }, 'report.dryRun': false, ...before };
    const { rows } = await runs.list(tenant, filter, page);
    for (const row of rows) {
      last = row.order;
      // What was undone while it was read would be missing in it.
      if (found !== undefined && row.queuedAt.getTime() < Date.parse(found.pull?.startedAt ?? '')) return found;
      const run = runOf(row);
      const { pull } = run;
      if (run.kind === 'undo') {
        const undone = run.state === 'undone' || run.of === null ? undefined : await runs.get(tenant, run.of);
        undoneFrom = Math.min(undoneFrom, undone?.order ?? undoneFrom);
        found = undefined;
      } else if (pull === undefined) {
        const isOther = run.kind !== 'rollover' && run.state !== 'undone';
        if (isOther) return none(`The run ${run.id} has changed the feed otherwise since the last pull.`);
      } else {
        if (found === undefined && isWhole(run) && row.order < undoneFrom) {
          if (pull.source !== source) return none('The settings of the pull have changed.');
          found = pull.collections === null ? none(null) : { run: row._id, pull, note: null };
        }
        if (pull.kind === 'full' && (run.state === 'done' || run.state === 'undone')) return found ?? none(noteOn(run));
      }
    }
    if (rows.length < page) break;
  }
  return found ?? none(null);
}

/** Whether all that was pulled is in the store, as far as it can be: what only a delta was refused may be taken the next time. */
function isWhole({ state, counts, pull }: Run): boolean {
  const left = (type: CountedType) => counts[type].withheld + (pull?.kind === 'delta' ? counts[type].rejected : 0);
  return state === 'done' && countedTypes.every((type) => left(type) === 0);
}

function noteOn({ id, state }: Run): string {
  return state === 'undone'
    ? `The full pull of the run ${id} was undone.`
    : `The full pull of the run ${id} was not applied as a whole, or was undone in part.`;
}
