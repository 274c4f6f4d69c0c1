import { open, rename, rm } from 'node:fs/promises';
import { problem } from '../../../base/problem.ts';
import { ok } from '../../../base/result.ts';
import type { CommandLineDeps } from '../../deps.ts';
import { exitCodes } from '../../exit.ts';
import { complain, present, type Session, withSession } from '../../session.ts';
import { plain } from '../../terminal.ts';
import type { AddCommands } from '../add-commands.ts';

interface PersonExportOptions {
  readonly output?: string;
  readonly json?: true;
}

const help = `
The document has the person's record with its ids, memberships, results, who names the person, the changes with the values
before and after, the runs that made them, and the entries of the audit log; also of one in the trash or purged. Passwords
are masked. Only its owner may read the file; a file of the same name is replaced.

Examples:
  $ rostergate person-export p4711
  $ rostergate person-export p4711 -o - | jq .changes`;

/** `rostergate person-export`. */
export const addPersonExportCommand: AddCommands = (program, deps, run) => {
  program
    .command('person-export')
    .description('Writes all that is kept about one person as one JSON document, for a person who asks to see it.')
    .argument('<id>', 'guid, sender’s id or OneRoster id of the person')
    .option('-o, --output <file>', 'where to write it, - for standard output; person-<guid>.json unless told')
    .addHelpText('after', help)
    .action((id: string, options: PersonExportOptions) =>
      run(withSession(deps, {}, (session) => exportPerson(deps, session, id, options))),
    );
};

async function exportPerson(
  deps: CommandLineDeps,
  { operations, terminal }: Session,
  id: string,
  { output, json }: PersonExportOptions,
): Promise<number> {
  const found = await operations.exportPerson(id);
  if (!found.ok) return complain(terminal, found.problem);
  const { name, bytes: source } = found.value;
  if (output === '-') {
    for await (const chunk of source) await new Promise<void>((done) => deps.stdout.write(chunk, () => done()));
    return exitCodes.done;
  }
  const file = output ?? name;
  const part = `${file}.${process.pid}.part`;
  let bytes = 0;
  try {
    const handle = await open(part, 'wx', 0o600);
    try {
      for await (const chunk of source) bytes += (await handle.write(chunk)).bytesWritten;
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof TypeError && message === 'terminated') {
      return complain(terminal, problem('busy', 'The export broke off before its end. Ask for it again.'));
    }
    if (typeof code !== 'string' || !/^E[A-Z]+$/.test(code)) throw error;
    return complain(terminal, problem('invalid-request', `${file} cannot be written: ${code}.`));
  }
  return present(terminal, ok({ file, bytes }), json === true, () => [plain(`${file}: ${bytes} bytes.`)]);
}
