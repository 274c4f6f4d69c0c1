import { instantOf } from '../../../base/instant.ts';
import { type Problem, problem } from '../../../base/problem.ts';
import { calendarDay, isLegalSourcedId, momentOf, vocabularyWord } from '../../../model/index.ts';
import { keyOfView, type View } from '../../../roster/index.ts';
import { isObject } from './json-body.ts';

/** An object of JSON. */
export type Fields = Readonly<Record<string, unknown>>;

/** A number in a text, as JSON writes numbers; a plus sign and zeros may stand before it. */
const numeral = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;

/**
 * The first name in a value that could not be kept: one with a zero character, one that every object of this language
 * has by itself, as `constructor`, or the one by which BSON tells its own types.
 */
function unusableName(value: unknown): string | undefined {
  if (Array.isArray(value)) return firstOf(value, unusableName);
  if (!isObject(value)) return undefined;
  return firstOf(Object.entries(value), ([name, inner]) =>
    Object.hasOwn(Object.prototype, name) || name.includes('\0') || name === '_bsontype' ? name : unusableName(inner),
  );
}

function firstOf<T>(items: readonly T[], find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Reads the fields of one object; what is absent, null or empty is null, which clears. The first fault is kept. */
export interface FieldReader {
  text(name: string): string | null;
  need(name: string): string;
  texts(name: string): string[] | null;
  flag(name: string): boolean | null;
  /** A number, or a text that is one. */
  number(name: string): number | null;
  /** A day, `YYYY-MM-DD`; of a time the day that is written there. */
  day(name: string): string | null;
  /** A time in UTC as answers write it; of a day its beginning. */
  moment(name: string): string | null;
  word(name: string, vocabulary: readonly string[]): string | null;
  /** The key of the record that a reference names. */
  reference(name: string, view: View): string | null;
  references(name: string, view: View): string[] | null;
  /** The objects of a list, each with a reader of its own. */
  objects(name: string): FieldReader[] | null;
  /** OneRoster's metadata. */
  metadata(): Fields | null;
  /** Passes over fields that answers have and requests need not. */
  pass(...names: string[]): void;
  /** Names the first field that nobody has read; to be called last. */
  finish(): void;
}

/** Makes a {@link FieldReader}; `note` gets every fault, which names the field by `path`. */
export function makeFieldReader(object: Fields, note: (fault: Problem) => void, path = ''): FieldReader {
  const seen = new Set<string>();
  const fault = (name: string, text: string) =>
    note(problem('invalid-data', `${path}${name} ${text}`, { field: path + name }));
  const take = (name: string): unknown => {
    seen.add(name);
    const value = object[name];
    return value === undefined || value === '' ? null : value;
  };
  const text = (name: string): string | null => {
    const value = take(name);
    if (value === null || typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    fault(name, 'must be a text');
    return null;
  };
  const list = (name: string): readonly unknown[] | null => {
    const value = take(name);
    if (value === null) return null;
    if (Array.isArray(value)) return value.length === 0 ? null : value;
    fault(name, 'must be a list');
    return null;
  };
  const keyOf = (name: string, view: View, value: unknown): string[] => {
    const id = isObject(value) ? value['sourcedId'] : undefined;
    if (typeof id === 'string' && isLegalSourcedId(id)) return [keyOfView(view, id)];
    fault(`${name}.sourcedId`, 'must be a sourcedId');
    return [];
  };
  return {
    text,
    need(name) {
      const value = text(name);
      if (value === null) fault(name, 'is required');
      return value ?? '';
    },
    texts(name) {
      const items = list(name);
      if (items === null) return null;
      if (items.some((item) => typeof item !== 'string')) fault(name, 'must be a list of texts');
      return items.map(String);
    },
    flag(name) {
      const value = take(name);
      if (value === null) return null;
      if (value === true || value === 'true') return true;
      if (value !== false && value !== 'false') fault(name, 'must be true or false');
      return false;
    },
    number(name) {
      const value = take(name);
      if (value === null) return null;
      const number = typeof value === 'string' && numeral.test(value) ? Number(value) : value;
      // Zero has no sign in JSON as answers write it.
      if (typeof number === 'number' && Number.isFinite(number)) return number === 0 ? 0 : number;
      fault(name, 'must be a number');
      return null;
    },
    day(name) {
      const value = text(name);
      if (value === null) return null;
      const day = calendarDay(instantOf(value) === undefined ? value : value.slice(0, 10));
      if (day === undefined) fault(name, 'must be a day, YYYY-MM-DD');
      return day ?? null;
    },
    moment(name) {
      const value = text(name);
      if (value === null) return null;
      const moment = momentOf(value);
      if (moment === undefined) fault(name, 'must be a time, as 2026-09-01T08:00:00Z');
      return moment ?? null;
    },
    word(name, vocabulary) {
      const value = text(name);
      if (value === null) return null;
      const word = vocabularyWord(vocabulary, value);
      if (word.startsWith('ext:') && word !== value) {
        fault(name, `must be one of ${vocabulary.join(', ')}, or begin with ext:`);
      }
      return word;
    },
    reference(name, view) {
      const value = take(name);
      return value === null ? null : (keyOf(name, view, value)[0] ?? null);
    },
    references(name, view) {
      return list(name)?.flatMap((value, at) => keyOf(`${name}[${at}]`, view, value)) ?? null;
    },
    objects(name) {
      const items = list(name);
      if (items === null) return null;
      return items.map((item, at) => {
        if (!isObject(item)) fault(`${name}[${at}]`, 'must be an object');
        return makeFieldReader(isObject(item) ? item : {}, note, `${path}${name}[${at}].`);
      });
    },
    metadata() {
      const value = take('metadata');
      const name = unusableName(value);
      if (name !== undefined) fault('metadata', `cannot have a field named ${JSON.stringify(name)}`);
      // As answers write it: a zero has no sign there.
      if (value === null || isObject(value)) return value === null ? null : JSON.parse(JSON.stringify(value));
      fault('metadata', 'must be an object');
      return null;
    },
    pass(...names) {
      for (const name of names) seen.add(name);
    },
    finish() {
      const unknown = Object.keys(object).find((name) => !seen.has(name));
      if (unknown !== undefined) fault(unknown, 'is no field of this object');
    },
  };
}

/** What decoders make: data of a change, `null` for what is cleared. */
export type Data = Record<string, unknown>;
