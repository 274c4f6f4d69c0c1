import type { RosterType, StoredRecord } from '../../../model/index.ts';
import type { Delivery } from '../../../sync/index.ts';
import { element } from '../../../wire/index.ts';
import { identified, leaf } from '../codecs/elements.ts';
import { encodeGroup } from '../codecs/group.ts';
import { encodeMembership } from '../codecs/membership.ts';
import { encodePerson } from '../codecs/person.ts';
import type { Names } from '../codecs/relationships.ts';
import { common, serviceNamespaces } from '../namespaces.ts';
import { type Act, type Operation, operations } from '../operations.ts';

const services = { person: 'pms', group: 'gms', membership: 'mms' } as const;
const acts = { write: 'replace', remove: 'delete', rename: 'changeIdentifier' } as const;

/** The operation on a set of records of a type. */
export function setOperation(type: RosterType, act: Act): Operation {
  const found = operations.find(
    (operation) => operation.service === services[type] && operation.act === act && operation.many,
  );
  if (found === undefined) throw new Error(`there is no operation ${act} for sets of ${type}`);
  return found;
}

/** A request that is ready to be sent, and which items of the delivery are in it, in order. */
export interface Message {
  readonly operation: Operation;
  /** The element in the Body. */
  readonly xml: string;
  /** Places in the delivery of the items that the message holds. */
  readonly places: readonly number[];
}

/**
 * Writes the request of a delivery (IMS-ES 1.0): `replace…s` of identifiers and records, `delete…s` of identifiers,
 * `change…sIdentifier` of pairs; with another act of the same shape (`create…s` for `replace…s`), that one. A membership
 * with an end that has no name is left out.
 */
export function messageOf(delivery: Delivery, act: Act = acts[delivery.op]): Message {
  const { op, type } = delivery;
  const operation = setOperation(type, act);
  switch (op) {
    case 'write': {
      const contents = delivery.records.map((record) => contentOf(record, delivery.names));
      const pairs = delivery.records.flatMap((record, at) => {
        const content = contents[at];
        if (content === undefined) return [];
        const id = identified('sourcedId', record.imsId);
        return [element(`${type}IdPair`, undefined, id, element(type, undefined, content))];
      });
      const places = contents.flatMap((content, at) => (content === undefined ? [] : [at]));
      return { operation, xml: request(operation, element(`${type}IdPairSet`, undefined, ...pairs)), places };
    }
    case 'remove':
      return {
        operation,
        xml: request(operation, identifierSet(delivery.ids)),
        places: delivery.ids.map((_, at) => at),
      };
    case 'rename': {
      const pairs = delivery.pairs.map(({ from, to }) =>
        element('c:identifierPair', undefined, leaf('c:firstId', from, 1024), leaf('c:secondId', to, 1024)),
      );
      return {
        operation,
        xml: request(operation, element('pairSourcedIdSet', undefined, ...pairs)),
        places: delivery.pairs.map((_, at) => at),
      };
    }
  }
}

/** Writes the request that asks for records. */
export function readMessage(type: RosterType, ids: readonly string[]): Message {
  const operation = setOperation(type, 'read');
  return { operation, xml: request(operation, identifierSet(ids)), places: ids.map((_, at) => at) };
}

function identifierSet(ids: readonly string[]): string {
  return element('sourcedIdSet', undefined, ...ids.map((id) => leaf('c:identifier', id, 1024)));
}

function request(operation: Operation, content: string): string {
  const { message, data } = serviceNamespaces[operation.service];
  return element(operation.request, { xmlns: message, 'xmlns:d': data, 'xmlns:c': common }, content);
}

function contentOf(record: StoredRecord, names: Names): string | undefined {
  switch (record.type) {
    case 'person':
      return encodePerson(record as StoredRecord<'person'>, names);
    case 'group':
      return encodeGroup(record as StoredRecord<'group'>, names);
    case 'membership': {
      const membership = record as StoredRecord<'membership'>;
      const group = names.get(membership.data.group);
      const member = names.get(membership.data.member);
      if (group === undefined || member === undefined) return undefined;
      return encodeMembership(membership, { group: group.imsId, member: member.imsId });
    }
    default:
      return undefined;
  }
}
