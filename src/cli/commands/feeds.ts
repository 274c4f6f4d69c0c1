import { Option } from 'commander';
import { failed, type Result } from '../../base/result.ts';
import type { Feed } from '../../sync/index.ts';
import type { CommandLineDeps } from '../deps.ts';
import type { Operations } from '../operations.ts';
import { complain, present, withSession } from '../session.ts';
import { readSettings, settingLines } from '../setting-paths.ts';
import { makeTerminal, plain } from '../terminal.ts';
import type { AddCommands } from './add-commands.ts';
import { feedLines, feedTable } from './feed-health/feed-health.ts';
import { type SecretOptions, withSecrets } from './feed-secrets/feed-secrets.ts';

interface FeedOptions extends SecretOptions {
  readonly set?: readonly string[];
  readonly delete?: true;
  readonly json?: true;
}
interface WindowOptions {
  readonly kind?: Feed['windows'][number]['kind'];
  readonly from?: string;
  readonly until?: string;
  readonly limits?: string;
  readonly remove?: true;
  readonly json?: true;
}

const kinds = ['raised-limits', 'additions-only', 'paused'] as const;

const feedsHelp = `
States: ok; late (nothing has come for the last time of the schedule, an hour after it); held (a run waits for a decision); failing
(the last file failed or its hold expired, or the place cannot be looked at); paused (a window); never-ran. Times are in UTC. Behind the
persons after the last good run stands how many more or fewer they are than after the one before; --json has the last ten.

Examples:
  $ rostergate feeds
  $ rostergate feeds --json`;

const feedHelp = `
Settings are named by their path; values are JSON, anything else is text.

A feed with pull.url, pull.tokenUrl, pull.clientId and --secret is read from another OneRoster server by rostergate pull.
pull.version is v1p2 or v1p1; pull.demographics, pull.scope, pull.clientAuth (basic, form) and pull.pageSize are optional.
pull.delta=true reads only what has changed since the last pull, and all every pull.fullEvery days (7).
pull.auth=oauth1 signs requests (OAuth 1.0a; pull.signature is HMAC-SHA256 or HMAC-SHA1), pull.auth=bearer sends the secret as a key.
A server with a private address must be listed in OUTBOUND_HOSTS.

Where files are fetched by SFTP, S3 or HTTPS is said by transport and sftpPull, s3 or httpsPull; rostergate feed-check tries it.

Examples:
  $ rostergate feed sis
  $ rostergate feed sis --set mode=full limits.person.delete.percent=20
  $ rostergate feed sis --set grace.runs=3 schedule="0 3 * * *" timeZone=Europe/Oslo
  $ rostergate feed sis --set smallerFilePercent=null onBreach=no-deletes
  $ rostergate feed sis --set pull.url=https://sis.example/ims/oneroster/rostering/v1p2 \\
      pull.tokenUrl=https://sis.example/oauth/token pull.clientId=rostergate --secret
  $ rostergate feed sis --set pull=null
  $ rostergate feed nightly --set transport=sftp-pull sftpPull.host=sftp.school.example sftpPull.user=roster \\
      sftpPull.hostKey=SHA256:… sftpPull.path=/out/students.xml --secret sftpPull.password
  $ rostergate feed old --delete`;

const windowHelp = `
A window ends by itself. Days are in the time zone of the feed, the last one included; instants are taken too.
  raised-limits   --limits take the place of those of the feed where they say something
  additions-only  what is new is added, nothing known is changed or removed
  paused          files are not worked on

Examples:
  $ rostergate feed-window sis "back to school" --kind raised-limits --from 2027-08-01 --until 2027-09-15 \\
      --limits '{"membership":{"delete":{"percent":90}}}'
  $ rostergate feed-window sis "summer" --kind paused --from 2027-07-01 --until 2027-07-31
  $ rostergate feed-window sis "summer" --remove`;

/** `rostergate feeds`, `feed` and `feed-window`. */
export const addFeedCommands: AddCommands = (program, deps, run) => {
  program
    .command('feeds')
    .description('Lists the feeds: how each is, its last good run, its next one, what waits.')
    .addHelpText('after', feedsHelp)
    .action(({ json }: FeedOptions) =>
      run(
        withSession(deps, {}, async ({ operations, terminal }) =>
          present(terminal, await operations.feeds(), json === true, ({ items }) => feedTable(items)),
        ),
      ),
    );

  program
    .command('feed')
    .description('Shows or changes the settings of a feed; a new name makes a feed.')
    .argument('<name>', 'name of the feed')
    .option('--set <path=value...>', 'settings to change')
    .option('--secret [setting]', 'set a secret, pull.secret unless told, as sftpPull.password; asks for it')
    .option('--secret-file <setting=file...>', 'set secrets from files, as sftpPull.privateKey=id_ed25519')
    .option('--delete', 'forget the feed, if it lists no record any more')
    .addHelpText('after', feedHelp)
    .action((name: string, options: FeedOptions) => run(feed(deps, name, options)));

  program
    .command('feed-window')
    .description('Sets or removes a time in which the rules of a feed are others.')
    .argument('<name>', 'name of the feed')
    .argument('<window>', 'name of the window, for people')
    .addOption(new Option('--kind <kind>', 'what holds in it').choices([...kinds]))
    .option('--from <day>', 'its first day or instant')
    .option('--until <day>', 'its last day, or the instant of its end')
    .option('--limits <json>', 'limits of raised-limits')
    .option('--remove', 'remove it')
    .addHelpText('after', windowHelp)
    .action((name: string, window: string, options: WindowOptions) => run(feedWindow(deps, name, window, options)));
};

async function feed(deps: CommandLineDeps, name: string, options: FeedOptions): Promise<number> {
  const { set = [], json } = options;
  const settings = readSettings(set);
  if (!settings.ok) return complain(makeTerminal(deps), settings.problem);
  const wanted = await withSecrets(deps, settings.value, options);
  if (!wanted.ok) return complain(makeTerminal(deps), wanted.problem);
  const changes = Object.keys(wanted.value).length > 0;
  if (options.delete === true && changes) {
    return complain(makeTerminal(deps), { code: 'invalid-request', text: 'Name settings to change, or --delete.' });
  }
  return withSession(deps, { mayCreate: changes }, async ({ operations, terminal }) => {
    if (options.delete === true) {
      return present(terminal, await operations.removeFeed(name), json === true, () => [
        plain(`The feed ${name} is gone.`),
      ]);
    }
    const found = changes ? operations.putFeed(name, wanted.value) : operations.feed(name);
    return present(terminal, await found, json === true, feedLines);
  });
}

async function feedWindow(
  deps: CommandLineDeps,
  name: string,
  window: string,
  options: WindowOptions,
): Promise<number> {
  const { kind, from, until, limits, remove, json } = options;
  const wrong = (text: string) => complain(makeTerminal(deps), { code: 'invalid-request', text });
  const isGiven = kind !== undefined && from !== undefined && until !== undefined;
  const isNamed = [kind, from, until, limits].some((one) => one !== undefined);
  if (remove === true ? isNamed : !isGiven) return wrong('A window has --kind, --from and --until, or --remove alone.');
  const raised = limits === undefined ? undefined : readJson(limits);
  if (limits !== undefined && raised === undefined) return wrong('--limits takes a JSON object; see --help.');
  return withSession(deps, {}, async ({ operations, terminal }) => {
    const wanted = isGiven
      ? { name: window, kind, from, until, ...(raised === undefined ? {} : { limits: raised }) }
      : undefined;
    return present(terminal, await putWindow(operations, name, window, wanted), json === true, ({ windows }) =>
      settingLines({ windows }),
    );
  });
}

/** Puts a window in place of those of its name, or removes them. */
async function putWindow(
  operations: Operations,
  name: string,
  window: string,
  wanted: object | undefined,
): Promise<Result<Feed>> {
  const found = await operations.feed(name);
  if (!found.ok) return found;
  const others = found.value.windows.filter((one) => one.name !== window);
  if (wanted === undefined && others.length === found.value.windows.length) {
    return failed('unknown-object', `There is no window ${window}.`);
  }
  return operations.putFeed(name, { windows: wanted === undefined ? others : [...others, wanted] });
}

function readJson(text: string): object | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
