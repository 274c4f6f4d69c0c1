import { type Problem, problem } from '../../base/problem.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import type { RosterType } from '../../model/index.ts';
import type { Context, ImsEsSettings } from '../../roster/index.ts';
import type { XmlElement } from '../../wire/index.ts';
import { tooLong } from './codecs/decoding.ts';
import { type Fields, fieldsOf, isNamed, isNil, makeNotes, type Notes } from './codecs/fields.ts';
import { idLength } from './codecs/parts.ts';
import { common, type Service, serviceNamespaces } from './namespaces.ts';
import type { Operation } from './operations.ts';
import type { Status } from './status.ts';

/** The record type of each service; the standard's nouns are named as the types are. */
export const nounOf: Readonly<Record<Service, RosterType>> = { pms: 'person', gms: 'group', mms: 'membership' };

/** Who asks, and how their tenant is served. */
export interface Caller {
  readonly context: Context;
  readonly settings: ImsEsSettings;
  /** What the schemas have against each item, undefined for nothing; compatible tenants are not asked. */
  refused(items: readonly XmlElement[]): readonly (Problem | undefined)[];
}

/** What an operation answers: its statuses and the content of its answer element, XML already. */
export interface Answer {
  readonly statuses: readonly Status[];
  readonly content: string;
  /** What a read shows, for the record: how many records, and of a single one its guid. */
  readonly seen?: { readonly count: number; readonly guid?: string };
}

/** The wrapper and the item of each set that a request may hold, by act. */
function setOf({ act, service }: Operation): { readonly set: string; readonly item: string; readonly space: string } {
  const { message } = serviceNamespaces[service];
  const noun = nounOf[service];
  switch (act) {
    case 'createByProxy':
      return { set: `${noun}Set`, item: noun, space: message };
    case 'delete':
    case 'read':
      return { set: 'sourcedIdSet', item: 'identifier', space: common };
    case 'changeIdentifier':
      return { set: 'pairSourcedIdSet', item: 'identifierPair', space: common };
    default:
      return { set: `${noun}IdPairSet`, item: `${noun}IdPair`, space: message };
  }
}

/** What a request holds for an operation. */
export interface Items {
  /** The elements that get a status each, in their order. */
  readonly elements: readonly XmlElement[];
  /** Those that stand among the items and are none, and what is wrong with each. */
  readonly strays: ReadonlyMap<XmlElement, Problem>;
  /** What is said to the sender about the request itself. */
  readonly remarks: readonly string[];
}

/**
 * The elements of a request that get a status each: all that its sets hold, else the request itself. A problem when
 * there is no set; an empty one has no items.
 */
export function itemsOf(operation: Operation, request: XmlElement): Result<Items> {
  if (!operation.many || operation.act === 'readFor' || operation.act === 'readAll') {
    return ok({ elements: [request], strays: new Map(), remarks: [] });
  }
  const { set, item, space } = setOf(operation);
  const field = `${request.name}/${set}`;
  const notes = makeNotes();
  const fields = fieldsOf(request, request.name, notes);
  const sets = fields.elements(serviceNamespaces[operation.service].message, set);
  fields.finish();
  if (sets.length === 0) return failed('missing-data', 'is missing', { field });
  const elements = sets.flatMap(({ children }) => children);
  const strays = elements
    .filter((child) => !isNamed(child, space, item))
    .map((child): [XmlElement, Problem] => {
      const text = `is not known here; expected is ${item}`;
      return [child, problem('invalid-data', text, { field: `${field}/${child.name}` })];
    });
  return ok({ elements, strays: new Map(strays), remarks: notes.remarks });
}

/** An item while it is read. */
export interface Item {
  readonly element: XmlElement;
  /** Its children; who has read all that is asked for calls `finish`. */
  readonly fields: Fields;
  readonly notes: Notes;
}

/** What was read of an item, with remarks for its sender; or the first thing that is wrong with it. */
export type Reading<T> = { readonly value: T; readonly remarks: readonly string[] } | { readonly problem: Problem };

/** Reads an item; `read` answers undefined only where it has noted a problem. */
export function readItem<T>(element: XmlElement, read: (item: Item) => T | undefined): Reading<T> {
  const notes = makeNotes();
  const value = read({ element, fields: fieldsOf(element, element.name, notes), notes });
  const [first] = notes.problems;
  if (first !== undefined) return { problem: first };
  if (value === undefined) throw new Error('an item was not read and nobody said why');
  return { value, remarks: notes.remarks };
}

/** The identifier in a `sourcedId`-like child; what is wrong with it is noted. */
export function identifierOf({ fields, notes }: Item, service: Service, name: string): string | undefined {
  const sourcedId = fields.one(serviceNamespaces[service].message, name);
  const text = sourcedId?.text(common, 'identifier');
  sourcedId?.finish();
  return checkedIdentifier(text, `${fields.path}/${name}/identifier`, notes);
}

/** The identifier of an item that names nothing else: of a `sourcedId` in a request, or an `identifier` in a set. */
export function itemIdentifier({ many, service }: Operation, item: Item): string | undefined {
  const { element, fields, notes } = item;
  const id = many
    ? checkedIdentifier(isNil(element) ? undefined : element.text, 'identifier', notes)
    : identifierOf(item, service, 'sourcedId');
  fields.finish();
  return id;
}

/** The old and the new identifier of a changeIdentifier item. */
export function identifierChange(
  { many, service }: Operation,
  item: Item,
): { readonly from: string; readonly to: string } | undefined {
  const { fields, notes } = item;
  const inPair = (name: string) => checkedIdentifier(fields.text(common, name), `${fields.path}/${name}`, notes);
  const from = many ? inPair('firstId') : identifierOf(item, service, 'sourcedId');
  const to = many ? inPair('secondId') : identifierOf(item, service, 'newSourcedId');
  fields.finish();
  return from === undefined || to === undefined ? undefined : { from, to };
}

/** Checks an identifier (IMS-ES 1.0 common data: 1 to 1,024 characters); outer white space does not count. */
function checkedIdentifier(text: string | undefined, field: string, { problems }: Notes): string | undefined {
  const id = text?.trim() ?? '';
  const wrong = id === '' ? problem('missing-data', 'is missing or empty', { field }) : tooLong(id, idLength, field);
  if (wrong === undefined) return id;
  problems.push(wrong);
  return undefined;
}

/** The tenant's own limit on new identifiers of a type; what exceeds it is noted. */
export function limitIdentifier(id: string, noun: RosterType, { lengths }: ImsEsSettings, { problems }: Notes): void {
  const found = tooLong(id, lengths[`${noun}Id`], `${noun} identifier`);
  if (found !== undefined) problems.push(found);
}
