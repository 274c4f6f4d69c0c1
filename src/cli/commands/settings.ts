import { complain, present, withSession } from '../session.ts';
import { readSettings, settingLines } from '../setting-paths.ts';
import { makeTerminal } from '../terminal.ts';
import type { AddCommands } from './add-commands.ts';

interface SettingsOptions {
  readonly set?: readonly string[];
  readonly json?: true;
}

const examples = `
Settings are named by their path; values are JSON, anything else is text.

Examples:
  $ rostergate settings
  $ rostergate settings --set imsEs.behaviour=strict imsEs.itemsPerRequest=500

  The limits of itslearning, for a system that must not send what itslearning would refuse:
  $ rostergate settings --set imsEs.lengths.personId=64 imsEs.lengths.groupId=64 \\
      imsEs.lengths.membershipId=255 imsEs.lengths.namePrefix=32 \\
      imsEs.lengths.groupTitle=64 imsEs.lengths.orgId=50

  No limit beyond the standard's:
  $ rostergate settings --set imsEs.lengths.groupTitle=null`;

/** `rostergate settings`. */
export const addSettingsCommand: AddCommands = (program, deps, run) => {
  program
    .command('settings')
    .description('Shows or changes the settings of the tenant.')
    .option('--set <path=value...>', 'settings to change')
    .addHelpText('after', examples)
    .action(({ set = [], json }: SettingsOptions) => {
      const wanted = readSettings(set);
      if (!wanted.ok) return run(Promise.resolve(complain(makeTerminal(deps), wanted.problem)));
      return run(
        withSession(deps, {}, async ({ operations, terminal }) => {
          const settings = set.length > 0 ? operations.putSettings(wanted.value) : operations.settings();
          return present(terminal, await settings, json === true, settingLines);
        }),
      );
    });
};
