import { isDeepStrictEqual } from 'node:util';
import {
  type Extension,
  isSameRole,
  isSameUserProfile,
  isSameUserRole,
  type Person,
  primaryFaults,
  type Relationship,
  type Role,
  roleNames,
  type UserProfile,
  type UserRole,
} from '../../../model/index.ts';
import type { Remark, WriteChange } from '../../change.ts';
import type { Unit } from '../unit.ts';
import { guidMeant } from './look-up.ts';

type Fields = Record<string, unknown>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.keys(value).length === 0);

/** A copy without undefined, null, and empty lists and objects: how data are kept. Only what changes is copied. */
export function compact<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item) => compact(item)) as T;
  if (!isObject(value)) return value;
  const result: Fields = {};
  for (const [name, child] of Object.entries(value)) {
    const kept = compact(child);
    if (!isEmpty(kept) || (name === 'roles' && Array.isArray(kept))) result[name] = kept;
  }
  return result as T;
}

/** Relationships of an update: added to what is there, a later one of the same kind and target in place of the earlier. */
function mergeRelationships(old: readonly Relationship[], added: readonly Relationship[]): Relationship[] {
  const same = (a: Relationship, b: Relationship) => a.relation === b.relation && a.target === b.target;
  const kept = old.map((relationship) => added.find((other) => same(other, relationship)) ?? relationship);
  return [...kept, ...added.filter((relationship) => !old.some((other) => same(other, relationship)))];
}

/**
 * The data of a group whose parents are to be those of a patch that names any: the others are taken away, and those that
 * stay stand in the order of the patch.
 */
export function withParentsOf<T extends object>(old: T, patch: object): T {
  const parentsIn = (data: object) =>
    ((data as Fields)['relationships'] as readonly Relationship[] | null | undefined)?.filter(
      ({ relation }) => relation === 'parent',
    ) ?? [];
  const wanted = parentsIn(patch).map(({ target }) => target);
  if (wanted.length === 0) return old;
  const place = ({ target }: Relationship) => wanted.indexOf(target);
  const kept = parentsIn(old)
    .filter((parent) => place(parent) >= 0)
    .sort((a, b) => place(a) - place(b));
  const relationships = ((old as Fields)['relationships'] as readonly Relationship[] | undefined) ?? [];
  const stays = relationships.filter(({ relation, target }) => relation !== 'parent' || wanted.includes(target));
  return { ...old, relationships: stays.map((one) => (one.relation === 'parent' ? (kept.shift() ?? one) : one)) };
}

/** Roles added to a membership: one that is the same takes the earlier one's place. */
export function mergeRoles(old: readonly Role[], added: readonly Role[]): Role[] {
  const kept = old.map((role) => added.find((other) => isSameRole(role, other)) ?? role);
  return [...kept, ...added.filter((role) => !old.some((other) => isSameRole(role, other)))];
}

/** Roles of a membership but for those that some names mean: types, or senders' ids. */
export function withoutRoles(roles: readonly Role[], names: readonly string[]): readonly Role[] {
  return names.length === 0 ? roles : roles.filter((role) => !roleNames(role).some((name) => names.includes(name)));
}

/**
 * The data of a change to a person with the lists that it adds to as a whole, as they would be; what the change says of
 * primary roles that cannot be is remarked. References in the data are guids already.
 */
export function withMergedLists(
  unit: Unit,
  person: Person,
  change: WriteChange,
  data: Fields,
  remarks: Remark[],
): Fields {
  if (change.mergeLists === undefined) return data;
  const { roles: goneRoles, userProfiles: goneProfiles } = change.mergeLists;
  const result = { ...data };
  if (goneRoles !== undefined) {
    const gone = goneRoles.map((role) => ({ ...role, org: guidMeant(unit, 'group', role.org) }));
    const roles = merged(person.roles ?? [], (data['roles'] ?? []) as UserRole[], gone, isSameUserRole);
    for (const fault of primaryFaults(roles))
      remarks.push({ kind: 'repair.primary-role', text: `Of the user ${fault}.` });
    result['roles'] = roles;
  }
  if (goneProfiles !== undefined) {
    const added = (data['userProfiles'] ?? []) as UserProfile[];
    result['userProfiles'] = merged(person.userProfiles ?? [], added, goneProfiles, isSameUserProfile);
  }
  return result;
}

/** Items without those that go, each new one in the place of the same one, else at the end. */
function merged<T>(old: readonly T[], added: readonly T[], gone: readonly T[], isSame: (a: T, b: T) => boolean): T[] {
  const left = old.filter((item) => !gone.some((other) => isSame(item, other)));
  const kept = left.map((item) => added.find((other) => isSame(item, other)) ?? item);
  return [...kept, ...added.filter((item) => !left.some((other) => isSame(item, other)))];
}

/**
 * An update (ims-es.md 7): objects merge field by field, lists are taken as a whole, relationships are added, `null`
 * and empty lists clear.
 */
export function mergeData<T extends object>(old: T, patch: object): T {
  const result: Fields = { ...(old as Fields) };
  for (const [name, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    const before = result[name];
    if (isEmpty(value)) delete result[name];
    else if (name === 'relationships' && Array.isArray(before)) {
      result[name] = mergeRelationships(before as Relationship[], value as Relationship[]);
    } else if (isObject(value) && isObject(before)) {
      const merged = mergeData(before, value);
      if (isEmpty(merged)) delete result[name];
      else result[name] = merged;
    } else {
      const kept = compact(value);
      if (isEmpty(kept)) delete result[name];
      else result[name] = kept;
    }
  }
  return result as T;
}

/** The extension bag that a door writes; the others' bags survive its replace. */
const bags: Readonly<Record<string, keyof Extension>> = { soap: 'imsEs', file: 'imsXml', rest: 'oneRoster' };

/**
 * A replace: what is absent is cleared, but for the bags of other standards, of which the sender does not speak, and for
 * fields that other writers filled.
 */
export function replaceData<T extends object>(old: T, data: object, source: string, filled: readonly string[]): T {
  const result = compact(data) as Fields;
  const before = old as Fields;
  for (const name of filled) if (result[name] === undefined && before[name] !== undefined) result[name] = before[name];
  const others = { ...(before['extension'] as Fields | undefined) };
  for (const bag of [bags[source] ?? '', ...Object.keys((data as Fields)['extension'] ?? {})]) delete others[bag];
  const extension = { ...others, ...(result['extension'] as Fields | undefined) };
  if (Object.keys(extension).length > 0) result['extension'] = extension;
  return result as T;
}

/** Fills only what is empty, or what the same writer filled before (`mine`); answers the names of the fields that were filled. */
export function fillData<T extends object>(
  old: T,
  data: object,
  mine: readonly string[],
): { data: T; filled: string[] } {
  const result: Fields = { ...(old as Fields) };
  const filled: string[] = [];
  for (const [name, value] of Object.entries(compact(data))) {
    if (isEmpty(value)) continue;
    if (isEmpty(result[name]) || (mine.includes(name) && !sameData(result[name], value))) {
      result[name] = value;
      filled.push(name);
    }
  }
  return { data: result as T, filled };
}

/** Whether two values are equal as data. */
export function sameData(a: unknown, b: unknown): boolean {
  return a === b || isDeepStrictEqual(a, b);
}
