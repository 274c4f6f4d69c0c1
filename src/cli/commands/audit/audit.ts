import { open } from 'node:fs/promises';
import type { Command } from 'commander';
import { problem } from '../../../base/problem.ts';
import { ok } from '../../../base/result.ts';
import type { AuditCheck, AuditEntry, AuditQuery } from '../../../roster/index.ts';
import type { CommandLineDeps } from '../../deps.ts';
import { exitCodes } from '../../exit.ts';
import { complain, present, type Session, withSession } from '../../session.ts';
import { table } from '../../table.ts';
import { plain } from '../../terminal.ts';
import type { AddCommands } from '../add-commands.ts';
import { addPaging, type PagingOptions, pagingOf } from '../paging.ts';

interface FilterOptions {
  readonly since?: string;
  readonly until?: string;
  readonly action?: string;
  readonly subject?: string;
  readonly who?: string;
  readonly json?: true;
}

const listHelp = `
Times are days, or ISO 8601 times with a zone. A subject is a guid, the name of a feed or credential, or what was asked for.

Examples:
  $ rostergate audit --subject 6f1c0b6a2c5d4e3f8a9b0c1d2e3f4a5b
  $ rostergate audit --since 2026-09-01 --who admin:ann --action trash.purge`;

const verifyHelp = `
Every entry is looked at: whether one was changed, taken out, put in, or cut off at the end. Keep the last line elsewhere
from time to time: --expect shows that the log as a whole was not set back to an earlier state.

Examples:
  $ rostergate audit verify
  $ rostergate audit verify --expect 5120:8dXk0vJb2m0xq3m0ZpG1kq7fYc2nQwEr5tYuIoPaSdF

Exit code 1 when something is wrong.`;

/** `rostergate audit`, `audit export` and `audit verify`. */
export const addAuditCommands: AddCommands = (program, deps, run) => {
  const audit = addPaging(addFilter(program.command('audit')))
    .option('--json', 'print the result as one line of JSON')
    .description('Lists the audit log, newest first: who did what to whom, when and from where.')
    .addHelpText('after', listHelp)
    .action((options: FilterOptions & PagingOptions) =>
      run(
        withSession(deps, {}, async ({ operations, terminal }) => {
          const page = await operations.audit({ ...pagingOf(options), ...filterOf(options) });
          return present(terminal, page, options.json === true, ({ items, next }) => [
            ...auditTable(items),
            ...(next === null ? [] : [`More: --cursor ${next}`]),
          ]);
        }),
      ),
    );

  addFilter(audit.command('export'))
    .description('Writes the audit log as JSON lines, oldest first.')
    .option('-o, --output <file>', 'where to write it; standard output unless told')
    .addHelpText('after', '\nExample:\n  $ rostergate audit export --since 2026-09-01 -o audit.jsonl')
    .action((_: unknown, command: Command) => {
      const options = command.optsWithGlobals<FilterOptions & { readonly output?: string }>();
      return run(withSession(deps, {}, (session) => exportLines(deps, session, options)));
    });

  audit
    .command('verify')
    .description('Looks through the whole audit log for entries that were changed, taken out, put in or cut off.')
    .option('--expect <sequence:hash>', 'an entry as it was noted elsewhere')
    .addHelpText('after', verifyHelp)
    .action((_: unknown, command: Command) => {
      const { expect, json } = command.optsWithGlobals<{ readonly expect?: string; readonly json?: true }>();
      return run(withSession(deps, {}, (session) => verify(session, expect, json === true)));
    });
};

function addFilter(command: Command): Command {
  return command
    .option('--since <time>', 'only entries from this time on')
    .option('--until <time>', 'only entries before this time')
    .option('--action <action>', 'only this action, as trash.purge')
    .option('--subject <id>', 'only what was done to this')
    .option('--who <writer>', 'only this writer, as admin:ann');
}

function filterOf({ since, until, action, subject, who }: FilterOptions): AuditQuery {
  const all = { since, until, action, subject, who };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function auditTable(items: readonly AuditEntry[]): string[] {
  const head = ['entry', 'time (UTC)', 'who', 'from', 'action', 'outcome', 'subject', 'count', 'why'];
  const rows = items.map(
    ({ sequence, at, writer, address, source, action, outcome, problem: code, subject, ...rest }) => [
      String(sequence),
      at.slice(0, 19),
      writer,
      address ?? source,
      action,
      code === undefined ? outcome : `${outcome}: ${code}`,
      subject === undefined ? '–' : `${subject.type} ${subject.id ?? ''}`.trim(),
      rest.count === undefined ? '–' : String(rest.count),
      rest.reason ?? '–',
    ],
  );
  return table([head, ...rows]);
}

async function exportLines(
  deps: CommandLineDeps,
  { operations, terminal }: Session,
  options: FilterOptions & { readonly output?: string },
): Promise<number> {
  const lines = await operations.auditLines(filterOf(options));
  if (!lines.ok) return complain(terminal, lines.problem);
  const { output } = options;
  if (output === undefined || output === '-') {
    for await (const text of lines.value) await new Promise<void>((done) => deps.stdout.write(text, () => done()));
    return exitCodes.done;
  }
  let bytes = 0;
  try {
    // Who may read the log decides for himself whom he shows it.
    const file = await open(output, 'w', 0o600);
    try {
      for await (const text of lines.value) bytes += (await file.write(text)).bytesWritten;
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return complain(terminal, problem('storage-full', `${output} cannot be written (${code}).`));
  }
  return present(terminal, ok({ file: output, bytes }), options.json === true, () => [
    plain(`${output}: ${bytes} bytes.`),
  ]);
}

async function verify({ operations, terminal }: Session, expect: string | undefined, json: boolean): Promise<number> {
  const [, sequence, hash] = /^(\d{1,9}):([\w-]{43})$/.exec(expect ?? '') ?? [];
  if (expect !== undefined && hash === undefined) {
    return complain(terminal, problem('invalid-request', '--expect takes <sequence>:<hash>, as verify prints them.'));
  }
  const check = await operations.verifyAudit(hash === undefined ? undefined : { sequence: Number(sequence), hash });
  const code = present(terminal, check, json, checkLines);
  return check.ok && check.value.fault !== null ? exitCodes.failed : code;
}

function checkLines({ entries, first, last, hash, fault }: AuditCheck): string[] {
  if (fault !== null)
    return [
      `Entry ${fault.sequence}: ${fault.kind}. ${plain(fault.text)}`,
      `${entries} entries before it are as they were written.`,
    ];
  if (entries === 0) return ['The audit log is empty.'];
  return [`${entries} entries, ${first} to ${last}, are as they were written.`, `${last}:${hash}`];
}
