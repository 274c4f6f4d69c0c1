import { complain, present, withSession } from '../session.ts';
import { readSettings, settingLines } from '../setting-paths.ts';
import { table } from '../table.ts';
import { makeTerminal } from '../terminal.ts';
import type { AddCommands } from './add-commands.ts';

interface FeedOptions {
  readonly set?: readonly string[];
  readonly json?: true;
}

const examples = `
Settings are named by their path; values are JSON, anything else is text.

Examples:
  $ rostergate feed sis
  $ rostergate feed sis --set mode=full limits.person.delete.percent=20
  $ rostergate feed sis --set smallerFilePercent=null onBreach=no-deletes`;

/** `rostergate feeds` and `feed`. */
export const addFeedCommands: AddCommands = (program, deps, run) => {
  program
    .command('feeds')
    .description('Lists the feeds.')
    .addHelpText('after', '\nExample:\n  $ rostergate feeds')
    .action(({ json }: FeedOptions) =>
      run(
        withSession(deps, {}, async ({ operations, terminal }) =>
          present(terminal, await operations.feeds(), json === true, ({ items }) =>
            table([
              ['feed', 'protocol', 'mode', 'on breach', 'runs'],
              ...items.map(({ name, protocol, mode, onBreach, runs }) => [name, protocol, mode, onBreach, runs]),
            ]),
          ),
        ),
      ),
    );

  program
    .command('feed')
    .description('Shows or changes the settings of a feed; a new name makes a feed.')
    .argument('<name>', 'name of the feed')
    .option('--set <path=value...>', 'settings to change')
    .addHelpText('after', examples)
    .action((name: string, { set = [], json }: FeedOptions) => {
      const settings = readSettings(set);
      if (!settings.ok) return run(Promise.resolve(complain(makeTerminal(deps), settings.problem)));
      return run(
        withSession(deps, { mayCreate: set.length > 0 }, async ({ operations, terminal }) => {
          const feed = set.length > 0 ? operations.putFeed(name, settings.value) : operations.feed(name);
          return present(terminal, await feed, json === true, settingLines);
        }),
      );
    });
};
