import { problem } from '../../base/problem.ts';
import type { Roster } from '../../roster/index.ts';
import type { XmlElement } from '../../wire/index.ts';
import { elementsOf } from './codecs/fields.ts';
import {
  applyItems,
  batchLimit,
  type Call,
  checkedIdentifier,
  type Item,
  identifierOf,
  type Noun,
  nouns,
  removeItem,
  writeItem,
} from './items.ts';
import { common, serviceNamespaces } from './namespaces.ts';
import type { OperationName } from './operations.ts';
import { makeReads } from './reads.ts';

/** The operations of IMS-ES 1.0 by name, in the compatible semantics: create, update and replace all write or make. */
export function makeCalls(roster: Roster): Readonly<Record<OperationName, Call>> {
  const reads = makeReads(roster);
  const { person, group, membership } = nouns;

  const write =
    (noun: Noun, op: 'upsert' | 'replace'): Call =>
    async (request, context) => ({
      statuses: await applyItems(roster, context, [writeItem(noun, op, request, context)]),
      content: '',
    });

  const remove =
    (noun: Noun): Call =>
    async (request, context) => {
      const id = identifierOf(request, serviceNamespaces[noun.service].message, 'sourcedId');
      return { statuses: await applyItems(roster, context, [removeItem(noun, id, context)]), content: '' };
    };

  const writeSet =
    (noun: Noun, op: 'upsert' | 'replace'): Call =>
    async (request, context) => {
      const { message } = serviceNamespaces[noun.service];
      const [set] = elementsOf(request, message, `${noun.type}IdPairSet`);
      const pairs = set === undefined ? [] : elementsOf(set, message, `${noun.type}IdPair`);
      const tooMany = pairs.length > batchLimit;
      const items =
        pairs.length === 0
          ? missing(set, `${noun.type}IdPairSet`)
          : pairs.map((pair) => (tooMany ? unread : writeItem(noun, op, pair, context)));
      return { statuses: await applyItems(roster, context, items), content: '' };
    };

  const removeSet =
    (noun: Noun): Call =>
    async (request, context) => {
      const [set] = elementsOf(request, serviceNamespaces[noun.service].message, 'sourcedIdSet');
      const identifiers = set === undefined ? [] : elementsOf(set, common, 'identifier');
      const items =
        identifiers.length === 0
          ? missing(set, 'sourcedIdSet')
          : identifiers.map(({ text }) => removeItem(noun, checkedIdentifier(text, 'identifier'), context));
      return { statuses: await applyItems(roster, context, items), content: '' };
    };

  return {
    createPerson: write(person, 'upsert'),
    readPerson: reads.person,
    updatePerson: write(person, 'upsert'),
    replacePerson: write(person, 'replace'),
    deletePerson: remove(person),
    createPersons: writeSet(person, 'upsert'),
    deletePersons: removeSet(person),
    createGroup: write(group, 'upsert'),
    readGroup: reads.group,
    updateGroup: write(group, 'upsert'),
    replaceGroup: write(group, 'replace'),
    deleteGroup: remove(group),
    createMembership: write(membership, 'upsert'),
    readMembership: reads.membership,
    updateMembership: write(membership, 'upsert'),
    replaceMembership: write(membership, 'replace'),
    deleteMembership: remove(membership),
    readMembershipsForPerson: reads.membershipsFor('person'),
    readMembershipsForGroup: reads.membershipsFor('group'),
  };
}

/** What a set without items says: nothing when it is empty, else that what it holds is no item and nothing was done. */
function missing(set: XmlElement | undefined, name: string): Item[] {
  if (set !== undefined && set.children.length === 0) return [];
  return [{ problem: problem('missing-data', `${name} holds no item`, { field: name }) }];
}

/** Stands for an item that was not read because there are too many. */
const unread: Item = { problem: problem('too-large', 'was not read') };
