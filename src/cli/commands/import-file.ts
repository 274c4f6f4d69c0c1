import { Option } from 'commander';
import type { Run, RunRequest } from '../../sync/index.ts';
import type { CommandLineDeps } from '../deps.ts';
import { exitOfRun } from '../exit.ts';
import { type LocalFile, metered, openLocalFile } from '../local-file.ts';
import { progressLine, runReport } from '../report.ts';
import { complain, present, type Session, withSession } from '../session.ts';
import { makeTerminal } from '../terminal.ts';
import type { AddCommands } from './add-commands.ts';

const modes = ['changes', 'groups-complete', 'full'] as const;

const examples = `
FILE is an IMS Enterprise XML file or a OneRoster CSV zip, or - for standard input. A new feed takes what its first
file is; which of the two a known feed takes is its setting protocol.

Modes of IMS Enterprise XML (OneRoster CSV follows its manifest and data):
  changes          what is in the file is written; nothing else changes (the default of a new feed)
  groups-complete  groups in the file have exactly the members that it lists
  full             the file is all that the feed has; what is missing goes to the trash

Examples:
  $ rostergate import students.xml
  $ rostergate import students.xml --feed sis --mode full --dry-run
  $ rostergate import oneroster.zip --feed district
  $ zcat nightly.xml.gz | rostergate import - --feed sis --json

Exit codes: 0 done (a dry run, and a run that a paused feed skips, too), 1 failed, 2 wrong usage, 3 held by a safety filter.`;

interface ImportOptions {
  readonly feed: string;
  readonly mode?: (typeof modes)[number];
  readonly dryRun?: true;
  readonly json?: true;
}

/** `rostergate import FILE`. */
export const addImportCommand: AddCommands = (program, deps, run) => {
  program
    .command('import')
    .description('Takes a file and works on it to the end.')
    .argument('<file>', 'the file, or - for standard input')
    .option('--feed <name>', 'the feed that it belongs to; made on first use', 'default')
    .addOption(new Option('--mode <mode>', 'what the file means; by default as the feed says').choices([...modes]))
    .option('--dry-run', 'report what would happen, with the verdict of the safety filters; change nothing')
    .addHelpText('after', examples)
    .action((path: string, options: ImportOptions) => run(importFile(deps, path, options)));
};

async function importFile(deps: CommandLineDeps, path: string, options: ImportOptions): Promise<number> {
  const file = await openLocalFile(path, deps.stdin);
  if (!file.ok) return complain(makeTerminal(deps), file.problem);
  const work = withSession(deps, { mayCreate: true }, async (session) => {
    const request: RunRequest = {
      feed: options.feed,
      dryRun: options.dryRun === true,
      fileName: file.value.name,
      ...(options.mode === undefined ? {} : { mode: options.mode }),
    };
    const submitted = await session.operations.submit(request, sent(session, file.value), file.value.size);
    if (!submitted.ok) return complain(session.terminal, submitted.problem);
    return followRun(session, submitted.value, options.json === true);
  });
  return work.finally(() => file.value.close());
}

/** The bytes of a file on their way, with progress. */
export function sent({ terminal }: Session, { bytes, size }: LocalFile): AsyncIterable<Uint8Array> {
  const of = size === undefined ? '' : ` of ${kilobytes(size)}`;
  return metered(bytes, (count) => terminal.progress(`Sending: ${kilobytes(count)}${of} kB`));
}

const kilobytes = (bytes: number) => Math.ceil(bytes / 1000);

/** Waits for the end of a run with progress, and shows it; the exit code says how it ended. */
export async function followRun({ operations, terminal }: Session, run: Run, json: boolean): Promise<number> {
  const ended = await operations.wait(run.id, (now) => terminal.progress(progressLine(now)));
  const shown = present(terminal, ended, json, runReport);
  return ended.ok ? exitOfRun(ended.value) : shown;
}
