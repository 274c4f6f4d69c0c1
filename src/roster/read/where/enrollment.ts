import { enrollmentRole, enrollmentRole1p1, roleTypes } from '../../../model/index.ts';
import type { Doc } from '../../../store/index.ts';
import type { Clause, OneRosterVersion, Operator } from '../../query.ts';
import type { StoreCondition } from '../condition.ts';
import { comparison, holds, plain } from './operators.ts';

type RoleClause = Extract<Clause, { readonly version: OneRosterVersion }>;
type DayClause = Extract<Clause, { readonly field: 'beginDate' | 'endDate' }>;

/** Role types for which OneRoster has a word of its own; all others are shown by their type. */
const named = [...Object.values(roleTypes), 'Default', 'Guest', 'proctor', 'administrator', 'student', 'teacher'];

/** The role of an enrollment: that of a membership which was taken apart, or its only one. */
const one = { $cond: [{ $isArray: '$data.roles' }, { $first: '$data.roles' }, '$data.roles'] };
/** Its type as a word of OneRoster's: what no word may hold is `_` there. */
const token = {
  $reduce: {
    input: [' ', '/', ':', ',', '(', ')', '&', '+'],
    initialValue: { $toLower: { $getField: { field: 'type', input: one } } },
    in: { $replaceAll: { input: '$$value', find: '$$this', replacement: '_' } },
  },
};

/** A condition on each role by itself, and on memberships of which a role may meet it. */
const perRole = (item: Doc, record: Doc = {}): StoreCondition => ({ record, item, perRole: true });

/** Enrollments by role (1.1 knows no words of senders' own). */
export function enrollmentRoleCondition({ version, operator, value }: RoleClause): StoreCondition {
  const isNegated = operator === '!=';
  const asked: Operator = isNegated ? '=' : operator;
  const wordOf = (type: string) => (version === '1.1' ? enrollmentRole1p1 : enrollmentRole)({ type }).toLowerCase();
  const types = named.filter((type) => holds(asked, wordOf(type), value));
  const unnamed = { 'data.roles.type': { $nin: named } };
  const ways: Doc[] = [{ 'data.roles.type': { $in: types } }];
  if (version === '1.2') {
    const sent = comparison({ $concat: ['ext:', token] }, asked, value);
    if (asked !== '=' || value.startsWith('ext:')) ways.push({ ...unnamed, $expr: sent });
  } else if (holds(asked, wordOf('a word of its own'), value)) ways.push(unnamed);
  if (isNegated) return perRole({ $nor: ways });
  const [only] = ways;
  const record = ways.length === 1 && only !== undefined ? only : {};
  return perRole({ $or: ways }, record);
}

/** Enrollments by whether the role is the primary one; those of which nobody said are neither. */
export function primaryCondition(operator: '=' | '!=', value: boolean): StoreCondition {
  const item = plain('data.roles.primary', operator, value as never);
  return perRole(item, operator === '=' ? item : {});
}

/** Enrollments by their days; what is no day is not shown. */
export function dayCondition({ field, operator, value }: DayClause): StoreCondition {
  const path = `data.roles.timeFrame.${field === 'beginDate' ? 'start' : 'end'}`;
  return perRole(plain(path, operator, value));
}
