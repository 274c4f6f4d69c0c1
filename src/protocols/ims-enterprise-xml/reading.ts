import type { NoticeKind } from '../../base/problem.ts';
import { type Extension, key, type SourcedId } from '../../model/index.ts';
import type { XmlElement } from '../../wire/index.ts';
import { type Kept, keptExtension, keptNode } from './rest.ts';
import { plainName } from './stream/markup.ts';
import type { Note } from './stream/repair.ts';

/** A repair of the record at hand. */
export interface RecordNote {
  readonly notice: NoticeKind;
  readonly text: string;
  readonly line: number;
}

/** The names that an element may hold, with their place in the order of the standard. */
export type Order = ReadonlyMap<string, number>;

/** Makes an {@link Order}. */
export function orderOf(...names: readonly string[]): Order {
  return new Map(names.map((name, index) => [name, index]));
}

/** What codecs read a record with: names without case and prefix, repairs noted, what has no field kept. */
export interface Reading {
  /** Begins a record. */
  begin(): void;
  /** The repairs since {@link Reading.begin}. */
  readonly notes: RecordNote[];
  /** Notes a repair. */
  readonly note: Note;
  /** Declares the prefixes of a start tag's attributes. */
  declare(attributes: Readonly<Record<string, string>>): void;
  /** Name without prefix in small letters. */
  nameOf(xml: XmlElement): string;
  /** Keeps an element that has no field. */
  keep(path: string, xml: XmlElement): void;
  /** Keeps what was kept elsewhere. */
  keepAll(kept: readonly Kept[]): void;
  /** Reads with a list of kept things of its own; gives them as extension. */
  apart<T>(read: () => T): { value: T; extension: Extension | undefined };
  /** Gives each child to `take`; what it does not take (a second one), or the order does not name, is kept and noted. */
  children(xml: XmlElement, path: string, order: Order, take: (name: string, child: XmlElement) => boolean): void;
  /** Gives each attribute to `take`; what it does not take is kept. */
  attributes(xml: XmlElement, path: string, take: (name: string, value: string) => boolean): void;
  /** The trimmed text of an element without children, undefined for an empty one. */
  leaf(xml: XmlElement, path: string): string | undefined;
  /** The key of an id. */
  keyOf(space: 'person' | 'group', sourced: SourcedId): string;
}

const nothing = (): boolean => false;

/** Makes a {@link Reading} for one file. */
export function makeReading(namespace: string, sourceInKey: boolean): Reading {
  const names = new Map<string, string>();
  const prefixes = new Map<string, string>();
  const notes: RecordNote[] = [];
  let kept: Kept[] = [];
  let foldedNoted = false;
  let prefixNoted = false;

  const note: Note = (notice, text, line) => {
    notes.push({ notice, text, line });
  };

  const nameOf = (xml: XmlElement): string => {
    const raw = xml.name;
    let name = names.get(raw);
    if (name === undefined) {
      name = plainName(raw);
      if (names.size < 1000) names.set(raw, name);
    }
    if (name !== raw) noteName(raw, xml.line);
    return name;
  };
  const noteName = (raw: string, line: number): void => {
    if (raw.includes(':') && !prefixNoted) {
      prefixNoted = true;
      note('repair.namespace-ignored', `the prefix of <${raw}> is ignored`, line);
    }
    if (raw !== raw.toLowerCase() && !foldedNoted) {
      foldedNoted = true;
      note('repair.case-folded', `<${raw}> is read as <${plainName(raw)}>`, line);
    }
  };

  const reading: Reading = {
    notes,
    note,
    nameOf,
    begin() {
      notes.length = 0;
      kept = [];
      foldedNoted = false;
      prefixNoted = false;
    },
    declare(attributes) {
      for (const [name, value] of Object.entries(attributes)) {
        if (name.startsWith('xmlns:') && prefixes.size < 100) prefixes.set(name.slice(6), value);
      }
    },
    keep(path, xml) {
      kept.push({ in: path, node: keptNode(xml, prefixes) });
    },
    keepAll(more) {
      kept.push(...more);
    },
    apart(read) {
      const outer = kept;
      kept = [];
      const value = read();
      const extension = keptExtension(kept);
      kept = outer;
      return { value, extension };
    },
    children(xml, path, order, take) {
      let last = -1;
      let disorder = false;
      let extensions = 0;
      for (const child of xml.children) {
        const name = nameOf(child);
        const rank = order.get(name);
        if (rank !== undefined) {
          if (rank < last && !disorder) {
            disorder = true;
            note('repair.element-order', `<${name}> stands after its place in the order of the standard`, child.line);
          }
          last = Math.max(last, rank);
        }
        if (name === 'extension') {
          extensions += 1;
          if (extensions > 1) note('repair.duplicate-element', 'a second <extension> is kept too', child.line);
          if (!isEmpty(child)) reading.keep(path, child);
        } else if (rank === undefined) {
          note(
            'repair.unknown-element',
            `<${child.name}> in <${xml.name}> is no element of the standard; kept`,
            child.line,
          );
          reading.keep(path, child);
        } else if (!take(name, child)) {
          note('repair.duplicate-element', `a second <${name}> in <${xml.name}> is kept but not read`, child.line);
          reading.keep(path, child);
        }
      }
      if (xml.text !== '' && xml.text.trim() !== '') {
        note('repair.unknown-element', `text directly in <${xml.name}> is kept but not read`, xml.line);
        kept.push({ in: path, text: xml.text.trim() });
      }
    },
    attributes(xml, path, take) {
      for (const name in xml.attributes) {
        const value = xml.attributes[name] ?? '';
        if (name.startsWith('xmlns') || name.startsWith('xsi:')) {
          reading.declare({ [name]: value });
          if (!prefixNoted) note('repair.namespace-ignored', `${name} on <${xml.name}> is ignored`, xml.line);
          prefixNoted = true;
        } else if (!take(plainName(name), value)) {
          keepAttribute(path, name, value);
        }
      }
    },
    leaf(xml, path) {
      if (xml.children.length > 0) {
        for (const child of xml.children) {
          note('repair.unknown-element', `<${child.name}> in <${xml.name}> is kept but not read`, child.line);
          reading.keep(path, child);
        }
      }
      reading.attributes(xml, path, nothing);
      const text = xml.text.trim();
      return text === '' ? undefined : text;
    },
    keyOf(space, { source, id }) {
      return key(space, namespace, flat(sourceInKey && source !== undefined ? `${source}/${id}` : id));
    },
  };

  const keepAttribute = (path: string, name: string, value: string): void => {
    const colon = name.indexOf(':');
    if (colon > 0 && !name.startsWith('xml:')) {
      const prefix = name.slice(0, colon);
      kept.push({ in: path, attribute: [`xmlns:${prefix}`, prefixes.get(prefix) ?? `urn:undeclared:${prefix}`] });
    }
    kept.push({ in: path, attribute: [name, value] });
  };
  return reading;
}

function isEmpty(xml: XmlElement): boolean {
  if (xml.children.length > 0 || xml.text.trim() !== '') return false;
  for (const _ in xml.attributes) return false;
  return true;
}

/** Sets a field that is not set yet; false where it is. */
export function once<T extends object, K extends keyof T>(target: T, field: K, read: () => T[K] | undefined): boolean {
  if (target[field] !== undefined) return false;
  put(target, field, read());
  return true;
}

/** Sets a field unless the value is undefined. */
export function put<T extends object, K extends keyof T>(target: T, field: K, value: T[K] | undefined): void {
  if (value !== undefined) target[field] = value;
}

/** The object, or undefined where it has no fields. */
export function filled<T extends object>(value: T): T | undefined {
  for (const _ in value) return value;
  return undefined;
}

// A string cut out of a piece of the file keeps the whole piece in memory; keys may be kept long.
function flat(text: string): string {
  return text.length < 13 ? text : Buffer.from(text, 'utf16le').toString('utf16le');
}
