import type { LastWord } from '../plan/last-word.ts';
import { listChanges } from '../plan/preview.ts';
import type { Spool } from '../spool.ts';
import type { Attempt } from './attempt.ts';

/** Lists every change of a plan, before and after, for people to look at, and works out the totals after it. */
export async function list(
  attempt: Attempt,
  spool: Spool,
  lastWord: LastWord | undefined,
  planned: number,
): Promise<void> {
  const { deps, context, findings, feed, counts, progress, guard } = attempt;
  progress.enter('listing', planned);
  await listChanges({
    roster: deps.roster,
    context,
    spool,
    findings,
    feed: feed.name,
    counts,
    lastWord,
    async progress(done) {
      guard();
      await attempt.pace.rest();
      await progress.at(done);
    },
  });
}

/** Leaves the run to a person; it expires if nobody decides. */
export async function hold({ deps, row, run, feed }: Attempt): Promise<void> {
  const expiresAt = new Date(deps.clock.now().getTime() + feed.holdDays * 86_400_000);
  const { progress: _progress, ...shown } = run;
  await deps.runs.change(
    row.tenant,
    row._id,
    ['running'],
    {
      state: 'held',
      expiresAt,
      report: { ...shown, state: 'held', expiresAt: expiresAt.toISOString() },
      lease: { fence: row.lease?.fence ?? 0, until: new Date(0), owner: '' },
    },
    row.lease?.fence ?? 0,
  );
}
