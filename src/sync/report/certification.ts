import { failed, ok, type Result } from '../../base/result.ts';
import type { Context } from '../../roster/index.ts';
import type { ProblemItem, Run } from '../run.ts';
import type { Sync } from '../types.ts';

/** What the logs of an import must hold for a certification of OneRoster CSV (oneroster.md 9.1). */
export interface CertificationLog {
  /** Name of the package. */
  testIdentifier: string;
  testDate: string;
  status: 'Success' | 'Fail';
  filesImported: string[];
  filesRejected: string[];
  /** Why the run failed, what was said of each file, and each error with its place. */
  comments: string[];
}

/** The most problems that a log names one by one. */
const most = 10_000;
const pageSize = 1000;

/** The certification log of a run that has ended; of one without a package it names its one file. */
export async function certificationLog(
  sync: Pick<Sync, 'run' | 'problems'>,
  context: Context,
  id: string,
): Promise<Result<CertificationLog>> {
  const run = await sync.run(context, id);
  if (run === undefined) {
    const shown = id.slice(0, 64);
    return failed('unknown-object', `There is no run ${shown}.`, { id: shown });
  }
  if (run.endedAt === null) {
    return failed('conflict', `The run ${run.id} is ${run.state}; its log is there when it has ended.`, { id: run.id });
  }
  const problems = await problemsOf(sync, context, run);
  const files = run.files ?? [fileOf(run)];
  const records = Object.values(run.counts).reduce((sum, { rejected }) => sum + rejected, 0);
  const isWhole = run.state === 'done' && records === 0 && files.every(({ imported }) => imported);
  return ok({
    testIdentifier: run.file.name,
    testDate: run.startedAt ?? run.queuedAt,
    status: isWhole ? 'Success' : 'Fail',
    filesImported: files.filter(({ imported }) => imported).map(({ name }) => name),
    filesRejected: files.filter(({ imported }) => !imported).map(({ name }) => name),
    comments: [
      ...(run.reason === null ? [] : [run.reason]),
      ...files.flatMap(({ name, comment }) => (comment === '' ? [] : [`${name}: ${comment}`])),
      ...problems,
    ],
  });
}

function fileOf({ file, state }: Run) {
  return { name: file.name, imported: state === 'done', comment: '' };
}

async function problemsOf(sync: Pick<Sync, 'problems'>, context: Context, run: Run): Promise<string[]> {
  const lines: string[] = [];
  for (let cursor: string | undefined; lines.length < most; ) {
    const page = await sync.problems(context, run.id, { limit: pageSize, ...(cursor === undefined ? {} : { cursor }) });
    if (!page.ok) break;
    lines.push(...page.value.items.map(lineOf));
    if (page.value.next === null) return lines;
    cursor = page.value.next;
  }
  return [...lines, `The problems of the run list more than these ${lines.length}.`];
}

function lineOf({ kind, file, line, id, field, message }: ProblemItem): string {
  const place = [
    file,
    line === null ? null : `line ${line}`,
    id === null ? null : `id ${id}`,
    field === null ? null : `field ${field}`,
  ];
  return `${[...place.filter((part) => part !== null), kind].join(', ')}: ${message}`;
}
