import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { version } from '../version.ts';
import { addAccountCommands } from './commands/accounts/accounts.ts';
import type { AddCommands } from './commands/add-commands.ts';
import { addArrivalCommands } from './commands/arrivals/arrivals.ts';
import { addAuditCommands } from './commands/audit/audit.ts';
import { addSharingCommand } from './commands/clients/sharing.ts';
import { addCredentialCommands } from './commands/credentials.ts';
import { addDownstreamCommands } from './commands/downstream.ts';
import { addExportCommand } from './commands/export/export-file.ts';
import { addFeedCheckCommand } from './commands/feed-check/feed-check.ts';
import { addFeedReviewCommands } from './commands/feed-review/feed-review.ts';
import { addFeedCommands } from './commands/feeds.ts';
import { addGatewayCommands } from './commands/gateway.ts';
import { addImportCommand } from './commands/import-file.ts';
import { addJobCommands } from './commands/jobs/jobs.ts';
import { addPlanCommands } from './commands/plans.ts';
import { addMailWishesCommand } from './commands/preferences/mail-wishes.ts';
import { addPullCommand } from './commands/pull.ts';
import { addRecordCommands } from './commands/records.ts';
import { addRunListCommands } from './commands/run-lists.ts';
import { addRunCommands } from './commands/runs.ts';
import { addSecretsCommands } from './commands/secrets/secrets.ts';
import { addSessionCommands } from './commands/sessions/sessions.ts';
import { addSettingsCommand } from './commands/settings.ts';
import { addSftpCommand } from './commands/sftp/sftp.ts';
import { addSnapshotReportCommand } from './commands/snapshots/snapshot-report.ts';
import { addPersonExportCommand } from './commands/subject/person-export.ts';
import { addSubscriberCommands } from './commands/subscribers/subscribers.ts';
import { addTenantCommands } from './commands/tenants/tenants.ts';
import { addTrashCommands } from './commands/trash.ts';
import { addUnmappedCommand } from './commands/unmapped/unmapped.ts';
import { addWebhookCommand } from './commands/webhooks/webhooks.ts';
import type { CommandLineDeps } from './deps.ts';
import { exitCodes } from './exit.ts';

const overview = `
It talks to the gateway that runs on this machine (or at ROSTERGATE_URL, with the admin key in ROSTERGATE_KEY), and
works on the database itself where none runs.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the run is held by a safety filter.`;

/** Runs the command line; answers the exit code: 0 done, 1 failed, 2 usage, 3 held by a filter, 130 interrupted. */
export async function runCommandLine(args: readonly string[], given: CommandLineDeps): Promise<number> {
  const env = { ...given.env };
  const deps = { ...given, env };
  let code: number = exitCodes.done;
  const run = async (work: Promise<number>) => {
    code = await work;
  };
  const program = new Command('rostergate')
    .description(
      'Imports and their runs, feeds, the trash, settings, credentials and the delivery to another server of a Rostergate gateway.',
    )
    .version(version)
    .option(
      '--tenant <id>',
      'the tenant to act on, for operators of the gateway; default: ROSTERGATE_TENANT, or the only one',
    )
    .option('--why <text>', 'why, for the audit log: the number of a ticket, say', whyOf)
    .hook('preAction', (command) => {
      const { tenant, why } = command.opts<{ tenant?: string; why?: string }>();
      if (tenant !== undefined) env['ROSTERGATE_TENANT'] = tenant;
      if (why !== undefined) env['ROSTERGATE_WHY'] = why;
    })
    .addHelpText('after', overview)
    .configureOutput({
      writeOut: (text) => void deps.stdout.write(text),
      writeErr: (text) => void deps.stderr.write(text),
    })
    .showHelpAfterError('(--help shows how it is used)')
    .exitOverride();
  const groups: readonly AddCommands[] = [
    addImportCommand,
    addRunCommands,
    addRunListCommands,
    addPlanCommands,
    addArrivalCommands,
    addFeedCheckCommand,
    addFeedCommands,
    addFeedReviewCommands,
    addUnmappedCommand,
    addSnapshotReportCommand,
    addSubscriberCommands,
    addWebhookCommand,
    addPullCommand,
    addJobCommands,
    addTrashCommands,
    addRecordCommands,
    addExportCommand,
    addPersonExportCommand,
    addAccountCommands,
    addMailWishesCommand,
    addSettingsCommand,
    addCredentialCommands,
    addSftpCommand,
    addSharingCommand,
    addDownstreamCommands,
    addAuditCommands,
    addTenantCommands,
    addSessionCommands,
    addSecretsCommands,
    addGatewayCommands,
  ];
  for (const add of groups) add(program, deps, run);
  for (const command of allCommands(program)) {
    command.exitOverride();
    if (takesJson(command)) command.addOption(new Option('--json', 'print the result as one line of JSON'));
  }
  try {
    await program.parseAsync(withDashedIds(args), { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    throw error;
  }
}

/** As long as the admin API takes it. */
function whyOf(text: string): string {
  if (text === '' || text.length > 200) throw new InvalidArgumentError('It must have 1 to 200 characters.');
  return text;
}

function allCommands(command: Command): Command[] {
  return command.commands.flatMap((one) => [one, ...allCommands(one)]);
}

/** Every command that does something has `--json`; one that only holds others has not. */
function takesJson(command: Command): boolean {
  return command.commands.length === 0;
}

/** Ids of runs may begin with `-`: they go to the end, behind `--`, where they are not taken for options. */
function withDashedIds(args: readonly string[]): string[] {
  const isDashedId = (arg: string, index: number) =>
    /^-[A-Za-z0-9_-]{21}$/.test(arg) && !args[index - 1]?.startsWith('--') && !args.includes('--');
  const ids = args.filter(isDashedId);
  return ids.length === 0 ? [...args] : [...args.filter((arg, index) => !isDashedId(arg, index)), '--', ...ids];
}
