/** An object of an answer. */
export type Shown = Readonly<Record<string, unknown>>;

/** A comparison of a filter. */
export interface Part {
  readonly field: string;
  readonly operator: '=' | '!=' | '>' | '>=' | '<' | '<=' | '~';
  readonly value: string;
}

const moments = new Set(['dateLastModified', 'assignDate', 'dueDate']);
const days = new Set(['startDate', 'endDate', 'beginDate', 'birthDate', 'scoreDate']);
const flags = new Set(['true', 'false']);

function valuesAt(value: unknown, names: readonly string[]): unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => valuesAt(item, names));
  const [name, ...rest] = names;
  if (name === undefined) return value === undefined ? [] : [value];
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return [];
  return valuesAt((value as Record<string, unknown>)[name], rest);
}

function ordered(order: number, operator: Part['operator']): boolean {
  const results = {
    '=': order === 0,
    '!=': order !== 0,
    '>': order > 0,
    '>=': order >= 0,
    '<': order < 0,
    '<=': order <= 0,
  };
  return operator === '~' ? false : results[operator];
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value ?? null));
const byCodePoints = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** What a comparison says of an object as an answer shows it; `malformed`: it is to be refused. */
export function evaluate(object: Shown, { field, operator, value }: Part): boolean | 'malformed' {
  const shown = object[field];
  const shownText = textOf(shown);
  const isEquality = operator === '=' || operator === '!=';
  const found = valuesAt(object, field.split('.'));
  if (field === 'status') {
    const status = value.toLowerCase();
    if (!isEquality || !['active', 'tobedeleted', 'inactive'].includes(status)) return 'malformed';
    return (shown === (status === 'active' ? 'active' : 'tobedeleted')) === (operator === '=');
  }
  if (field === 'sourcedId') {
    if (operator !== '=' && 'class' in object && 'user' in object) return 'malformed';
    return operator === '~' ? shownText.includes(value) : ordered(byCodePoints(shownText, value), operator);
  }
  if (field.endsWith('.sourcedId')) return isEquality ? found.includes(value) === (operator === '=') : 'malformed';
  if (moments.has(field) || days.has(field)) {
    const text = /^\d{4}-\d\d-\d\d$/.test(value) ? `${value}T00:00:00Z` : value;
    if (operator === '~' || !/^\d{4}-\d\d-\d\d(T[\d:.]+Z?)?$/i.test(value) || Number.isNaN(Date.parse(text)))
      return 'malformed';
    if (shown === undefined) return operator === '!=';
    const wanted = new Date(/z$/i.test(text) ? text : `${text}Z`).toISOString();
    return days.has(field)
      ? ordered(byCodePoints(shownText, wanted.slice(0, 10)), operator)
      : ordered(Date.parse(shownText) - Date.parse(wanted), operator);
  }
  if (found.some((one) => typeof one === 'number') && !field.startsWith('metadata')) {
    if (operator === '~' || value.trim() === '' || !Number.isFinite(Number(value))) return 'malformed';
    return ordered(Number(shown) - Number(value), operator);
  }
  const texts = found.map((one) => textOf(one).toLowerCase());
  const wanted = value.toLowerCase();
  if (
    field === 'enabledUser' ||
    field === 'primary' ||
    (flags.has(shownText) && !['username', 'identifier'].includes(field))
  ) {
    if (!isEquality || !flags.has(wanted)) return 'malformed';
    return (texts[0] === wanted) === (operator === '=');
  }
  if (Array.isArray(shown) && !field.startsWith('metadata')) {
    if (!isEquality && operator !== '~') return 'malformed';
    const items = [...new Set(wanted.split(',').map((item) => item.trim()))].filter((item) => item !== '');
    const has = items.length > 0 && items.every((item) => texts.includes(item));
    if (operator === '~') return has;
    return (has && texts.length === items.length) === (operator === '=');
  }
  if (operator === '!=') return !texts.includes(wanted);
  return texts.some((text) =>
    operator === '~' ? text.includes(wanted) : ordered(byCodePoints(text, wanted), operator),
  );
}

/** By what an object stands in an order by a field: texts by code points without regard to case, numbers by size. */
export function sortKey(object: Shown, field: string): Buffer {
  const value = object[field];
  if (value === undefined) return Buffer.alloc(0);
  if (typeof value !== 'number')
    return Buffer.from(`t${field === 'sourcedId' ? textOf(value) : textOf(value).toLowerCase()}`);
  const bytes = Buffer.alloc(9, 'n');
  bytes.writeDoubleBE(value, 1);
  return bytes;
}
