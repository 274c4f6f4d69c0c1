/** A step of a path: a member, an item, all items, or the first item whose member has a text. */
type Part =
  | { readonly name: string }
  | { readonly index: number }
  | { readonly all: true }
  | { readonly where: string; readonly is: string };

/** A way into a JSON value; from the record, or from the item that a row is made for. */
export interface JsonPath {
  readonly text: string;
  readonly from: 'record' | 'item';
  readonly parts: readonly Part[];
}

/** What a path is looked for in. */
export interface MappingPlace {
  readonly record: unknown;
  readonly item?: unknown;
}

const longest = 300;
const mostParts = 20;
const part =
  /(?:\.(?<name>[^.[\]"=@$][^.[\]"=]{0,99})|\[(?<index>\d{1,4})\]|\[(?<all>\*)\]|\["(?<quoted>[^"]{1,100})"\]|\[(?<where>[^.[\]"=@$][^.[\]"=]{0,99})=(?<is>[^\]]{0,100})\])/uy;

/**
 * Reads a path: names with dots between, `[0]` an item, `[*]` all items, `[rel=next]` the first item whose member has that
 * text, `["a.b"]` a name with signs in it. `$` is the record itself, and need not be written before a name; `@` is the item that
 * a row is made for. Undefined: it is none.
 */
export function readJsonPath(text: string): JsonPath | undefined {
  if (text.length === 0 || text.length > longest) return undefined;
  const root = text[0] === '@' || text[0] === '$' ? text[0] : '';
  const rest = root === '' && text[0] !== '[' ? `.${text}` : text.slice(root.length);
  const parts: Part[] = [];
  part.lastIndex = 0;
  while (part.lastIndex < rest.length) {
    const found = part.exec(rest)?.groups;
    if (found === undefined || parts.length === mostParts) return undefined;
    const { name: plain, quoted, index, all, where, is } = found;
    if (where !== undefined) parts.push({ where, is: is ?? '' });
    else if (all !== undefined) parts.push({ all: true });
    else if (index !== undefined) parts.push({ index: Number(index) });
    else parts.push({ name: plain ?? quoted ?? '' });
  }
  return { text, from: root === '@' ? 'item' : 'record', parts };
}

/** All values that a path leads to; only what the JSON itself has is found. */
export function valuesAtPath({ from, parts }: JsonPath, { record, item }: MappingPlace): unknown[] {
  let found: unknown[] = [from === 'item' ? item : record];
  for (const one of parts) found = found.flatMap((value) => next(value, one));
  return found.filter((value) => value !== undefined && value !== null);
}

/** The items of the lists that a path leads to, and what else it leads to. */
export function itemsAtPath(path: JsonPath, place: MappingPlace): unknown[] {
  return valuesAtPath(path, place).flatMap((value): unknown[] => (Array.isArray(value) ? value : [value]));
}

/** Whether a path leads to a list, or through one by its first `[*]`: a list without items is one, nothing is none. */
export function isListAtPath({ text, from, parts }: JsonPath, place: MappingPlace): boolean {
  const all = parts.findIndex((one) => 'all' in one);
  const way = { text, from, parts: all === -1 ? parts : parts.slice(0, all) };
  return valuesAtPath(way, place).some(Array.isArray);
}

function next(value: unknown, one: Part): unknown[] {
  if ('name' in one) return [member(value, one.name)];
  if (!Array.isArray(value)) return [];
  const list: readonly unknown[] = value;
  if ('index' in one) return [list[one.index]];
  if ('all' in one) return [...list];
  return [list.find((item) => member(item, one.where) === one.is)];
}

function member(value: unknown, called: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, called)) {
    return undefined;
  }
  return (value as Record<string, unknown>)[called];
}
