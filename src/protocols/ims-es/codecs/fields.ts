import { instantOf } from '../../../base/instant.ts';
import { type Problem, problem } from '../../../base/problem.ts';
import { type XmlElement, xsi } from '../../../wire/index.ts';
import { isOurs } from '../namespaces.ts';
import { tooLong } from './decoding.ts';

/** Remarks that one item gets; that there are more is the last one. */
const mostRemarks = 4;
const furtherRemarks = 'what else was left out or not followed is not listed';

/** What reading an item found: problems refuse it, remarks are told to the sender. */
export interface Notes {
  readonly problems: Problem[];
  readonly remarks: string[];
}

/** Makes notes with nothing in them. */
export function makeNotes(): Notes {
  return { problems: [], remarks: [] };
}

/**
 * The children of an element by local name, in any namespace of the standard or none, since clients confuse them; where
 * one is asked for, that of the right namespace goes first. Order does not matter, and an element that is nil counts as
 * absent.
 */
export interface Fields {
  /** Where this is, for problems. */
  readonly path: string;
  /** Whether there is no text in it at any depth. */
  readonly blank: boolean;
  /** Text of a child; `''` when it is there without text, undefined when it is not there. */
  text(namespace: string, name: string): string | undefined;
  /** Texts of all children of a name. */
  texts(namespace: string, name: string): string[];
  one(namespace: string, name: string): Fields | undefined;
  all(namespace: string, name: string): Fields[];
  /** A child as it was read. */
  element(namespace: string, name: string): XmlElement | undefined;
  /** All children of a name as they were read, in their order. */
  elements(namespace: string, name: string): XmlElement[];
  /** A day `YYYY-MM-DD` (xs:date; a time or zone behind it is dropped); empty counts as absent. */
  date(namespace: string, name: string): string | undefined;
  /** A yes or no (xs:boolean in any case of letters, or `yes` and `no`); empty counts as absent. */
  flag(namespace: string, name: string): boolean | undefined;
  /** One of some words in any case of letters, as the list writes it; empty counts as absent. */
  choice<T extends string>(namespace: string, name: string, words: readonly T[]): T | undefined;
  /** Notes the children that nobody asked for; call when all is read. */
  finish(): void;
  invalid(name: string, text: string): void;
  missing(name: string, text: string): void;
  /** Refuses a text of more characters than the limit; null is no limit. */
  limit(name: string, text: string | null | undefined, limit: number | null): void;
  /** Tells the sender something about a child that stops nothing. */
  remark(name: string, text: string): void;
}

/** Whether a child has a local name in a namespace, or misplaced in another one of the standard or none. */
export function isNamed(child: XmlElement, namespace: string, name: string): boolean {
  return child.name === name && (child.namespace === namespace || isOurs(child.namespace));
}

/** A day with a zone or a time behind it, which may lack its seconds. */
const dateShape = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(:[\d.]+)?)?(Z|[+-]\d\d:\d\d)?$/;

/** Makes {@link Fields} of an element. */
export function fieldsOf(element: XmlElement, path: string, notes: Notes): Fields {
  return new ElementFields(element, path, notes);
}

/**
 * One object for each element and nothing more: with a closure for every method, making and collecting them took half
 * of the time in which a batch is read.
 */
class ElementFields implements Fields {
  readonly path: string;
  readonly #element: XmlElement;
  readonly #notes: Notes;
  /** Places of the children that somebody asked for. */
  readonly #seen: boolean[] = [];

  constructor(element: XmlElement, path: string, notes: Notes) {
    this.#element = element;
    this.path = path;
    this.#notes = notes;
  }

  get blank(): boolean {
    return isBlank(this.#element);
  }

  text(namespace: string, name: string): string | undefined {
    return blankAsEmpty(this.element(namespace, name)?.text);
  }

  texts(namespace: string, name: string): string[] {
    return this.elements(namespace, name).map(({ text }) => blankAsEmpty(text) ?? '');
  }

  one(namespace: string, name: string): Fields | undefined {
    const found = this.element(namespace, name);
    return found === undefined ? undefined : fieldsOf(found, `${this.path}/${name}`, this.#notes);
  }

  all(namespace: string, name: string): Fields[] {
    const path = `${this.path}/${name}`;
    return this.elements(namespace, name).map((found) => fieldsOf(found, path, this.#notes));
  }

  element(namespace: string, name: string): XmlElement | undefined {
    const found = this.elements(namespace, name);
    if (found.length > 1) this.remark(name, 'comes more than once; only one was read');
    return found.find((child) => child.namespace === namespace) ?? found[0];
  }

  elements(namespace: string, name: string): XmlElement[] {
    const found: XmlElement[] = [];
    this.#element.children.forEach((child, at) => {
      if (!isNamed(child, namespace, name)) return;
      this.#seen[at] = true;
      if (!isNil(child)) found.push(child);
    });
    return found;
  }

  date(namespace: string, name: string): string | undefined {
    const text = this.#typed(namespace, name);
    if (text === undefined) return undefined;
    const [, day = '', time = '00:00', seconds = ':00', zone = ''] = dateShape.exec(text) ?? [];
    if (instantOf(`${day}T${time}${seconds}${zone}`) !== undefined) return day;
    this.invalid(name, 'is not a date; write YYYY-MM-DD');
    return undefined;
  }

  flag(namespace: string, name: string): boolean | undefined {
    const text = this.#typed(namespace, name)?.toLowerCase();
    if (text === undefined) return undefined;
    if (text === 'true' || text === '1' || text === 'yes') return true;
    if (text !== 'false' && text !== '0' && text !== 'no') this.invalid(name, 'is not true or false');
    return false;
  }

  choice<T extends string>(namespace: string, name: string, words: readonly T[]): T | undefined {
    const text = this.#typed(namespace, name);
    if (text === undefined) return undefined;
    const known =
      words.find((word) => word === text) ?? words.find((word) => word.toLowerCase() === text.toLowerCase());
    if (known === undefined) this.invalid(name, `is none of ${words.join(', ')}`);
    return known;
  }

  finish(): void {
    this.#element.children.forEach(({ name }, at) => {
      if (this.#seen[at] !== true) this.remark(name, 'is not known here and was left out');
    });
  }

  invalid(name: string, text: string): void {
    this.#problem('invalid-data', name, text);
  }

  missing(name: string, text: string): void {
    this.#problem('missing-data', name, text);
  }

  limit(name: string, text: string | null | undefined, limit: number | null): void {
    if (typeof text !== 'string' || limit === null || text.length <= limit) return;
    const found = tooLong(text, limit, `${this.path}/${name}`);
    if (found !== undefined) this.#notes.problems.push(found);
  }

  remark(name: string, text: string): void {
    const { remarks } = this.#notes;
    if (remarks.length >= mostRemarks) return;
    remarks.push(remarks.length === mostRemarks - 1 ? furtherRemarks : `${this.path}/${name} ${text}`);
  }

  #problem(code: 'invalid-data' | 'missing-data', name: string, text: string): void {
    this.#notes.problems.push(problem(code, text, { field: `${this.path}/${name}` }));
  }

  #typed(namespace: string, name: string): string | undefined {
    const text = this.element(namespace, name)?.text.trim();
    return text === '' ? undefined : text;
  }
}

function isBlank(element: XmlElement): boolean {
  return element.text.trim() === '' && element.children.every(isBlank);
}

const nilName = `{${xsi}}nil`;

/** Whether an element is nil (`xsi:nil`, XML Schema part 1, 2.6.2). */
export function isNil({ attributes }: XmlElement): boolean {
  const nil = attributes[nilName]?.trim();
  return nil === 'true' || nil === '1';
}

function blankAsEmpty(text: string | undefined): string | undefined {
  return text?.trim() === '' ? '' : text;
}

/** Leaves out what is undefined. */
export function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  for (const name in values) {
    const value = values[name];
    if (value !== undefined) kept[name] = value as Exclude<T[typeof name], undefined>;
  }
  return kept;
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
