import { problem } from '../../../base/problem.ts';
import type { DeliveryItem, WebhookItem } from '../../../notify/index.ts';
import { type NoticeTopic, noticeTopics } from '../../../sync/index.ts';
import { complain, present, withSession } from '../../session.ts';
import { table } from '../../table.ts';
import { makeTerminal } from '../../terminal.ts';
import type { AddCommands } from '../add-commands.ts';
import { addPaging, type PagingOptions, pagingOf } from '../paging.ts';

interface Options extends PagingOptions {
  readonly add?: string;
  readonly hears?: string;
  readonly feeds?: string;
  readonly on?: true;
  readonly off?: true;
  readonly remove?: true;
  readonly rotate?: true;
  readonly test?: true;
  readonly replay?: string;
  readonly replaySince?: string;
  readonly json?: true;
}

const help = `
Programs are told of runs and alarms by HTTP, signed as Standard Webhooks has it. A secret is shown when it is made, and never again.

Examples:
  $ rostergate webhooks
  $ rostergate webhooks --add https://tool.school.example/hook --hears held,failed,alarm
  $ rostergate webhooks ID                       what was sent, and how it went
  $ rostergate webhooks ID --test
  $ rostergate webhooks ID --rotate              the secret before signs too for a day
  $ rostergate webhooks ID --replay-since 2026-03-01T00:00:00Z

Exit codes: 0 done, 1 there is no such webhook or message, 2 wrong usage.`;

/** `rostergate webhooks [ID]`. */
export const addWebhookCommand: AddCommands = (program, deps, run) => {
  addPaging(program.command('webhooks'))
    .description('Lists endpoints that are told of runs and alarms; makes, changes, tries and removes one.')
    .argument('[id]', 'id of an endpoint; with nothing else its messages are listed')
    .option('--add <url>', 'make an endpoint')
    .option('--hears <topics>', `what of, with commas: ${noticeTopics.join(', ')}; default: all`)
    .option('--feeds <names>', 'of these feeds only, with commas')
    .option('--on', 'switch it on')
    .option('--off', 'switch it off')
    .option('--remove', 'remove it with what was sent')
    .option('--rotate', 'make a new secret')
    .option('--test', 'send a test message')
    .option('--replay <message>', 'send a message again')
    .option('--replay-since <time>', 'send again all that have failed since')
    .addHelpText('after', help)
    .action((id: string | undefined, options: Options) => {
      const { add, remove, rotate, test, replay, replaySince } = options;
      const json = options.json === true;
      const topics = options.hears?.split(',').map((topic) => topic.trim());
      const wrong = topics?.find((topic) => !noticeTopics.some((one) => one === topic));
      const refused =
        wrong !== undefined
          ? `--hears takes ${noticeTopics.join(', ')}, with commas between.`
          : (add === undefined) === (id === undefined) &&
              (add !== undefined || Object.keys(changeOf(options)).length > 0)
            ? 'Name an endpoint by its id, or make one with --add.'
            : undefined;
      if (refused !== undefined) {
        return run(Promise.resolve(complain(makeTerminal(deps), problem('invalid-request', refused))));
      }
      return run(
        withSession(deps, {}, async ({ operations, terminal }) => {
          const change = changeOf(options);
          if (add !== undefined) {
            const added = await operations.addWebhook({ ...change, url: add });
            return present(terminal, added, json, (one) => [
              `Its id is ${one.id}, its secret ${one.secret} (shown this once).`,
            ]);
          }
          if (id === undefined)
            return present(terminal, await operations.webhooks(), json, ({ items }) => webhookTable(items));
          if (remove === true) {
            return present(terminal, await operations.removeWebhook(id), json, () => [`The webhook ${id} is removed.`]);
          }
          if (rotate === true) {
            return present(terminal, await operations.rotateWebhook(id), json, ({ secret, beforeUntil }) => [
              `Its secret is ${secret} (shown this once); the one before signs too until ${beforeUntil}.`,
            ]);
          }
          if (test === true) {
            return present(terminal, await operations.testWebhook(id), json, (sent) => [
              `The message ${sent.id} is on its way.`,
            ]);
          }
          if (replay !== undefined || replaySince !== undefined) {
            const what = {
              ...(replay === undefined ? {} : { delivery: replay }),
              ...(replaySince === undefined ? {} : { since: replaySince }),
            };
            return present(terminal, await operations.replayWebhook(id, what), json, ({ replayed }) => [
              `${replayed} ${replayed === 1 ? 'message is' : 'messages are'} sent again.`,
            ]);
          }
          if (Object.keys(change).length > 0) {
            return present(terminal, await operations.changeWebhook(id, change), json, (one) => webhookTable([one]));
          }
          return present(terminal, await operations.webhookDeliveries(id, pagingOf(options)), json, deliveryTable);
        }),
      );
    });
};

function changeOf({ hears, feeds, on, off }: Options) {
  const list = (text: string) => text.split(',').map((one) => one.trim());
  return {
    ...(hears === undefined ? {} : { hears: list(hears) as NoticeTopic[] }),
    ...(feeds === undefined ? {} : { feeds: list(feeds) }),
    ...(on === true ? { state: 'on' as const } : off === true ? { state: 'off' as const } : {}),
  };
}

function webhookTable(items: readonly WebhookItem[]): string[] {
  if (items.length === 0) return ['None.'];
  const rows = items.map(({ id, url, hears, feeds, state, why }) => [
    id,
    url,
    hears.join(','),
    feeds.join(',') || 'all',
    state,
    why ?? '',
  ]);
  return table([['id', 'address', 'hears', 'feeds', 'state', 'in the way'], ...rows]);
}

function deliveryTable({
  items,
  next,
}: {
  readonly items: readonly DeliveryItem[];
  readonly next: string | null;
}): string[] {
  const rows = items.map(({ id, type, state, attempts, status, at, reason }) => [
    id,
    type,
    state,
    attempts,
    status ?? '',
    at,
    reason ?? '',
  ]);
  const lines =
    items.length === 0
      ? ['Nothing was sent to it yet.']
      : table([['message', 'type', 'state', 'attempts', 'status', 'of', 'in the way'], ...rows]);
  return next === null ? lines : [...lines, `More: --cursor ${next}`];
}
