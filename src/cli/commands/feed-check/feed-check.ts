import type { CheckedPlace } from '../../../transports/index.ts';
import { present, withSession } from '../../session.ts';
import { table } from '../../table.ts';
import type { AddCommands } from '../add-commands.ts';

const help = `
Connects to where the feed's files are fetched from (folder, sftp-pull, s3, https-pull, pull, rest-pull) with its settings and
credentials, shows the files that lie there whole and which of them are new, and takes nothing. What is wrong is said with the
setting that it is about.

Examples:
  $ rostergate feed-check nightly
  $ rostergate feed-check nightly --json

Exit codes: 0 the place can be read, 1 it cannot, 2 wrong usage.`;

/** `rostergate feed-check FEED`. */
export const addFeedCheckCommand: AddCommands = (program, deps, run) => {
  program
    .command('feed-check')
    .description('Looks at the place that a feed’s files are fetched from, and takes nothing.')
    .argument('<feed>', 'name of the feed')
    .addHelpText('after', help)
    .action((feed: string, options: { readonly json?: true }) =>
      run(
        withSession(deps, {}, async ({ operations, terminal }) =>
          present(terminal, await operations.checkFeed(feed), options.json === true, shown),
        ),
      ),
    );
};

function shown({ transport, files, total, records }: CheckedPlace): string[] {
  if (records !== null) return [`The server can be read; it has ${records} users.`];
  if (transport === 'pull' || transport === 'rest-pull') return ['The server can be read.'];
  if (files.length === 0) return ['The place can be read; no file lies there that is whole.'];
  const rows = files.map(({ name, bytes, state, run }) => [
    name,
    bytes === null ? '' : String(bytes),
    state,
    run ?? '',
  ]);
  const fresh = files.filter(({ state }) => state === 'new').length;
  return [...table([['file', 'bytes', 'state', 'run'], ...rows]), `${files.length} of ${total} files, ${fresh} new`];
}
