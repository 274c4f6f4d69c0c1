import { problem } from '../../base/problem.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import type { DeadLetter, DownstreamReport, Listing } from '../../sync/index.ts';
import type { CommandLineDeps } from '../deps.ts';
import type { Operations } from '../operations.ts';
import { complain, present, withSession } from '../session.ts';
import { readSettings, settingLines } from '../setting-paths.ts';
import { table } from '../table.ts';
import { makeTerminal, plain } from '../terminal.ts';
import type { AddCommands } from './add-commands.ts';
import { askPassword } from './ask-password.ts';
import { addPaging, type PagingOptions, pagingOf } from './paging.ts';

interface DownstreamOptions {
  readonly set?: readonly string[];
  readonly password?: true;
  readonly resend?: true;
  readonly off?: true;
  readonly json?: true;
}

interface LetterOptions extends PagingOptions {
  readonly retry?: string;
  readonly retryAll?: true;
  readonly drop?: string;
  readonly json?: true;
}

const downstreamHelp = `
Changes made here are delivered to another IMS Enterprise Services server, beginning with everything there is. Settings:
url, user, batchSize (records of one call), paused. --password asks for the password of the user there, or reads it from
standard input; the stored one is never sent to another server, so that an address with another scheme, host or port
needs it in the same call. Another address begins with everything there is and forgets what was delivered to the one
before. A server with a private address must be listed in OUTBOUND_HOSTS.

Examples:
  $ rostergate downstream
  $ rostergate downstream --set url=https://lms.example/soap/ImsEnterpriseServicesPort user=sis --password
  $ rostergate downstream --set paused=true
  $ rostergate downstream --resend
  $ rostergate downstream --off`;

const lettersHelp = `
Examples:
  $ rostergate dead-letters
  $ rostergate dead-letters --retry person-6f1c0b6a2c5d4e3f8a9b0c1d2e3f4a5b
  $ rostergate dead-letters --retry-all
  $ rostergate dead-letters --drop person-6f1c0b6a2c5d4e3f8a9b0c1d2e3f4a5b`;

/** `rostergate downstream` and `dead-letters`. */
export const addDownstreamCommands: AddCommands = (program, deps, run) => {
  program
    .command('downstream')
    .description('Shows, sets up or ends the delivery of changes to another server.')
    .option('--set <name=value...>', 'settings to change')
    .option('--password', 'set the password; asks for it')
    .option('--resend', 'deliver everything anew')
    .option('--off', 'end the delivery and forget where it was')
    .addHelpText('after', downstreamHelp)
    .action((options: DownstreamOptions) => run(downstream(deps, options)));

  addPaging(program.command('dead-letters'))
    .description('Lists the records that the other server refused for good; sends them again or forgets them.')
    .option('--retry <id>', 'send this one again')
    .option('--retry-all', 'send all again')
    .option('--drop <id>', 'forget this one')
    .addHelpText('after', lettersHelp)
    .action((options: LetterOptions) => run(deadLetters(deps, options)));
};

async function downstream(deps: CommandLineDeps, options: DownstreamOptions): Promise<number> {
  const { set = [], resend, off, json } = options;
  const wrong = (text: string) => complain(makeTerminal(deps), problem('invalid-request', text));
  const settings = readSettings(set);
  if (!settings.ok) return complain(makeTerminal(deps), settings.problem);
  if ('password' in settings.value) {
    return wrong('A password is not taken from the command line, where others can see it; use --password.');
  }
  const changes = set.length > 0 || options.password === true;
  if ([changes, resend === true, off === true].filter(Boolean).length > 1) {
    return wrong('Name settings to change, --resend or --off, one of them at a time.');
  }
  const password = options.password === true ? await askPassword(deps, 'Password at the other server: ') : undefined;
  if (password === '') return wrong('No password was given, on the terminal or by standard input.');
  return withSession(deps, {}, async ({ operations, terminal }) => {
    if (off === true) {
      return present(terminal, await operations.removeDownstream(), json === true, () => ['The delivery is ended.']);
    }
    const wanted = { ...settings.value, ...(password === undefined ? {} : { password }) };
    const report = changes ? operations.putDownstream(wanted) : operations.downstream(resend === true);
    return present(terminal, await report, json === true, reportLines);
  });
}

function reportLines({ settings, state, initial, behind, ...rest }: DownstreamReport): string[] {
  const { deliveredUntil, delivered, deadLetters: refused, failing } = rest;
  const lines = [
    ...settingLines(settings),
    '',
    `State: ${state}`,
    ...(initial === null ? [] : [`First delivery: ${initial.done} of ${initial.total} records`]),
    `Behind by ${behind} transactions; delivered until ${deliveredUntil ?? '–'}`,
    `Written ${delivered.written}, removed ${delivered.removed}, renamed ${delivered.renamed}, dead letters ${refused}`,
    ...(failing === null
      ? []
      : [
          `No delivery since ${failing.since} (${failing.attempts} attempts): ${failing.reason}`,
          `Next attempt at ${failing.nextAt}`,
        ]),
  ];
  return lines.map(plain);
}

async function deadLetters(deps: CommandLineDeps, options: LetterOptions): Promise<number> {
  const { retry, retryAll, drop, json } = options;
  if ([retry, retryAll, drop].filter((one) => one !== undefined).length > 1) {
    const text = 'Name one of --retry, --retry-all and --drop.';
    return complain(makeTerminal(deps), problem('invalid-request', text));
  }
  return withSession(deps, {}, async ({ operations, terminal }) => {
    if (retry !== undefined || retryAll === true) {
      return present(terminal, await operations.retryDeadLetters(retry), json === true, ({ retried }) => [
        `${retried} put in line to be sent again.`,
      ]);
    }
    if (drop !== undefined) {
      return present(terminal, await dropped(operations, drop), json === true, ({ id }) => [
        plain(`${id} is forgotten.`),
      ]);
    }
    return present(terminal, await operations.deadLetters(pagingOf(options)), json === true, letterTable);
  });
}

async function dropped(operations: Operations, id: string): Promise<Result<{ readonly id: string }>> {
  if (id === '') return failed('invalid-request', 'The id of a dead letter is needed.');
  const result = await operations.dropDeadLetter(id);
  return result.ok ? ok({ id }) : result;
}

function letterTable({ items, total, next }: Listing<DeadLetter>): string[] {
  const head = ['id', 'sourcedId', 'what', 'attempts', 'at (UTC)', 'why'];
  const rows = items.map(({ id, sourcedId, op, attempts, at, problem: { text } }) => [
    id,
    sourcedId,
    op,
    attempts,
    at.slice(0, 19),
    text,
  ]);
  const more = next === null ? [] : [`More: --cursor ${next}`];
  return [...table([head, ...rows]), `${items.length} of ${total} dead letters`, ...more];
}
