import type { Audit, Context } from '../../roster/index.ts';
import type { RunRow } from '../../store/index.ts';
import { changeActions, countedTypes, type Run } from '../run.ts';
import { runOf } from './look.ts';

/** Puts on record when a run is worked on and how it ended, by whoever has asked for it. */
export interface RunsOnRecord {
  begun(row: RunRow): Promise<void>;
  /** `row` is the run as it is when nobody works on it any more. */
  ended(row: RunRow): Promise<void>;
}

/** Makes {@link RunsOnRecord}. */
export function makeRunsOnRecord(audit: Pick<Audit, 'note'>): RunsOnRecord {
  const about = ({ _id, tenant, writer, source, feed }: RunRow) => {
    const context: Context = { tenant, writer, namespace: 'default', source: source as Context['source'], run: _id };
    return { context, subject: { type: 'feed', id: feed } };
  };
  return {
    async begun(row) {
      const { context, subject } = about(row);
      await audit.note(context, { action: 'runs.start', subject, outcome: 'done' });
    },
    async ended(row) {
      const { state } = row;
      if (state === 'queued' || state === 'running') return;
      const { context, subject } = about(row);
      const fact = { action: 'runs.end', subject, count: changesOf(runOf(row)) } as const;
      await audit.note(
        context,
        state === 'done' ? { ...fact, outcome: 'done' } : { ...fact, outcome: 'refused', problem: state },
      );
    },
  };
}

function changesOf({ counts, dryRun, state }: Run): number {
  if (dryRun || state !== 'done') return 0;
  return countedTypes
    .flatMap((type) => changeActions.map((action) => counts[type][action]))
    .reduce((sum, count) => sum + count, 0);
}
