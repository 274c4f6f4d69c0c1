import { InvalidArgumentError, Option } from 'commander';
import { mailFrequencies } from '../../../model/index.ts';
import type { MailWishes, PersonMailWishes } from '../../../roster/index.ts';
import type { CommandLineDeps } from '../../deps.ts';
import { present, withSession } from '../../session.ts';
import type { AddCommands } from '../add-commands.ts';

interface Options {
  readonly optOut?: true;
  readonly optIn?: true;
  readonly frequency?: MailWishes['frequency'];
  readonly link?: number;
  readonly revoke?: true;
  readonly json?: true;
}

const help = `
Without an option it shows them. What is set here, or by the person, is changed by no file any more.

Examples:
  $ rostergate mail-wishes p4711 --opt-out
  $ rostergate mail-wishes p4711 --link 90`;

/** `rostergate mail-wishes`. */
export const addMailWishesCommand: AddCommands = (program, deps, run) => {
  program
    .command('mail-wishes')
    .description('Shows or sets what a person wants of mails, or makes the link by which the person does.')
    .argument('<id>', 'guid, sender’s id or OneRoster id of the person')
    .addOption(new Option('--opt-out', 'no mails').conflicts('optIn'))
    .option('--opt-in', 'mails')
    .addOption(new Option('--frequency <frequency>', 'how often').choices([...mailFrequencies]))
    .option('--link <days>', 'make a link that holds for so many days (1 to 400)', daysOf)
    .option('--revoke', 'end all links of the person that were made before')
    .addHelpText('after', help)
    .action((id: string, options: Options) => run(mailWishes(deps, id, options)));
};

function mailWishes(deps: CommandLineDeps, id: string, options: Options): Promise<number> {
  const { optOut, optIn, frequency, link, revoke, json } = options;
  return withSession(deps, {}, async ({ operations, terminal }) => {
    const isJson = json === true;
    if (link !== undefined) {
      return present(terminal, await operations.linkMailWishes(id, link), isJson, ({ url, token, expiresAt }) => [
        `${url ?? `/preferences/${token}`} (until ${expiresAt})`,
      ]);
    }
    if (revoke === true) {
      return present(terminal, await operations.revokeMailWishesLinks(id), isJson, () => ['The links are ended.']);
    }
    const wishes = {
      ...(optOut === true ? { optOut: true } : optIn === true ? { optOut: false } : {}),
      ...(frequency === undefined ? {} : { frequency }),
    };
    const isQuestion = Object.keys(wishes).length === 0;
    const answer = isQuestion ? await operations.mailWishes(id) : await operations.putMailWishes(id, wishes);
    return present(terminal, answer, isJson, lines);
  });
}

const lines = ({ optOut, frequency, kept }: PersonMailWishes) => [
  `${optOut ? 'no mails' : `mails: ${frequency}`}${kept ? '' : ' (as the last file says, or nobody has said anything)'}`,
];

function daysOf(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= 400) return days;
  throw new InvalidArgumentError('It is a number of days from 1 to 400.');
}
