import { rmSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { Option } from 'commander';
import { failed, ok, type Result } from '../../../base/result.ts';
import { exportFormats } from '../../../sync/index.ts';
import { ZipError } from '../../../wire/index.ts';
import type { CommandLineDeps, Sink } from '../../deps.ts';
import { exitCodes } from '../../exit.ts';
import { metered } from '../../local-file.ts';
import { complain, present, type Session, withSession } from '../../session.ts';
import type { AddCommands } from '../add-commands.ts';
import { exportCounts } from './export-counts.ts';

const examples = `
Without --output the file is named rostergate-export-<day> and stands in the current folder. It is written under another
name and renamed when it is whole and has been read back; a file of the same name is replaced.

Examples:
  $ rostergate export
  $ rostergate export --since 2026-09-01T06:30:00Z -o changes.zip
  $ rostergate export --run J0aTzA0vWkW3T2m1m5cX9w --json
  $ rostergate export --format ims-enterprise-xml -o - | xmllint --noout -`;

interface ExportOptions {
  readonly format: string;
  readonly since?: string;
  readonly run?: string;
  readonly output?: string;
  readonly passwords?: true;
  readonly json?: true;
}

/** What was written. */
interface Written {
  readonly file: string;
  readonly format: string;
  readonly bytes: number;
  /** Rows by file, or persons, groups and members; absent where the file went to standard output. */
  readonly counts?: Readonly<Record<string, number>>;
}

/** `rostergate export`. */
export const addExportCommand: AddCommands = (program, deps, run) => {
  program
    .command('export')
    .description('Writes the roster as a file: a package of OneRoster CSV or IMS Enterprise XML.')
    .addOption(new Option('--format <format>', 'the format').choices([...exportFormats]).default('oneroster-csv-1.2.1'))
    .option('--since <time>', 'only what changed after this time; OneRoster CSV only')
    .option('--run <run>', 'only what changed after this run had ended; OneRoster CSV only')
    .option('-o, --output <file>', 'where to write it, - for standard output')
    .option('--passwords', 'write passwords as their senders gave them')
    .addHelpText('after', examples)
    .action((options: ExportOptions) => run(withSession(deps, {}, (session) => exportFile(deps, session, options))));
};

async function exportFile(deps: CommandLineDeps, session: Session, options: ExportOptions): Promise<number> {
  const { operations, terminal } = session;
  const { format, since, run, output, passwords = false, json = false } = options;
  const opened = await operations.export({
    format,
    passwords,
    ...(since === undefined ? {} : { since }),
    ...(run === undefined ? {} : { run }),
  });
  if (!opened.ok) return complain(terminal, opened.problem);
  let bytes = 0;
  const source = metered(opened.value.bytes, (count) => {
    bytes = count;
    terminal.progress(`Exporting: ${Math.ceil(count / 1000)} kB`);
  });
  if (output === '-') {
    const sent = await attempt('standard output', () => writeOut(deps.stdout, source));
    if (!sent.ok) return complain(terminal, sent.problem);
    terminal.note(json ? JSON.stringify({ file: '-', format, bytes }) : `${bytes} bytes written.`);
    return exitCodes.done;
  }
  const file = output ?? opened.value.name;
  const written = await writeWhole(deps, file, format, source);
  if (!written.ok) return complain(terminal, written.problem);
  return present<Written>(terminal, ok({ file, format, bytes, counts: written.value }), json, writtenLines);
}

function writtenLines({ file, bytes, counts = {} }: Written): string[] {
  const shown = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  return [`${file}: ${bytes} bytes; ${shown.length === 0 ? 'nothing has changed' : shown.join(', ')}.`];
}

/** Writes a file beside its place, reads it back and moves it there, so that no torn file ever has the name. */
async function writeWhole(
  deps: CommandLineDeps,
  file: string,
  format: string,
  source: AsyncIterable<Uint8Array>,
): Promise<Result<Record<string, number>>> {
  const part = `${file}.${process.pid}.part`;
  const forget = deps.onInterrupt(() => rmSync(part, { force: true }));
  const done = await attempt(file, async () => {
    // The roster is personal data: only its owner may read the file.
    const handle = await open(part, 'wx', 0o600);
    try {
      for await (const chunk of source) await handle.writeFile(chunk);
      await handle.sync();
    } finally {
      await handle.close();
    }
    const counts = await exportCounts(part, format);
    await rename(part, file);
    return counts;
  });
  if (!done.ok) await rm(part, { force: true });
  forget();
  return done;
}

async function writeOut(stdout: Sink, source: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of source) {
    const gone = await new Promise<boolean>((resolve) => {
      stdout.write(chunk, (error) => resolve(error !== undefined && error !== null));
    });
    // Who reads our output may stop reading; that is no failure.
    if (gone) return;
  }
}

/** Runs what may fail by the disk or the connection; others are defects. */
async function attempt<T>(name: string, work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work());
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof ZipError || (error instanceof TypeError && error.message === 'terminated')) {
      return failed('busy', 'The export broke off before its end. Ask for it again; the gateway’s log may say why.');
    }
    if (typeof code !== 'string' || !/^E[A-Z]+$/.test(code)) throw error;
    return failed('invalid-request', `${name} cannot be written: ${code}.`);
  }
}
