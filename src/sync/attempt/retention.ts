import type { Doc, FindingPacks, Originals, RunRow, RunStore } from '../../store/index.ts';
import { takePurgedOut, withoutPurged } from '../report/purged.ts';
import type { Run, RunProblem } from '../run.ts';

const DAY = 86_400_000;
/** Runs that one look cleans up after. */
const most = 100;

/** What retention needs. */
export interface RetentionDeps {
  readonly runs: RunStore;
  readonly originals: Originals;
  /** Days that files are kept after the end of their run. */
  readonly originalsDays: number;
  /** Days that lists of changes and problems are kept after the end of their run. */
  readonly reportDays: number;
  readonly packs: FindingPacks;
}

/** How long what belongs to a run is kept after its end. */
export interface Retention {
  /** The report of a run that is over. */
  ended(run: Run): Run;
  /** What its row keeps for {@link Retention.tidy}. */
  times(run: Run): Doc;
  /** Deletes files and lists whose time is over, and of files and lists what tells of purged records (decisions 2.5). */
  tidy(now: Date): Promise<void>;
}

/** Makes {@link Retention}. */
export function makeRetention(deps: RetentionDeps): Retention {
  const { runs, originals, packs, originalsDays, reportDays } = deps;
  const after = (run: Run, days: number) => new Date(Date.parse(run.endedAt ?? run.queuedAt) + days * DAY);

  /** Takes what was purged out of a run's lists and summary; begun again where it was cut off, it does the same. */
  async function clean({ tenant, _id, queuedAt, cleanedUntil, report }: RunRow, now: Date): Promise<void> {
    const purged = await runs.purgedFrom(tenant, cleanedUntil ?? queuedAt);
    const taken = await takePurgedOut(packs, tenant, _id, purged);
    const problems = (report['problems'] ?? []) as RunProblem[];
    const kept = withoutPurged(problems, purged);
    const changed = taken > 0 || kept.some((problem, at) => problem !== problems[at]);
    await runs.amend(tenant, _id, {
      cleanedUntil: purged.until,
      ...(changed ? { 'report.problems': kept, 'report.purgedAt': now.toISOString() } : {}),
    });
  }

  return {
    ended: (run) => ({ ...run, keptUntil: after(run, reportDays).toISOString() }),
    times: (run) => ({
      keptUntil: after(run, reportDays),
      ...(run.file.bytes === 0 ? {} : { originalUntil: after(run, run.dryRun ? 0 : originalsDays) }),
    }),
    async tidy(now) {
      // Signs of life of what arrives are of the machines' time.
      await originals.sweep(new Date());
      for (const row of await runs.withDueOriginals(now, most)) {
        await originals.remove(row.tenant, row._id);
        // Its time is not over: a purge is why.
        if (row.originalUntil !== undefined && row.originalUntil > now) {
          await runs.amend(row.tenant, row._id, { 'report.purgedAt': now.toISOString() });
        }
        await runs.forget(row.tenant, row._id, 'originalUntil');
      }
      for (const row of await runs.outlived(now, most)) {
        await packs.drop(row.tenant, row._id);
        await runs.forget(row.tenant, row._id, 'keptUntil');
      }
      for (const row of await runs.beforePurges(most)) await clean(row, now);
    },
  };
}
