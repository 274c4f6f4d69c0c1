import { type Problem, problem } from '../../base/problem.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import { type DataOf, key, type RecordType } from '../../model/index.ts';
import type { Change, Context, Patch, Roster } from '../../roster/index.ts';
import type { XmlElement } from '../../wire/index.ts';
import { elementsOf, type Fields, fieldsOf, type Notes } from './codecs/fields.ts';
import { decodeGroup } from './codecs/group.ts';
import { decodeMembership } from './codecs/membership.ts';
import { decodePerson } from './codecs/person.ts';
import { common, type Service, serviceNamespaces } from './namespaces.ts';
import { changeStatus, failedStatus, type Status } from './status.ts';

/** The most items that one request may hold. */
export const batchLimit = 1000;

/** A noun of the standard: its element is named as its record type. */
export interface Noun<T extends RecordType = RecordType> {
  readonly type: T;
  readonly service: Service;
  decode(fields: Fields, namespace: string): Patch<DataOf[T]>;
}

/** The nouns of the three services. */
export const nouns: { readonly [T in RecordType]: Noun<T> } = {
  person: { type: 'person', service: 'pms', decode: decodePerson },
  group: { type: 'group', service: 'gms', decode: decodeGroup },
  membership: { type: 'membership', service: 'mms', decode: decodeMembership },
};

/** What an operation answers: its statuses and the content of its answer element, XML already. */
export interface Answer {
  readonly statuses: readonly Status[];
  readonly content: string;
}

/** Runs an operation on its request element. Expected failures are statuses; a throw is a defect. */
export type Call = (request: XmlElement, context: Context) => Promise<Answer>;

/** A change that is ready for the roster with the reader's remarks, or why there is none. */
export type Item = { readonly change: Change; readonly remarks: readonly string[] } | { readonly problem: Problem };

/** The identifier of a `sourcedId`-like child; problems when it is missing, empty or longer than the schema allows. */
export function identifierOf(parent: XmlElement, namespace: string, name: string): Result<string> {
  const [sourcedId] = elementsOf(parent, namespace, name);
  const [identifier] = sourcedId === undefined ? [] : elementsOf(sourcedId, common, 'identifier');
  return checkedIdentifier(identifier?.text, `${parent.name}/${name}/identifier`);
}

/** Checks an identifier (IMS-ES 1.0 common data: 1 to 1,024 characters); outer white space does not count. */
export function checkedIdentifier(text: string | undefined, field: string): Result<string> {
  const id = text?.trim() ?? '';
  if (id === '') return failed('missing-data', 'is missing or empty', { field });
  if (id.length > 1024) return failed('too-long', 'is longer than 1024 characters', { field });
  return ok(id);
}

/** Reads the record of a create, update or replace: `sourcedId` and the noun's element inside `parent`. */
export function writeItem(noun: Noun, op: 'upsert' | 'replace', parent: XmlElement, context: Context): Item {
  const { message } = serviceNamespaces[noun.service];
  const id = identifierOf(parent, message, 'sourcedId');
  if (!id.ok) return id;
  const [element] = elementsOf(parent, message, noun.type);
  if (element === undefined) {
    return { problem: problem('missing-data', 'is missing', { field: `${parent.name}/${noun.type}` }) };
  }
  const notes: Notes = { problems: [], remarks: [] };
  const fields = fieldsOf(element, noun.type, notes);
  const data = noun.decode(fields, context.namespace);
  fields.finish();
  const [first] = notes.problems;
  if (first !== undefined) return { problem: first };
  const change = { op, type: noun.type, key: key(noun.type, context.namespace, id.value), data } as Change;
  return { change, remarks: notes.remarks };
}

/** Makes the removal of an identifier. */
export function removeItem(noun: Noun, id: Result<string>, context: Context): Item {
  if (!id.ok) return id;
  return { change: { op: 'remove', type: noun.type, key: key(noun.type, context.namespace, id.value) }, remarks: [] };
}

/**
 * Applies what is ready in one call and answers one status for each item in order. More items than {@link batchLimit}
 * are refused one and all, since a part of them would be a surprise.
 */
export async function applyItems(roster: Roster, context: Context, items: readonly Item[]): Promise<Status[]> {
  if (items.length > batchLimit) {
    const text = `The request holds ${items.length} items; at most ${batchLimit} are taken at once.`;
    return items.map(() => failedStatus(problem('too-large', text)));
  }
  const changes = items.flatMap((item) => ('change' in item ? [item.change] : []));
  const results = changes.length === 0 ? [] : await roster.execute(context, changes);
  let next = 0;
  return items.map((item) => {
    if ('problem' in item) return failedStatus(item.problem);
    const result = results[next];
    next += 1;
    if (result === undefined) throw new Error('the roster answered fewer results than changes');
    return changeStatus(result, item.remarks);
  });
}
