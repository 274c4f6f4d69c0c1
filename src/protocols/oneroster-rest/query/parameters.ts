import { failed, ok, type Result } from '../../../base/result.ts';
import { type PageQuery, sortPlace, type View } from '../../../roster/index.ts';
import type { Operation, Parameter, Version } from '../operations/index.ts';
import { type StatusInfo1p1, warning1p1 } from '../status.ts';
import { conditionOf, parseFilter } from './filter.ts';

/** The number of objects on a page where the request does not say (OneRoster 1.2 REST binding, pagination). */
export const defaultLimit = 100;
/** The greatest `limit` that is honoured; a greater one counts as this. */
export const maxLimit = 10_000;
/** The greatest `offset`: the standard's is an int32. */
const maxOffset = 2_147_483_647;

/** What a request asks for. */
export interface Asked {
  readonly page: PageQuery;
  /** The fields to show; undefined: all. */
  readonly fields?: ReadonlySet<string>;
  /** 1.1: remarks that go beside the data. */
  readonly warnings: readonly StatusInfo1p1[];
}

/** The parameters of a request by name, in lower case as far as the standard knows the name. */
export type Parameters = ReadonlyMap<Parameter, readonly string[]>;

/** Parses a query string; names other than the operation's are passed over, white space around names is tolerated. */
export function readParameters(query: string, operation: Operation): Parameters {
  const values = new Map<Parameter, string[]>();
  for (const [name, value] of new URLSearchParams(query)) {
    const known = operation.parameters.find((parameter) => parameter === name.trim());
    if (known === undefined) continue;
    const list = values.get(known);
    if (list === undefined) values.set(known, [value]);
    else list.push(value);
  }
  return values;
}

function whole(name: 'limit' | 'offset', text: string | undefined, standard: number, min: number): Result<number> {
  if (text === undefined) return ok(standard);
  const number = /^\d+$/.test(text) ? Number(text) : -1;
  return number >= min ? ok(number) : failed('invalid-request', `${name} is a whole number from ${min} on`);
}

function sortOf(
  version: Version,
  view: View,
  parameters: Parameters,
  known: ReadonlySet<string>,
  warnings: StatusInfo1p1[],
): Result<PageQuery['sort']> {
  const order = parameters.get('orderBy')?.[0]?.trim().toLowerCase();
  if (order !== undefined && order !== 'asc' && order !== 'desc') {
    return failed('invalid-request', 'orderBy is asc or desc');
  }
  const field = parameters.get('sort')?.[0]?.trim();
  if (field === undefined) return ok(undefined);
  const direction = order ?? 'asc';
  if (field === 'sourcedId') return ok({ field, direction });
  if (field === 'dateLastModified') return ok({ field: 'updatedAt', direction });
  const place = known.has(field) ? sortPlace(version, view, field) : undefined;
  if (place !== undefined) return ok({ field: place, direction });
  if (version === '1.1') warnings.push(warning1p1('invalid_sort_field', `Sorting by ${field} is not supported`));
  return ok(undefined);
}

/**
 * The selected fields. In 1.2 a field that the class lacks is a failure; in 1.1 the data come unselected with a
 * warning, and only a blank selection is a failure.
 */
function selection(
  version: Version,
  values: readonly string[] | undefined,
  known: ReadonlySet<string>,
  warnings: StatusInfo1p1[],
): Result<ReadonlySet<string> | undefined> {
  if (values === undefined) return ok(undefined);
  const names = values.flatMap((value) => value.split(',')).map((name) => name.trim());
  const filled = names.filter((name) => name !== '');
  if (filled.length === 0) return failed('invalid-selection-field', 'fields names at least one field');
  const unknown = filled.find((name) => !known.has(name));
  if (unknown === undefined) return ok(new Set(filled));
  const text = `There is no field ${unknown.slice(0, 128)} to select`;
  if (version === '1.2') return failed('invalid-selection-field', text);
  warnings.push(warning1p1('invalid_selection_field', text));
  return ok(undefined);
}

/**
 * Reads the query parameters of an operation strictly (OneRoster 1.2 REST binding, query parameters): a malformed or
 * repeated one is a problem. Only `fields` may be repeated.
 */
export function askedBy(
  version: Version,
  view: View,
  parameters: Parameters,
  known: ReadonlySet<string>,
): Result<Asked> {
  for (const [name, values] of parameters) {
    if (values.length > 1 && name !== 'fields') return failed('invalid-request', `${name} is given more than once`);
  }
  const warnings: StatusInfo1p1[] = [];
  const limit = whole('limit', parameters.get('limit')?.[0], defaultLimit, 1);
  if (!limit.ok) return limit;
  const offset = whole('offset', parameters.get('offset')?.[0], 0, 0);
  if (!offset.ok) return offset;
  if (offset.value > maxOffset) return failed('invalid-request', `offset is at most ${maxOffset}`);
  const sort = sortOf(version, view, parameters, known, warnings);
  if (!sort.ok) return sort;
  const fields = selection(version, parameters.get('fields'), known, warnings);
  if (!fields.ok) return fields;
  const page = { view, limit: Math.min(limit.value, maxLimit), offset: offset.value, sort: sort.value };
  const filter = parameters.get('filter')?.[0];
  if (filter === undefined) return ok(asked(page, fields.value, warnings));
  const parsed = parseFilter(filter);
  if (!parsed.ok) return parsed;
  const where = conditionOf(version, view, parsed.value, known);
  return where.ok ? ok(asked({ ...page, where: where.value }, fields.value, warnings)) : where;
}

function asked(
  { sort, ...page }: Omit<PageQuery, 'sort'> & { readonly sort: PageQuery['sort'] | undefined },
  fields: ReadonlySet<string> | undefined,
  warnings: readonly StatusInfo1p1[],
): Asked {
  return {
    page: sort === undefined ? page : { ...page, sort },
    ...(fields === undefined ? {} : { fields }),
    warnings,
  };
}
