import { createHash } from 'node:crypto';
import { type RestCollection, type RestCondition, type RestVersion, restColumns } from '../../sync/index.ts';
import {
  type Cells,
  itemsAtPath,
  type JsonPath,
  type MappingPlace,
  makeMapping,
  mappedText,
  readJsonPath,
  valuesAtPath,
} from '../../wire/index.ts';

/** Most items of the list of one record that have rows. */
const mostItems = 10_000;

/** What could not be done with a field of a record. */
export interface RowFault {
  readonly column: string;
  readonly path: string;
  readonly text: string;
}

/** Rows of one record. */
export interface MadeRows {
  readonly rows: readonly Cells[];
  readonly faults: readonly RowFault[];
}

/** Makes the rows of a record for the file of a collection; faults name no values. */
export type RowMaker = (record: unknown) => MadeRows;

/** A path of checked settings. */
function pathOf(text: string): JsonPath {
  const path = readJsonPath(text);
  if (path === undefined) throw new Error('settings of restPull are checked when they are set');
  return path;
}

type Condition = (place: MappingPlace) => boolean;

function conditionOf({ path: text, in: among, notIn, present }: RestCondition): Condition {
  const path = pathOf(text);
  return (place) => {
    const found = valuesAtPath(path, place).map(String);
    return (
      (present === undefined || found.length > 0 === present) &&
      (among === undefined || found.some((value) => among.includes(value))) &&
      (notIn === undefined || !found.some((value) => notIn.includes(value)))
    );
  };
}

/** Makes the {@link RowMaker} of a collection whose settings are checked. */
export function makeRowMaker(collection: RestCollection, version: RestVersion): RowMaker {
  const { type, each, only = [], fields } = collection;
  const conditions = only.map(conditionOf);
  const list = each === undefined ? undefined : pathOf(each);
  const mappings = Object.entries(fields).map(([column, mapping]) => {
    const made = makeMapping(mapping);
    if (!made.ok) throw new Error('settings of restPull are checked when they are set');
    return { column, apply: made.value };
  });
  const isJoined = (type === 'enrollments' || type === 'roles') && fields['sourcedId'] === undefined;
  const columns = new Set(restColumns(type, version));
  const known = mappings.filter(({ column }) => column.startsWith('metadata.') || columns.has(column));

  return (record) => {
    const faults: RowFault[] = [];
    const items = list === undefined ? [undefined] : itemsAtPath(list, { record });
    if (items.length > mostItems) {
      const text = `It has more than ${mostItems} items; the rest is left out.`;
      faults.push({ column: '', path: each ?? '', text });
    }
    const rows = items.slice(0, mostItems).flatMap((item): Cells[] => {
      const place = { record, item };
      if (!conditions.every((isMet) => isMet(place))) return [];
      const cells: Record<string, string | undefined> = {};
      for (const { column, apply } of known) {
        const { value, faults: found } = apply(place);
        cells[column] = mappedText(value);
        faults.push(...found.map((fault) => ({ column, ...fault })));
      }
      return [isJoined ? { sourcedId: madeId(type, cells), ...cells } : cells];
    });
    return { rows, faults };
  };
}

/** The id of what joins others and has none of its own: the same whenever it joins the same. */
function madeId(type: string, cells: Cells): string | undefined {
  const names =
    type === 'roles'
      ? ['userSourcedId', 'orgSourcedId', 'roleType', 'role']
      : ['classSourcedId', 'userSourcedId', 'role'];
  const ends = names.map((name) => cells[name] ?? '');
  if (ends.slice(0, 2).includes('')) return undefined;
  return createHash('sha256').update(JSON.stringify(ends)).digest('hex').slice(0, 32);
}
