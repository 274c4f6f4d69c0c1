import type { Listing, UnmappedItem } from '../../../sync/index.ts';
import { exitCodes } from '../../exit.ts';
import { saveText } from '../../local-file.ts';
import { complain, present, withSession } from '../../session.ts';
import { table } from '../../table.ts';
import { makeTerminal, plain } from '../../terminal.ts';
import type { AddCommands } from '../add-commands.ts';
import { addPaging, type PagingOptions, pagingOf } from '../paging.ts';

interface Options extends PagingOptions {
  readonly csv?: true;
  readonly output?: string;
  readonly json?: true;
}

const help = `
Of a feed of CSV lists: columns of the last file that nothing is known of, user types and communities that the settings list.userTypes
and list.communities do not have, how many rows have each, and which setting an entry is to be added to. A file that is held, or was
tried with --dry-run, counts too.

Examples:
  $ rostergate unmapped alumni
  $ rostergate unmapped alumni --csv -o unmapped.csv

Exit codes: 0 done, 1 there is no such feed or it takes no lists, 2 wrong usage.`;

/** `rostergate unmapped FEED`. */
export const addUnmappedCommand: AddCommands = (program, deps, run) => {
  addPaging(program.command('unmapped'))
    .description('Lists what the settings of a list say nothing of: columns, user types, communities.')
    .argument('<feed>', 'name of the feed')
    .option('--csv', 'all of it as CSV')
    .option('-o, --output <file>', 'with --csv: write it to this file')
    .addHelpText('after', help)
    .action((feed: string, options: Options) => {
      const { csv, output, json } = options;
      if ((output !== undefined && csv !== true) || (csv === true && json === true)) {
        const text = '--output goes with --csv, and --csv not with --json.';
        return run(Promise.resolve(complain(makeTerminal(deps), { code: 'invalid-request', text })));
      }
      return run(
        withSession(deps, {}, async ({ operations, terminal }) => {
          if (csv !== true) {
            const page = await operations.unmapped(feed, pagingOf(options));
            return present(terminal, page, json === true, shown);
          }
          const text = await operations.unmappedCsv(feed);
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

function shown({ run, items, total, next }: Listing<UnmappedItem> & { readonly run: string | null }): string[] {
  if (run === null) return ['No file of this feed was read yet.'];
  if (total === 0) return [`All columns and values of the run ${run} are mapped.`];
  const rows = items.map(({ column, value, rows: times, line, setting }) => [
    column,
    value ?? '(the column itself)',
    times,
    line ?? '',
    setting,
  ]);
  return [
    ...table([['column', 'value', 'rows', 'first line', 'add to'], ...rows]),
    `${items.length} of ${total} of the run ${run}`,
    ...(next === null ? [] : [`More: --cursor ${next}`]),
  ];
}
