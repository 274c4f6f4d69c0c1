import type { CommandLineDeps } from '../../deps.ts';
import { present, withSession } from '../../session.ts';
import { table } from '../../table.ts';
import { plain } from '../../terminal.ts';
import type { AddCommands } from '../add-commands.ts';
import { addPaging, type PagingOptions, pagingOf } from '../paging.ts';

interface Options extends PagingOptions {
  readonly json?: true;
}

/** `rostergate hand-edits` and `checklist`: what to look at before a feed's next file comes. */
export const addFeedReviewCommands: AddCommands = (program, deps, run) => {
  addPaging(program.command('hand-edits'))
    .description('Lists records of a feed that were changed by hand; its next file changes them again.')
    .argument('<feed>', 'name of the feed')
    .addHelpText('after', '\nA field is kept with rostergate lock.\n\nExample:\n  $ rostergate hand-edits sis')
    .action((feed: string, options: Options) => run(handEdits(deps, feed, options)));

  program
    .command('checklist')
    .description('Shows what a new or changed integration still needs.')
    .argument('<feed>', 'name of the feed')
    .addHelpText('after', '\nExample:\n  $ rostergate checklist sis')
    .action((feed: string, options: Options) => run(checklist(deps, feed, options)));
};

function handEdits(deps: CommandLineDeps, feed: string, options: Options): Promise<number> {
  return withSession(deps, {}, async ({ operations, terminal }) =>
    present(terminal, await operations.handEdits(feed, pagingOf(options)), options.json === true, ({ items, next }) => [
      ...table([
        ['type', 'id', 'changed at', 'by', 'fields'],
        ...items.map(({ type, id, at, writer, fields }) => [type, plain(id), at, plain(writer), fields.join(', ')]),
      ]),
      ...(next === null ? [] : [`More: --cursor ${next}`]),
    ]),
  );
}

function checklist(deps: CommandLineDeps, feed: string, { json }: Options): Promise<number> {
  return withSession(deps, {}, async ({ operations, terminal }) =>
    present(terminal, await operations.checklist(feed), json === true, ({ items }) =>
      table(items.map(({ state, item, text }) => [state, item, plain(text)])),
    ),
  );
}
