import type { SnapshotReport } from '../../../sync/index.ts';
import { exitCodes } from '../../exit.ts';
import { saveText } from '../../local-file.ts';
import { complain, present, withSession } from '../../session.ts';
import { table } from '../../table.ts';
import { makeTerminal, plain } from '../../terminal.ts';
import type { AddCommands } from '../add-commands.ts';
import { addPaging, type PagingOptions, pagingOf } from '../paging.ts';

interface Options extends PagingOptions {
  readonly run?: string;
  readonly csv?: true;
  readonly output?: string;
  readonly json?: true;
}

const help = `
Of a feed of snapshots (POST /v1/sync): courses that are new, old or left out, and students who are new, old, have moved, or whose rows
are in conflict. Of the last snapshot that was read, unless --run names another one; a dry run and a held one count too.

Examples:
  $ rostergate snapshot-report university
  $ rostergate snapshot-report university --run 4kq8… --csv -o report.csv

Exit codes: 0 done, 1 there is no such feed or run, 2 wrong usage.`;

/** `rostergate snapshot-report FEED`. */
export const addSnapshotReportCommand: AddCommands = (program, deps, run) => {
  addPaging(program.command('snapshot-report'))
    .description('Shows what a snapshot has shown: new, old, moved and conflicting courses and students.')
    .argument('<feed>', 'name of the feed')
    .option('--run <id>', 'a run of the feed')
    .option('--csv', 'all of it as CSV')
    .option('-o, --output <file>', 'with --csv: write it to this file')
    .addHelpText('after', help)
    .action((feed: string, options: Options) => {
      const { csv, output, json } = options;
      const asked = options.run === undefined ? {} : { run: options.run };
      if ((output !== undefined && csv !== true) || (csv === true && json === true)) {
        const text = '--output goes with --csv, and --csv not with --json.';
        return run(Promise.resolve(complain(makeTerminal(deps), { code: 'invalid-request', text })));
      }
      return run(
        withSession(deps, {}, async ({ operations, terminal }) => {
          if (csv !== true) {
            const page = await operations.snapshotReport(feed, { ...asked, ...pagingOf(options) });
            return present(terminal, page, json === true, shown);
          }
          const text = await operations.snapshotReportCsv(feed, asked);
          if (!text.ok) return complain(terminal, text.problem);
          if (output === undefined) {
            for await (const piece of text.value) deps.stdout.write(piece);
            return exitCodes.done;
          }
          const saved = await saveText(output, text.value);
          if (!saved.ok) return complain(terminal, saved.problem);
          terminal.note(plain(`Written to ${output}.`));
          return exitCodes.done;
        }),
      );
    });
};

function shown({ run, items, next }: SnapshotReport): string[] {
  if (run === null) return ['No snapshot of this feed was read yet.'];
  if (items.length === 0 && next === null) return [`The run ${run} has shown nothing of the kind.`];
  const rows = items.map(({ finding, of, id, line, detail }) => [finding, of, id, line ?? '', detail ?? '']);
  return [
    ...table([['finding', 'of', 'id', 'line', 'detail'], ...rows]),
    `of the run ${run}`,
    ...(next === null ? [] : [`More: --cursor ${next}`]),
  ];
}
