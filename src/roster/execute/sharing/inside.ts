import { type Group, type Membership, oneRosterTypeOf, type Person, type RecordType } from '../../../model/index.ts';
import type { Store, Working } from '../../../store/index.ts';
import type { Change } from '../../change.ts';
import type { Context } from '../../context.ts';
import { fits } from '../../read/sharing/fits.ts';
import type { Shared } from '../../read/sharing/shared.ts';
import { hiddenFields, type SharedClass } from '../../sharing.ts';
import type { Unit } from '../unit.ts';

/** What a client with sharing rules writes into. */
export interface Side {
  readonly store: Store;
  readonly shared: Shared;
  readonly context: Context;
  readonly unit: Unit;
}

const someIn = (values: readonly string[] | undefined, list: readonly string[]) =>
  (values ?? []).some((value) => list.includes(value));

/**
 * Whether a record is the client's to write: not only seen, but all of it inside what its rules share. What others have
 * too (users who are in other schools as well, sessions, orgs above, categories and resources of others) is not.
 */
export async function isInside(side: Side, record: Working): Promise<boolean> {
  const { shared, context } = side;
  const { classes } = shared.groups;
  switch (record.type) {
    case 'person':
      return personIsInside(shared, record as Working<'person'>);
    case 'group':
      return groupIsInside(side, record as Working<'group'>);
    case 'category':
    case 'resource':
      return classes === undefined || record.owner === context.writer;
    default:
      // They are where what they name is.
      return record.type !== 'membership' || (record.data as Membership).memberType === 'person';
  }
}

function personIsInside({ rules, groups }: Shared, { data, derived }: Working<'person'>): boolean {
  const { orgs = [], roles = [] } = derived ?? {};
  const { core } = groups;
  const named = (data as Person).roles?.map(({ org }) => org) ?? [];
  const inOrgs = core === undefined || (orgs.length > 0 && [...orgs, ...named].every((org) => core.includes(org)));
  const inGrades = rules.grades === undefined || !roles.includes('student') || someIn(data.grades, rules.grades);
  return inOrgs && inGrades && (rules.roles === undefined || someIn(roles, rules.roles));
}

async function groupIsInside(side: Side, { guid, data, derived = {} }: Working<'group'>): Promise<boolean> {
  const { rules, groups } = side.shared;
  const { core } = groups;
  const inCore = (org: string | undefined) => core === undefined || (org !== undefined && core.includes(org));
  switch (oneRosterTypeOf(data.kind)) {
    case 'org':
      return inCore(guid) || inCore(derived.parent);
    case 'academicSession':
      return core === undefined;
    case 'course':
      return inCore(derived.school) && fits(rules.subjects, [data.subjects]);
    case 'class': {
      const course = await courseOf(side, derived.course);
      const bySubject = fits(rules.subjects, [data.subjects, course?.subjects]);
      return inCore(derived.school) && bySubject && fits(rules.grades, [data.grades, course?.grades]);
    }
    default:
      return false;
  }
}

async function courseOf({ store, unit }: Side, guid: string | undefined): Promise<Group | undefined> {
  if (guid === undefined) return undefined;
  const here = unit.get('group', guid);
  if (here !== undefined) return here.record.data;
  const row = await store.records('group').findOne({ tenant: unit.tenant.id, _id: guid });
  return row?.['data'] as Group | undefined;
}

/** Whether a change writes a class of which the client does not see every field: what it does not see it would clear. */
export function hidesFields({ sharing }: Context, change: Change, record: Working): boolean {
  if (change.op === 'remove') return false;
  return hiddenFields(sharing, classOf(change, record)).size > 0;
}

function classOf(change: Change, { type, data }: Working): SharedClass {
  const sent = 'data' in change ? (change.data as Readonly<Record<string, unknown>>) : {};
  if (type === 'person') return 'demographics' in sent ? 'demographics' : 'user';
  if (type === 'group') return oneRosterTypeOf((data as Group).kind) ?? 'org';
  return type === 'membership' ? 'enrollment' : (type as Exclude<RecordType, 'person' | 'group' | 'membership'>);
}
