import type { FilePart } from '../../store/index.ts';
import { makeCrosswalkPlanner } from '../planners/crosswalk.ts';
import { makeRolloverPlanner } from '../planners/rollover.ts';
import { makeUndoPlanner } from '../planners/undo.ts';
import type { RolloverRequest } from '../types.ts';
import type { Attempt } from './attempt.ts';
import { type Chosen, importOf } from './import-of.ts';

/** Undos of one run that are looked at. */
const mostUndos = 1000;

/** Chooses the planner of a run by its kind. */
export async function plannerOf(attempt: Attempt): Promise<Chosen> {
  const { deps, run, row, progress } = attempt;
  switch (run.kind) {
    case 'import':
      return importOf(attempt);
    case 'undo':
      return { planner: makeUndoPlanner({ id: run.of ?? '', cancelled: await cancelledUndos(attempt) }) };
    case 'rollover':
      return { planner: makeRolloverPlanner(row.work['rollover'] as RolloverRequest) };
    default:
      return {
        planner: makeCrosswalkPlanner(() => bytesOf(progress.counted(deps.originals.parts(row.tenant, row._id)))),
      };
  }
}

/** Undos of the run to be undone that have been undone themselves, and the undos of those. */
async function cancelledUndos({ deps, row, run }: Attempt): Promise<string[]> {
  const earlier = { feed: row.feed, state: 'undone', 'report.kind': 'undo', 'report.of': run.of };
  const { rows } = await deps.runs.list(row.tenant, earlier, mostUndos);
  return rows.flatMap(({ _id, report }) => [
    _id,
    ...(typeof report['undoneBy'] === 'string' ? [report['undoneBy']] : []),
  ]);
}

async function* bytesOf(parts: AsyncIterable<FilePart>): AsyncGenerator<Uint8Array> {
  for await (const { pieces } of parts) yield* pieces;
}
