import { type Counts, countedTypes, type Run } from '../sync/index.ts';
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
  ['ignored', 'ignored'],
  ['locked', 'locked'],
  ['waiting', 'waiting'],
  ['withheld', 'withheld'],
  ['before', 'totalBefore'],
  ['after', 'totalAfter'],
];
/** Shown even where all are zero. */
const always: readonly (keyof Counts)[] = ['inFile', 'created', 'updated', 'unchanged', 'trashed', 'totalAfter'];

const purgedLine = (at: string) =>
  `A purge took values of it away (${at.slice(0, 10)}): its file is gone, and what was purged cannot be put back by an undo.`;

/** A run for people: what it did by type, what the filters say, its problems with remedies, and what to do next. */
export function runReport(run: Run): string[] {
  const { id, feed, state, dryRun, reason } = run;
  const what = `Run ${id} of feed ${feed}: ${state}${dryRun ? ' (dry run, nothing was changed)' : ''}`;
  return [
    plain(what),
    plain(sourceOf(run)),
    ...(run.pull === undefined ? [] : [plain(pullLine(run.pull))]),
    ...(reason === null ? [] : [plain(reason)]),
    ...(run.undoneBy === null ? [] : [`Undone by the run ${run.undoneBy}.`]),
    ...(run.purgedAt === undefined ? [] : [purgedLine(run.purgedAt)]),
    ...(run.files ?? []).map(fileLine),
    '',
    ...(state === 'skipped'
      ? []
      : [...(dryRun || state === 'held' ? ['What it would do:'] : []), ...countsTable(run), '']),
    ...filterLines(run),
    ...pairLines(run),
    ...problemLines(run),
    ...nextSteps(run),
  ];
}

const sources: Readonly<Record<Exclude<Run['kind'], 'import'>, string>> = {
  undo: 'Undo of the run',
  rollover: 'Rollover',
  crosswalk: 'Crosswalk by the list',
};

function sourceOf(run: Run): string {
  const { kind, file, mode, of } = run;
  if (kind === 'import') return `File ${file.name}, ${file.bytes} bytes, mode ${mode}${timeOf(run)}`;
  const what = [sources[kind], of ?? file.name].filter((part) => part !== '').join(' ');
  return `${what}${timeOf(run)}`;
}

function pullLine({ kind, note }: NonNullable<Run['pull']>): string {
  const what = kind === 'full' ? 'All of the server was read.' : 'What has changed at the server was read.';
  return note === null ? what : `${what} ${note}`;
}

function fileLine({ name, imported, records, rejected, comment }: NonNullable<Run['files']>[number]): string {
  const counts = `${records} records${rejected === 0 ? '' : `, ${rejected} rejected`}`;
  return plain(`  ${name}: ${imported ? counts : 'not imported'}${comment === '' ? '' : `; ${comment}`}`);
}

function pairLines({ id, pairs }: Run): string[] {
  const { keyChanges, matches, merged } = pairs;
  if (keyChanges + matches === 0) return [];
  const text = `Pairs that are probably one: ${keyChanges} key changes, ${matches} matches with known persons; ${merged} made one.`;
  return [text, `  Look at them: npx rostergate pairs ${id}`];
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

function filterLines({ filters, dryRun, state, kind }: Run): string[] {
  const exceeded = filters.filter((verdict) => verdict.exceeded);
  if (state === 'queued' || state === 'running' || state === 'skipped') return [];
  if (filters.length === 0 && (state === 'failed' || kind !== 'import')) return [];
  if (exceeded.length === 0) return ['Filters: all within the limits.'];
  const lines = exceeded.map(({ filter, reason }) => plain(`  ${filter}: ${reason}`));
  const verdict = dryRun ? ['  A real run would be stopped by them (setting onBreach of the feed).'] : [];
  return [`Filters: ${exceeded.length} exceeded`, ...lines, ...verdict];
}

function problemLines(run: Run): string[] {
  if (run.problems.length === 0) return [];
  const lines = run.problems.flatMap((problem) => {
    const { kind, count, first } = problem;
    const line = first.line === null ? '' : `line ${first.line}`;
    const id = first.id === null ? '' : `id ${first.id}`;
    const place = [line, id].filter((part) => part !== '').join(', ');
    const remedy = remedyOf(problem, run);
    return [
      plain(`  ${count} × ${kind}${place === '' ? '' : `, first at ${place}`}: ${first.message}`),
      ...(remedy === undefined ? [] : [`      ${remedy}`]),
    ];
  });
  return ['Problems and remarks:', ...lines];
}

function nextSteps({ id, state, pairs, problems, dryRun, expiresAt }: Run): string[] {
  if (state === 'held') {
    const open = pairs.keyChanges + pairs.matches > pairs.merged;
    return [
      '',
      'The run is held and has changed nothing. Look at the reasons and the changes, then allow it or not:',
      `  npx rostergate changes ${id}`,
      ...(open ? [`  npx rostergate merge ${id} --all   (or the new ids of pairs)`] : []),
      `  npx rostergate approve ${id}`,
      `  npx rostergate reject ${id}`,
      ...(expiresAt === null ? [] : [`It expires at ${expiresAt}; later files of the feed wait for it.`]),
    ];
  }
  if (state === 'queued' || state === 'running') return ['', `Look again with: npx rostergate run ${id}`];
  const lists = [
    ...(problems.length > 0 ? [`npx rostergate problems ${id}`] : []),
    ...(dryRun ? [`npx rostergate changes ${id}`] : []),
  ];
  return lists.length === 0 ? [] : ['', `More: ${lists.join(', ')}`];
}

const phases: Readonly<Record<NonNullable<Run['progress']>['phase'], string>> = {
  reading: 'Reading',
  removals: 'Working out removals',
  listing: 'Listing changes',
  applying: 'Applying',
};

/** What a run is doing, in one line. */
export function progressLine({ state, progress, reason }: Run): string {
  if (progress === undefined) return plain(reason ?? (state === 'queued' ? 'Waiting for its turn …' : 'Starting …'));
  const { phase, records, perSecond, percent } = progress;
  return `${phases[phase]}: ${percent} %, ${records} records${perSecond > 0 ? `, ${perSecond} per second` : ''}`;
}
