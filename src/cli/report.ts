import { type Counts, countedTypes, type Run, type RunProblem } from '../sync/index.ts';
import { remedyOf } from './remedies.ts';
import { table } from './table.ts';
import { plain } from './terminal.ts';

const columns: readonly (readonly [title: string, count: keyof Counts])[] = [
  ['in file', 'inFile'],
  ['created', 'created'],
  ['updated', 'updated'],
  ['unchanged', 'unchanged'],
  ['renamed', 'renamed'],
  ['restored', 'restored'],
  ['trashed', 'trashed'],
  ['disabled', 'disabled'],
  ['archived', 'archived'],
  ['rejected', 'rejected'],
  ['repaired', 'repaired'],
  ['before', 'totalBefore'],
  ['after', 'totalAfter'],
];
/** Shown even where all are zero. */
const always: readonly (keyof Counts)[] = ['inFile', 'created', 'updated', 'unchanged', 'trashed', 'totalAfter'];

/** A run for people: what it did by type, what the filters say, its problems with remedies, and what to do next. */
export function runReport(run: Run): string[] {
  const { id, feed, state, mode, dryRun, file } = run;
  const what = `Run ${id} of feed ${feed}: ${state}${dryRun ? ' (dry run, nothing was changed)' : ''}`;
  return [
    plain(what),
    plain(`File ${file.name}, ${file.bytes} bytes, mode ${mode}${timeOf(run)}`),
    '',
    ...(dryRun || state === 'held' ? ['What it would do:'] : []),
    ...countsTable(run),
    '',
    ...filterLines(run),
    ...problemLines(run.problems),
    ...nextSteps(run),
  ];
}

function timeOf({ startedAt, endedAt }: Run): string {
  if (startedAt === null || endedAt === null) return '';
  return `, ${((Date.parse(endedAt) - Date.parse(startedAt)) / 1000).toFixed(1)} s`;
}

function countsTable({ counts }: Run): string[] {
  const shown = columns.filter(
    ([, count]) => always.includes(count) || countedTypes.some((type) => counts[type][count] !== 0),
  );
  const rows = countedTypes.map((type) => [type, ...shown.map(([, count]) => counts[type][count])]);
  return table([['', ...shown.map(([title]) => title)], ...rows]);
}

function filterLines({ filters, dryRun, state }: Run): string[] {
  const exceeded = filters.filter((verdict) => verdict.exceeded);
  if (state === 'queued' || state === 'running' || (state === 'failed' && filters.length === 0)) return [];
  if (exceeded.length === 0) return ['Filters: all within the limits.'];
  const lines = exceeded.map(({ filter, reason }) => plain(`  ${filter}: ${reason}`));
  const verdict = dryRun ? ['  A real run would be stopped by them (setting onBreach of the feed).'] : [];
  return [`Filters: ${exceeded.length} exceeded`, ...lines, ...verdict];
}

function problemLines(problems: readonly RunProblem[]): string[] {
  if (problems.length === 0) return [];
  const lines = problems.flatMap(({ kind, count, first }) => {
    const line = first.line === null ? '' : `line ${first.line}`;
    const id = first.id === null ? '' : `id ${first.id}`;
    const place = [line, id].filter((part) => part !== '').join(', ');
    const remedy = remedyOf(kind);
    return [
      plain(`  ${count} × ${kind}${place === '' ? '' : `, first at ${place}`}: ${first.message}`),
      ...(remedy === undefined ? [] : [`      ${remedy}`]),
    ];
  });
  return ['Problems and remarks:', ...lines];
}

function nextSteps({ id, state }: Run): string[] {
  if (state === 'held') {
    return [
      '',
      'The run is held and has changed nothing. Look at the reasons, then allow it or not:',
      `  npx rostergate approve ${id}`,
      `  npx rostergate reject ${id}`,
    ];
  }
  return state === 'queued' || state === 'running' ? ['', `Look again with: npx rostergate run ${id}`] : [];
}

/** What a run is doing, in one line. */
export function progressLine({ state, progress }: Run): string {
  if (progress === undefined) return state === 'queued' ? 'Waiting for its turn …' : 'Starting …';
  const verb = progress.phase === 'reading' ? 'Reading' : 'Applying';
  return `${verb}: ${progress.records} records`;
}
