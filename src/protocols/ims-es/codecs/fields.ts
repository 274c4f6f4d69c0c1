import { type Problem, problem } from '../../../base/problem.ts';
import { type XmlElement, xsi } from '../../../wire/index.ts';
import { isOurs } from '../namespaces.ts';

/** What reading a record found: problems refuse it, remarks are told to the sender. */
export interface Notes {
  readonly problems: Problem[];
  readonly remarks: string[];
}

/**
 * The children of an element by name. The qualified name is looked for first, then the local name in any namespace of
 * the standard or none; order does not matter, and an element that is nil counts as absent.
 */
export interface Fields {
  /** Where this is, for problems. */
  readonly path: string;
  /** Text of a child; `''` when it is there without text, undefined when it is not there. */
  text(namespace: string, name: string): string | undefined;
  /** Texts of all children of a name. */
  texts(namespace: string, name: string): string[];
  one(namespace: string, name: string): Fields | undefined;
  all(namespace: string, name: string): Fields[];
  /** A day `YYYY-MM-DD` (xs:date; a time or zone behind it is dropped); empty counts as absent. */
  date(namespace: string, name: string): string | undefined;
  /** A yes or no (xs:boolean in any case of letters); empty counts as absent. */
  flag(namespace: string, name: string): boolean | undefined;
  /** One of some words in any case of letters, as the list writes it; empty counts as absent. */
  choice<T extends string>(namespace: string, name: string, words: readonly T[]): T | undefined;
  /** Notes the children that nobody asked for; call when all is read. */
  finish(): void;
  invalid(name: string, text: string): void;
  missing(name: string, text: string): void;
}

/** Children by name: of the namespace, else of any namespace of the standard or none. */
export function elementsOf(element: XmlElement, namespace: string, name: string): XmlElement[] {
  const named = element.children.filter((child) => child.name === name && isOurs(child.namespace));
  const exact = named.filter((child) => child.namespace === namespace);
  return exact.length > 0 ? exact : named;
}

/** Makes {@link Fields} of an element. */
export function fieldsOf(element: XmlElement, path: string, notes: Notes): Fields {
  const seen = new Set<XmlElement>();
  const take = (namespace: string, name: string): XmlElement[] => {
    const found = elementsOf(element, namespace, name);
    for (const child of found) seen.add(child);
    return found.filter((child) => !isNil(child));
  };
  const first = (namespace: string, name: string): XmlElement | undefined => {
    const [found, ...more] = take(namespace, name);
    if (more.length > 0) remark(notes, `${path}/${name} comes more than once; only the first was read`);
    return found;
  };
  const typed = (namespace: string, name: string): string | undefined => {
    const text = first(namespace, name)?.text.trim();
    return text === '' ? undefined : text;
  };
  const note = (code: 'invalid-data' | 'missing-data', name: string, text: string): void => {
    notes.problems.push(problem(code, text, { field: `${path}/${name}` }));
  };

  return {
    path,
    text: (namespace, name) => blankAsEmpty(first(namespace, name)?.text),
    texts: (namespace, name) => take(namespace, name).map(({ text }) => blankAsEmpty(text) ?? ''),
    one(namespace, name) {
      const found = first(namespace, name);
      return found === undefined ? undefined : fieldsOf(found, `${path}/${name}`, notes);
    },
    all: (namespace, name) => take(namespace, name).map((found) => fieldsOf(found, `${path}/${name}`, notes)),
    date(namespace, name) {
      const text = typed(namespace, name);
      if (text === undefined) return undefined;
      const day = /^(\d{4}-\d{2}-\d{2})(?:Z|[+-]\d{2}:\d{2}|T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?$/.exec(text)?.[1];
      if (day !== undefined && isDay(day)) return day;
      note('invalid-data', name, 'is not a date; write YYYY-MM-DD');
      return undefined;
    },
    flag(namespace, name) {
      const text = typed(namespace, name)?.toLowerCase();
      if (text === undefined) return undefined;
      if (text === 'true' || text === '1') return true;
      if (text !== 'false' && text !== '0') note('invalid-data', name, 'is not true or false');
      return false;
    },
    choice(namespace, name, words) {
      const text = typed(namespace, name);
      if (text === undefined) return undefined;
      const known = words.find((word) => word.toLowerCase() === text.toLowerCase());
      if (known === undefined) note('invalid-data', name, `is none of ${words.join(', ')}`);
      return known;
    },
    finish() {
      for (const child of element.children) {
        if (!seen.has(child)) remark(notes, `${path}/${child.name} is not known here and was left out`);
      }
    },
    invalid: (name, text) => note('invalid-data', name, text),
    missing: (name, text) => note('missing-data', name, text),
  };
}

function remark(notes: Notes, text: string): void {
  if (notes.remarks.length < 10) notes.remarks.push(text);
}

function isNil(element: XmlElement): boolean {
  const nil = element.attributes[`{${xsi}}nil`]?.trim();
  return nil === 'true' || nil === '1';
}

function blankAsEmpty(text: string | undefined): string | undefined {
  return text?.trim() === '' ? '' : text;
}

/** Whether a text is a day `YYYY-MM-DD` that exists, as xs:date has it. */
export function isDay(day: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || day.startsWith('0000')) return false;
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

/** Leaves out what is undefined. */
export function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** A text for a patch: empty clears. */
export function clearing(text: string | undefined): string | null | undefined {
  return text === '' ? null : text;
}

/** A text inside a list or object that is written as a whole: empty counts as absent. */
export function filled(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/** A list for a patch: undefined when no element came, null when all that came were empty. */
export function listed<T>(came: number, items: readonly T[]): T[] | null | undefined {
  if (came === 0) return undefined;
  return items.length === 0 ? null : [...items];
}

/** An object for a patch, or undefined when nothing came. */
export function some<T extends object>(values: T): T | undefined {
  return Object.keys(values).length === 0 ? undefined : values;
}
