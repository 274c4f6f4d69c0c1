import type { Doc, Originals, RunStore } from '../../store/index.ts';
import type { Run } from '../run.ts';

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
  /** Drops the lists of a run. */
  dropLists(tenant: string, run: string): Promise<void>;
}

/** How long what belongs to a run is kept after its end. */
export interface Retention {
  /** The report of a run that is over. */
  ended(run: Run): Run;
  /** What its row keeps for {@link Retention.tidy}. */
  times(run: Run): Doc;
  /** Deletes files and lists whose time is over, and files that tell of persons who are purged (decisions 2.5). */
  tidy(now: Date): Promise<void>;
}

/** Makes {@link Retention}. */
export function makeRetention(deps: RetentionDeps): Retention {
  const { runs, originals, originalsDays, reportDays } = deps;
  const after = (run: Run, days: number) => new Date(Date.parse(run.endedAt ?? run.queuedAt) + days * DAY);

  return {
    ended: (run) => ({ ...run, keptUntil: after(run, reportDays).toISOString() }),
    times: (run) => ({
      keptUntil: after(run, reportDays),
      ...(run.file.bytes === 0 ? {} : { originalUntil: after(run, run.dryRun ? 0 : originalsDays) }),
    }),
    async tidy(now) {
      for (const row of await runs.withDueOriginals(now, most)) {
        await originals.remove(row.tenant, row._id);
        await runs.forget(row.tenant, row._id, 'originalUntil');
      }
      for (const row of await runs.outlived(now, most)) {
        await deps.dropLists(row.tenant, row._id);
        await runs.forget(row.tenant, row._id, 'keptUntil');
      }
    },
  };
}
