import { failed, ok, type Result } from '../../../base/result.ts';
import type { Clause, OneRosterVersion, Operator, View } from '../../query.ts';
import { type Field, fieldAt, hasMetadata } from './fields.ts';

/** One comparison of a filter as written: a dotted path of OneRoster, a predicate and a value. */
export interface Comparison {
  readonly field: string;
  readonly operator: Operator;
  readonly value: string;
}

const wrong = (text: string) => failed('invalid-filter-field', text);
const onlyEqual = (field: string) => wrong(`${field} is compared with = and != only`);

/** A moment: a day (its beginning, UTC) or a date and time; without a zone it is UTC. */
export function parseMoment(text: string): Date | undefined {
  const match = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)?)?$/i.exec(text.trim());
  const [, day, time, zone] = match ?? [];
  if (day === undefined) return undefined;
  const offset = zone === undefined || zone.toUpperCase() === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  const moment = new Date(time === undefined ? `${day}T00:00:00Z` : `${day}T${time}${offset}`);
  const dayItself = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(moment.getTime()) || Number.isNaN(dayItself.getTime())) return undefined;
  return dayItself.toISOString().startsWith(day) ? moment : undefined;
}

/** The value that a field of a kind is compared with; texts and date-times in lower case, as they are stored. */
function valueFor(kind: Field['kind'], { field, operator, value }: Comparison): Result<string | number> {
  const isText = kind === 'text' || kind === 'any' || kind === 'texts';
  if (isText) {
    const isOrdered = operator !== '=' && operator !== '!=' && operator !== '~';
    return kind === 'texts' && isOrdered
      ? wrong(`${field} is a list, compared with =, != and ~ only`)
      : ok(value.toLowerCase());
  }
  if (operator === '~') return wrong(`${field} cannot be searched with ~`);
  if (kind === 'number') {
    const number = value.trim() === '' ? Number.NaN : Number(value);
    return Number.isFinite(number) ? ok(number) : wrong(`${field} is compared with a number`);
  }
  if (kind === 'flag') {
    const word = value.trim().toLowerCase();
    if (operator !== '=' && operator !== '!=') return onlyEqual(field);
    return word === 'true' || word === 'false' ? ok(word) : wrong(`${field} is true or false`);
  }
  const moment = parseMoment(value);
  if (moment === undefined) return wrong(`${field} is compared with a date or a date and time of ISO 8601`);
  const text = moment.toISOString();
  return ok(kind === 'moment' ? text.toLowerCase() : text.slice(0, 10));
}

function clauseOfField(version: OneRosterVersion, field: Field, comparison: Comparison): Result<Clause> {
  const { field: path, operator, value } = comparison;
  const equality = operator === '=' || operator === '!=' ? operator : undefined;
  switch (field.kind) {
    case 'reference':
      if (equality === undefined) return onlyEqual(path);
      return ok({ field: 'reference', operator: equality, value, to: field.to, relation: field.relation });
    case 'userRole':
    case 'enrollmentRole':
      return ok({ field: field.kind, version, operator, value: value.toLowerCase() });
    case 'enabledUser':
    case 'primary': {
      const read = valueFor('flag', comparison);
      if (!read.ok) return read;
      return ok({ field: field.kind, operator: operator === '=' ? '=' : '!=', value: read.value === 'true' });
    }
    case 'beginDate':
    case 'endDate': {
      const read = valueFor('day', comparison);
      if (!read.ok) return read;
      return operator === '~'
        ? wrong(`${path} cannot be searched with ~`)
        : ok({ field: field.kind, operator, value: String(read.value) });
    }
    default: {
      const read = valueFor(field.kind, comparison);
      if (!read.ok) return read;
      const kind = field.kind === 'any' || field.kind === 'texts' ? field.kind : 'one';
      const missing = field.missing === undefined ? {} : { missing: field.missing };
      const few = field.few === undefined ? {} : { few: field.few };
      return ok({ field: 'shown', kind, at: field.at, operator, value: read.value, ...missing, ...few });
    }
  }
}

/**
 * Reads one comparison of a filter (OneRoster 1.2 REST binding, filtering) for a view; `known` are the names of the
 * view's top-level fields. Problem `invalid-filter-field` for a field that is not there or cannot be filtered by, and for
 * a value that is none of its kind.
 */
export function readClause(
  version: OneRosterVersion,
  view: View,
  comparison: Comparison,
  known: ReadonlySet<string>,
): Result<Clause> {
  const { field: path, operator, value } = comparison;
  switch (path) {
    case 'dateLastModified': {
      const moment = parseMoment(value);
      if (moment === undefined) return wrong('dateLastModified is compared with a date or a date and time of ISO 8601');
      if (operator === '~') return wrong('dateLastModified cannot be searched with ~');
      return ok({ field: 'updatedAt', operator, value: moment });
    }
    case 'status': {
      const status = value.trim().toLowerCase();
      if (operator !== '=' && operator !== '!=') return onlyEqual('status');
      if (status === 'active') return ok({ field: path, operator, value: 'active' });
      if (status === 'tobedeleted' || status === 'inactive') return ok({ field: path, operator, value: 'tobedeleted' });
      return wrong('status is active or tobedeleted');
    }
    case 'sourcedId':
      if (view === 'enrollment' && operator !== '=') return wrong('sourcedId of enrollments is compared with = only');
      return ok({ field: path, operator, value });
    default:
  }
  const head = path.split('.', 1)[0] ?? path;
  if (!known.has(head)) return wrong(`There is no field ${path} to filter by`);
  const field = fieldAt(version, view, path);
  if (field !== undefined) return clauseOfField(version, field, comparison);
  if (fieldAt(version, view, `${path}.sourcedId`) !== undefined) {
    return wrong(`${path} refers to another object; filter by ${path}.sourcedId`);
  }
  const name = path.slice('metadata.'.length);
  const isMetadata = head === 'metadata' && hasMetadata(view) && !name.split('.').includes('');
  return isMetadata
    ? ok({ field: 'metadata', name, operator, value: value.toLowerCase() })
    : wrong(`Filtering by ${path} is not supported`);
}

/** The field of the store by which a view is sorted when it is sorted by a field of OneRoster; undefined where it cannot be. */
export function sortPlace(version: OneRosterVersion, view: View, path: string): `shown.${string}` | undefined {
  const field = fieldAt(version, view, path);
  if (field === undefined || !('at' in field) || field.kind === 'any' || field.kind === 'texts') return undefined;
  // What 1.1 puts into the place of what is missing has no order in the store.
  const [place, other] = field.at;
  return place === undefined || other !== undefined || field.missing !== undefined ? undefined : `shown.${place}`;
}
