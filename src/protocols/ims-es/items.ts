import type { Problem } from '../../base/problem.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import type { RecordType } from '../../model/index.ts';
import type { Context, ImsEsSettings } from '../../roster/index.ts';
import type { XmlElement } from '../../wire/index.ts';
import { tooLong } from './codecs/decoding.ts';
import { elementsOf } from './codecs/fields.ts';
import { common, type Service, serviceNamespaces } from './namespaces.ts';
import type { Operation } from './operations.ts';
import type { Status } from './status.ts';

/** The record type of each service; the standard's nouns are named as the types are. */
export const nounOf: Readonly<Record<Service, RecordType>> = { pms: 'person', gms: 'group', mms: 'membership' };

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

/**
 * The elements of a request that get a status each: the items of its set, else the request itself. A problem when the
 * set is missing or holds other things; an empty set has no items.
 */
export function itemsOf(operation: Operation, request: XmlElement): Result<readonly XmlElement[]> {
  if (!operation.many || operation.act === 'readFor' || operation.act === 'readAll') return ok([request]);
  const { set, item, space } = setOf(operation);
  const [wrapper] = elementsOf(request, serviceNamespaces[operation.service].message, set);
  const items = wrapper === undefined ? [] : elementsOf(wrapper, space, item);
  if (items.length > 0 || wrapper?.children.length === 0) return ok(items);
  return failed('missing-data', `holds no ${item}`, { field: `${request.name}/${set}` });
}

/** The identifier of a `sourcedId`-like child; problems when it is missing, empty or longer than the schema allows. */
export function identifierOf(parent: XmlElement, service: Service, name: string): Result<string> {
  const [sourcedId] = elementsOf(parent, serviceNamespaces[service].message, name);
  const [identifier] = sourcedId === undefined ? [] : elementsOf(sourcedId, common, 'identifier');
  return checkedIdentifier(identifier?.text, `${parent.name}/${name}/identifier`);
}

/** The identifier of an item that names nothing else: of a `sourcedId` in a request, or an `identifier` in a set. */
export function itemIdentifier({ many, service }: Operation, item: XmlElement): Result<string> {
  return many ? checkedIdentifier(item.text, 'identifier') : identifierOf(item, service, 'sourcedId');
}

/** The old and the new identifier of a changeIdentifier item. */
export function identifierChange(
  { many, service }: Operation,
  item: XmlElement,
): { readonly from: Result<string>; readonly to: Result<string> } {
  if (!many) return { from: identifierOf(item, service, 'sourcedId'), to: identifierOf(item, service, 'newSourcedId') };
  const id = (name: string) => checkedIdentifier(elementsOf(item, common, name)[0]?.text, `${item.name}/${name}`);
  return { from: id('firstId'), to: id('secondId') };
}

/** Checks an identifier (IMS-ES 1.0 common data: 1 to 1,024 characters); outer white space does not count. */
function checkedIdentifier(text: string | undefined, field: string): Result<string> {
  const id = text?.trim() ?? '';
  if (id === '') return failed('missing-data', 'is missing or empty', { field });
  if (id.length > 1024) return failed('too-long', 'is longer than 1024 characters', { field });
  return ok(id);
}

/** The tenant's own limit on new identifiers of a type. */
export function withinLength(id: string, noun: RecordType, { lengths }: ImsEsSettings): Problem | undefined {
  return tooLong(id, lengths[`${noun}Id`], `${noun} identifier`);
}
