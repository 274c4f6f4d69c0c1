import type { Findings } from './programs.ts';

/** One run of a client: its name, how it was run, and what it found; or why it was not run to its end. */
export interface Column {
  readonly client: string;
  readonly way: string;
  readonly findings: Findings | string;
}

/**
 * The table operation × client as text. A cell is `ok` where all runs of the client were, else the number of a reason
 * below the table; `-` where a run did not come to its end.
 */
export function tableOf(operations: readonly string[], columns: readonly Column[]): string {
  const names = [...new Set(columns.map(({ client }) => client))];
  const notes: string[] = [];
  const cell = (client: string, operation: string) => {
    const runs = columns.filter((each) => each.client === client);
    if (runs.some(({ findings }) => typeof findings === 'string')) return '-';
    const found = runs.map(({ way, findings }) => [way, (findings as Findings)[operation] ?? 'not called'] as const);
    const bad = found.filter(([, finding]) => finding !== 'ok');
    if (bad[0] === undefined) return 'ok';
    return `[${notes.push(`${client}, ${bad.map(([way]) => way).join('; ')}: ${bad[0][1]}`)}]`;
  };
  const header = ['operation', ...names];
  const rows = [header, ...operations.map((each) => [each, ...names.map((name) => cell(name, each))])];
  const widths = header.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  return [
    ...rows.map((row) =>
      row
        .map((text, index) => text.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
    '',
    ...names.map(
      (name) =>
        `${name}: ${columns
          .filter(({ client }) => client === name)
          .map(toldOf)
          .join('; ')}`,
    ),
    ...notes.map((note, index) => `[${index + 1}] ${note}`),
  ].join('\n');
}

const toldOf = ({ way, findings }: Column) => (typeof findings === 'string' ? `${way} ${findings}` : way);
