import { type ListColumn, type ListSettings, listColumns } from '../../sync/index.ts';

/** Where the columns of a list stand. */
export interface Layout {
  /** Place of each column that the file has. */
  readonly places: ReadonlyMap<ListColumn, number>;
  /** Columns that say something of communities: place in the settings, name in the header, place in the file. */
  readonly communities: readonly { readonly setting: number; readonly name: string; readonly place: number }[];
  /** Columns of the settings `list.communities` that the file does not have. */
  readonly absent: readonly string[];
  /** Columns that nothing is known of. */
  readonly unmapped: readonly { readonly name: string; readonly place: number }[];
  /** Cells of the header, empty ones at its end not counted. */
  readonly width: number;
  /** The name of a column in this file. */
  nameOf(column: ListColumn): string;
}

/** A header that cannot be used. */
export interface HeaderFault {
  readonly fault: string;
}

const mostColumns = 500;
const longestName = 128;

/** Columns that a list must have, each with what serves as well. */
const required: readonly (readonly ListColumn[])[] = [
  ['FIRST_NAME'],
  ['LAST_NAME'],
  ['EMAIL'],
  ['USER_ID', 'USER_LOGIN'],
  ['GRADUATION'],
  ['STAKEHOLDERS'],
];

/** Columns whose values are communities. */
const ofCommunities: readonly ListColumn[] = ['PROGRAM', 'AFFINITY'];

/** A column's name as it is compared: without outer blanks, in one case, `first name` and `first-name` as `first_name`. */
export function folded(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
}

/** What each name of a header means by the settings: the settings' own names, then the columns' own. */
export function meanings({ columns }: Pick<ListSettings, 'columns'>): (cell: string) => ListColumn | undefined {
  const meant = new Map<string, ListColumn>([['user_type', 'STAKEHOLDERS']]);
  for (const column of listColumns) meant.set(folded(column), column);
  for (const { column } of columns) {
    // The name of the settings stands in place of the column's own.
    for (const [name, one] of meant) if (one === column) meant.delete(name);
  }
  for (const { column, name } of columns) meant.set(folded(name), column);
  return (cell) => meant.get(folded(cell));
}

/** Reads a header; the answer is a fault where the file cannot be used (`feeds.md` 3.1, 3.5). */
export function readHeader(header: readonly string[], settings: ListSettings): Layout | HeaderFault {
  const cells = header.map((cell) => cell.trim());
  while (cells.length > 0 && cells.at(-1) === '') cells.pop();
  if (cells.length > mostColumns) {
    return { fault: `The header has ${cells.length} columns; ${mostColumns} are allowed.` };
  }
  const meaning = meanings(settings);
  const communityOf = new Map(settings.communities.map(({ column }, at) => [folded(column), at]));
  const places = new Map<ListColumn, number>();
  const names = new Map<ListColumn, string>();
  const communities: Layout['communities'][number][] = [];
  const unmapped: Layout['unmapped'][number][] = [];
  for (const [place, cell] of cells.entries()) {
    if (cell === '') continue;
    const name = cell.slice(0, longestName);
    const column = meaning(cell);
    if (column !== undefined) {
      if (places.has(column)) return twice(names.get(column) ?? column, name, column);
      places.set(column, place);
      names.set(column, name);
    }
    const setting = communityOf.get(folded(cell)) ?? (column && communityOf.get(folded(column)));
    if (setting !== undefined) {
      const there = communities.find((one) => one.setting === setting);
      if (there !== undefined) return twice(there.name, name, settings.communities[setting]?.column ?? name);
      communities.push({ setting, name, place });
    } else if (column === undefined || ofCommunities.includes(column)) unmapped.push({ name, place });
  }
  const fault = missing(places, settings);
  if (fault !== undefined) return { fault };
  const found = new Set(communities.map(({ setting }) => setting));
  return {
    places,
    communities,
    absent: settings.communities.filter((_, at) => !found.has(at)).map(({ column }) => column),
    unmapped,
    width: cells.length,
    nameOf: (column) => names.get(column) ?? column,
  };
}

function twice(one: string, other: string, column: string): HeaderFault {
  return {
    fault: `The header names ${column} twice, as ${one} and as ${other}; leave one out. Nothing was changed or removed.`,
  };
}

function missing(
  places: ReadonlyMap<ListColumn, number>,
  { columns, identifier }: Pick<ListSettings, 'columns' | 'identifier'>,
): string | undefined {
  if (places.size === 0) {
    // What stands there may be a person, so that it is not shown.
    return 'The first line names none of the columns of a list. A file without a header is ignored: nothing was changed or removed. Its first line must name the columns, as FIRST_NAME,LAST_NAME,EMAIL,USER_ID,GRADUATION,STAKEHOLDERS.';
  }
  const named = new Map(columns.map(({ column, name }) => [column, name]));
  const nameOf = (column: ListColumn) => named.get(column) ?? column;
  const lacking = required.filter((either) => {
    // Where the e-mail is the identifier, no other is needed.
    if (either.includes('USER_ID') && identifier === 'email') return false;
    return !either.some((column) => places.has(column));
  });
  if (lacking.length === 0) return undefined;
  const text = lacking.map((either) => either.map(nameOf).join(' or ')).join(', ');
  return `The header lacks ${text}. Nothing was changed or removed. Add the column, or name the one that holds it in the setting list.columns.`;
}
