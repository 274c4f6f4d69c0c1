import { oneRosterWords, userRole1p1 } from '../../../model/index.ts';
import type { Doc } from '../../../store/index.ts';
import type { Clause, OneRosterVersion, Operator } from '../../query.ts';
import { holds, nothing, plain } from './operators.ts';
import type { Seen } from './seen.ts';

type UserRoleClause = Extract<Clause, { readonly version: OneRosterVersion }>;

/** Users by role: by those that OneRoster sent (`shown`), else by the derived ones, which are words of the standard. */
export function userRoleCondition({ version, operator, value }: UserRoleClause, orgs: Seen['orgs']): Doc {
  if (operator === '!=')
    return { $nor: [userRoleCondition({ field: 'userRole', version, operator: '=', value }, orgs)] };
  const old = version === '1.1';
  const words = oneRosterWords.userRole.filter((word) => fits(operator, old ? userRole1p1(word) : word, value));
  const derived = old ? 'derived.roles.0' : 'derived.roles';
  const ways: Doc[] = [{ [derived]: { $in: words } }];
  // Who has no role at all is shown as a student.
  if (words.includes('student')) ways.push({ 'derived.roles.0': { $exists: false } });
  const shown = plain(old ? 'shown.role1p1' : 'shown.roles.role', operator, value);
  // To whom not all orgs are shown, a role elsewhere is none; words of senders' own are found as they are written.
  const here = { 'data.roles': { $elemMatch: { org: { $in: [...(orgs ?? [])] }, role: { $in: [...words, value] } } } };
  const sent = orgs === undefined ? shown : here;
  return { $or: [sent, { 'shown.roles': { $exists: false }, $or: ways }] };
}

function fits(operator: Operator, word: string, value: string): boolean {
  return holds(operator, word.toLowerCase(), value);
}

/** Users who may log in, or may not. */
export function enabledCondition(wanted: boolean): Doc {
  const enabled = {
    state: { $nin: ['disabled', 'trashed'] },
    'data.extension.oneRoster.enabledUser': { $ne: false },
  };
  return wanted ? enabled : { $nor: [enabled] };
}

/** Users with a role in an org: of those that OneRoster sent, else of the derived ones. */
export function inOrg(org: string | undefined): Doc {
  if (org === undefined) return nothing;
  const derived = [
    { 'derived.orgs': org },
    { 'derived.home': org },
    { 'derived.orgs.0': { $exists: false }, 'derived.home': { $exists: false }, 'data.primaryOrg': org },
  ];
  return { $or: [{ 'data.roles.org': org }, { 'shown.roles': { $exists: false }, $or: derived }] };
}
