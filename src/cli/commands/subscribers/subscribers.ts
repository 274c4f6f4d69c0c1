import { problem } from '../../../base/problem.ts';
import type { SubscriberList } from '../../../notify/index.ts';
import { type NoticeTopic, noticeTopics } from '../../../sync/index.ts';
import { complain, present, withSession } from '../../session.ts';
import { table } from '../../table.ts';
import { makeTerminal } from '../../terminal.ts';
import type { AddCommands } from '../add-commands.ts';

interface SubscriberOptions {
  readonly add?: string;
  readonly digest?: true;
  readonly hears?: string;
  readonly remove?: string;
  readonly json?: true;
}

const help = `
A mail with a link goes to an address that is added, and it gets mails when the link was used. Those whom an administrator has
entered in the feed's setting notices.subscribers get them without.

Examples:
  $ rostergate subscribers nightly
  $ rostergate subscribers nightly --add head@school.example --digest --hears held,failed
  $ rostergate subscribers nightly --remove 3f1c0f5e9a7b4c2d8e6f1a2b3c4d5e6f`;

/** `rostergate subscribers`. */
export const addSubscriberCommands: AddCommands = (program, deps, run) => {
  program
    .command('subscribers')
    .description('Lists who gets mails about a feed; adds an address or takes one off.')
    .argument('<feed>', 'name of the feed')
    .option('--add <address>', 'send a mail with a link to this address')
    .option('--digest', 'one mail a day instead of one a run')
    .option('--hears <topics>', `what of, with commas: ${noticeTopics.join(', ')}; default: all`)
    .option('--remove <id>', 'take the subscriber of this id off')
    .addHelpText('after', help)
    .action((feed: string, options: SubscriberOptions) => {
      const { add, digest, hears, remove } = options;
      const json = options.json === true;
      const topics = hears?.split(',').map((topic) => topic.trim());
      const wrong = topics?.find((topic) => !noticeTopics.some((one) => one === topic));
      const refused =
        add !== undefined && remove !== undefined
          ? 'Name one of --add and --remove.'
          : wrong === undefined
            ? undefined
            : `--hears takes ${noticeTopics.join(', ')}, with commas between.`;
      if (refused !== undefined) {
        return run(Promise.resolve(complain(makeTerminal(deps), problem('invalid-request', refused))));
      }
      return run(
        withSession(deps, {}, async ({ operations, terminal }) => {
          if (add !== undefined) {
            const wanted = {
              address: add,
              ...(digest === true ? { how: 'digest' as const } : {}),
              ...(topics === undefined ? {} : { hears: topics as NoticeTopic[] }),
            };
            const added = await operations.addSubscriber(feed, wanted);
            return present(terminal, added, json, ({ id }) => [
              `A mail with a link goes to the address; its id is ${id}.`,
            ]);
          }
          if (remove !== undefined) {
            const removed = await operations.removeSubscriber(feed, remove);
            return present(terminal, removed, json, ({ id }) => [`No mails go to the subscriber ${id} any more.`]);
          }
          return present(terminal, await operations.subscribers(feed), json, subscriberTable);
        }),
      );
    });
};

function subscriberTable({ items, mails }: SubscriberList): string[] {
  const rows = items.map(({ id, address, how, hears, state, by }) => [id, address, how, hears.join(','), state, by]);
  const lines = items.length === 0 ? ['Nobody.'] : table([['id', 'address', 'how', 'hears', 'state', 'by'], ...rows]);
  return mails ? lines : [...lines, 'No mails are sent: SMTP_URL is not set.'];
}
