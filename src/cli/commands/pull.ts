import { setTimeout as sleep } from 'node:timers/promises';
import { Option } from 'commander';
import type { Pull, PullPreview } from '../../sync/index.ts';
import type { CommandLineDeps } from '../deps.ts';
import { complain, present, type Session, withSession } from '../session.ts';
import { plain } from '../terminal.ts';
import type { AddCommands } from './add-commands.ts';
import { followRun } from './import-file.ts';

const help = `
All that the server of the feed's setting pull or restPull has is read, and then worked on like a bulk package of OneRoster CSV, under
the safety filters of the feed. With the setting pull.delta=true only what has changed since the last pull is read; a server that
does not tell changes is read in full, which the report then says. Servers of the setting restPull are read in full; --preview
shows what their first pages become and what the mapping could not be applied to, and keeps nothing. Nothing is changed where the reading ends early. The settings:
rostergate feed --help.

Examples:
  $ rostergate pull sis --check
  $ rostergate pull clever --preview
  $ rostergate pull sis --dry-run
  $ rostergate pull sis --full
  $ rostergate pull sis --json

Exit codes: 0 done (a dry run, too), 1 failed, 2 wrong usage, 3 held by a safety filter.`;

interface PullOptions {
  readonly check?: true;
  readonly preview?: true;
  readonly dryRun?: true;
  readonly full?: true;
  readonly json?: true;
}

const pollMs = 250;

/** `rostergate pull FEED`. */
export const addPullCommand: AddCommands = (program, deps, run) => {
  program
    .command('pull')
    .description('Reads another OneRoster server into a feed.')
    .argument('<feed>', 'name of the feed')
    .option('--check', 'only see whether the server can be read')
    .addOption(new Option('--preview', 'only show what the first pages become').conflicts(['check', 'dryRun', 'full']))
    .option('--dry-run', 'report what would happen, with the verdict of the safety filters; change nothing')
    .option('--full', 'read all, whatever the setting pull.delta says')
    .addHelpText('after', help)
    .action((feed: string, options: PullOptions) => run(pull(deps, feed, options)));
};

function pull(deps: CommandLineDeps, feed: string, options: PullOptions): Promise<number> {
  const { check, preview, dryRun, full, json } = options;
  return withSession(deps, {}, async (session) => {
    const { operations, terminal } = session;
    if (check === true) {
      return present(terminal, await operations.checkPull(feed), json === true, ({ records }) => [
        plain(`The server can be read${records === null ? '' : `; it has ${records} users`}.`),
      ]);
    }
    if (preview === true) {
      return present(terminal, await operations.previewPull(feed), json === true, previewLines);
    }
    const started = await operations.pull({ feed, dryRun: dryRun === true, full: full === true });
    if (!started.ok) return complain(terminal, started.problem);
    const read = await reading(session, started.value);
    if (!read.ok) return complain(terminal, read.problem);
    const { run: id, problem } = read.value;
    if (problem !== null) return complain(terminal, problem);
    const found = await operations.run(id ?? '');
    return found.ok ? followRun(session, found.value, json === true) : complain(terminal, found.problem);
  });
}

/** Waits until all is read, with progress. */
async function reading({ operations, terminal }: Session, { feed, startedAt }: Pull) {
  for (;;) {
    const pulled = await operations.pulled(feed);
    if (!pulled.ok || pulled.value.startedAt !== startedAt || pulled.value.state !== 'reading') return pulled;
    terminal.progress(`Reading: ${pulled.value.records} records`);
    await sleep(pollMs);
  }
}

/** Rows of each collection that are shown to people. */
const shownRows = 3;

function previewLines({ collections }: PullPreview): string[] {
  return collections.flatMap(({ type, path, records, rows, problems }) => [
    plain(`${type}, from ${path}: ${records} records on the first page`),
    ...rows.slice(0, shownRows).map((row) => {
      const cells = Object.entries(row).map(([column, value]) => `${column}=${value}`);
      return plain(`  ${cells.join('  ')}`);
    }),
    ...problems.map(({ column, path: from, text, count }) => plain(`  ! ${column} from ${from}: ${text} (${count})`)),
  ]);
}
