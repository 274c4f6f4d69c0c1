import { problem } from '../../../base/problem.ts';
import type { Sharing, SharingPreview } from '../../../roster/index.ts';
import { complain, present, withSession } from '../../session.ts';
import { table } from '../../table.ts';
import { makeTerminal, plain } from '../../terminal.ts';
import type { AddCommands } from '../add-commands.ts';

interface SharingOptions {
  readonly schools?: readonly string[];
  readonly grades?: readonly string[];
  readonly subjects?: readonly string[];
  readonly roles?: readonly string[];
  readonly hide?: readonly string[];
  readonly show?: readonly string[];
  readonly all?: true;
  readonly preview?: true;
  readonly json?: true;
}

const help = `
The rules that are named take the place of all that there were; they hold together. --schools are sourcedIds of orgs: a client
sees them, what is below them, and the names of what is above them. --hide leaves fields out; --show leaves out all fields
of a class but those named (and those that OneRoster requires, which are always there).

Examples:
  $ rostergate sharing library
  $ rostergate sharing library --schools north south --roles student teacher
  $ rostergate sharing library --schools north --hide user.email user.phone
  $ rostergate sharing library --preview
  $ rostergate sharing library --all`;

/** `rostergate sharing`. */
export const addSharingCommand: AddCommands = (program, deps, run) => {
  program
    .command('sharing')
    .description('Shows or sets what of the tenant a OneRoster client may see.')
    .argument('<name>', 'OneRoster client id')
    .option('--schools <sourcedIds...>', 'only these orgs, and what is below them')
    .option('--grades <grades...>', 'only classes and students of these grades')
    .option('--subjects <subjects...>', 'only classes and courses of these subjects')
    .option('--roles <roles...>', 'only users with one of these roles')
    .option('--hide <class.field...>', 'fields to leave out')
    .option('--show <class.field...>', 'fields to show, the others of the class are left out')
    .option('--all', 'take all rules away')
    .option('--preview', 'show what the client sees, and how much there is')
    .addHelpText('after', help)
    .action((name: string, options: SharingOptions) => run(changeSharing(name, options)));

  async function changeSharing(name: string, options: SharingOptions): Promise<number> {
    const { hide, show, all, preview, json, ...lists } = options;
    const fields = { ...fieldsOf('hidden', hide), ...fieldsOf('allowed', show) };
    const sharing: Sharing = { ...lists, ...(Object.keys(fields).length === 0 ? {} : { fields }) };
    const sets = Object.keys(sharing).length > 0;
    if ([sets, all === true, preview === true].filter(Boolean).length > 1) {
      const text = 'Name rules, --all or --preview, not several of them.';
      return complain(makeTerminal(deps), problem('invalid-request', text));
    }
    return withSession(deps, {}, async ({ operations, terminal }) => {
      if (preview === true) {
        return present(terminal, await operations.previewSharing(name), json === true, previewLines);
      }
      const result = sets || all === true ? operations.putSharing(name, sharing) : operations.sharing(name);
      return present(terminal, await result, json === true, sharingLines);
    });
  }
};

/** `class.field` by class. */
function fieldsOf(how: 'hidden' | 'allowed', names: readonly string[] = []): Record<string, object> {
  const byClass: Record<string, { [how: string]: string[] }> = {};
  for (const name of names) {
    const dot = name.indexOf('.');
    const [of, field] = dot < 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot + 1)];
    byClass[of] = { [how]: [...(byClass[of]?.[how] ?? []), field] };
  }
  return byClass;
}

function sharingLines({ fields = {}, ...lists }: Sharing): string[] {
  const lines = Object.entries(lists).map(([name, values]) => `${name}: ${values.join(', ')}`);
  for (const [name, rule] of Object.entries(fields)) {
    const text = 'hidden' in rule ? `hidden: ${rule.hidden.join(', ')}` : `only: ${rule.allowed.join(', ')}`;
    lines.push(`fields of ${name}, ${text}`);
  }
  return (lines.length === 0 ? ['There are no rules: the client may see all of the tenant.'] : lines).map(plain);
}

function previewLines({ sharing, collections, unknownSchools }: SharingPreview): string[] {
  return [
    ...sharingLines(sharing),
    ...unknownSchools.map((id) => plain(`There is no org ${id}; nothing is shared by it.`)),
    ...table([
      ['collection', 'shared', 'of', 'the first'],
      ...collections.map(({ name, shared, of, first }) => [
        name,
        shared,
        of,
        first.map(({ sourcedId }) => sourcedId).join(', '),
      ]),
    ]),
  ];
}
