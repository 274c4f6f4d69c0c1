import { randomUUID } from 'node:crypto';
import { type Problem, problem } from '../../base/problem.ts';
import { key, type RecordType } from '../../model/index.ts';
import type { Change, ChangeResult, Roster } from '../../roster/index.ts';
import { element, type XmlElement } from '../../wire/index.ts';
import { identified, leaf } from './codecs/elements.ts';
import { elementsOf, type Notes } from './codecs/fields.ts';
import {
  type Answer,
  type Caller,
  identifierChange,
  identifierOf,
  itemIdentifier,
  nounOf,
  withinLength,
} from './items.ts';
import { serviceNamespaces } from './namespaces.ts';
import type { Operation } from './operations.ts';
import { changeStatus, failedStatus, type Status } from './status.ts';
import { decodeRecord } from './views.ts';

/** A change that is ready for the roster with the reader's remarks, or why there is none. */
type Item = { readonly change: Change; readonly remarks: readonly string[] } | { readonly problem: Problem };

/** Applies the items of a request that writes. */
export type Write = (operation: Operation, items: readonly XmlElement[], caller: Caller) => Promise<Answer>;

/**
 * Makes what writes: all items of a request are one pass through the roster, each with a status of its own in the
 * order of the request.
 */
export function makeWrite(roster: Roster): Write {
  return async (operation, items, caller) => {
    const refused = caller.refused(items);
    const read = items.map((item, at): Item => {
      const against = refused[at];
      return against === undefined ? readItem(operation, item, caller) : { problem: against };
    });
    const changes = read.flatMap((item) => ('change' in item ? [item.change] : []));
    const results = changes.length === 0 ? [] : await roster.execute(caller.context, changes);
    let next = 0;
    const done = read.map((item): Done => {
      if ('problem' in item) return { status: failedStatus(item.problem) };
      const result = results[next];
      next += 1;
      if (result === undefined) throw new Error('the roster answered fewer results than changes');
      return doneOf(operation, caller, result, item.remarks);
    });
    if (operation.act !== 'createByProxy') return { statuses: done.map(({ status }) => status), content: '' };
    return withIdentifiers(roster, operation, caller, done);
  };
}

function readItem(operation: Operation, item: XmlElement, caller: Caller): Item {
  switch (operation.act) {
    case 'delete':
      return removal(operation, item, caller);
    case 'changeIdentifier':
      return renaming(operation, item, caller);
    case 'createByProxy':
      return proxy(operation, item, caller);
    default:
      return writing(operation, item, caller);
  }
}

function removal(operation: Operation, item: XmlElement, { context }: Caller): Item {
  const id = itemIdentifier(operation, item);
  if (!id.ok) return id;
  const noun = nounOf[operation.service];
  return { change: { op: 'remove', type: noun, key: key(noun, context.namespace, id.value) }, remarks: [] };
}

function renaming(operation: Operation, item: XmlElement, { context, settings }: Caller): Item {
  const { from, to } = identifierChange(operation, item);
  if (!from.ok) return from;
  if (!to.ok) return to;
  const noun = nounOf[operation.service];
  const tooLong = withinLength(to.value, noun, settings);
  if (tooLong !== undefined) return { problem: tooLong };
  const [old, newKey] = [from.value, to.value].map((id) => key(noun, context.namespace, id)) as [string, string];
  return { change: { op: 'rename', type: noun, key: old, newKey }, remarks: [] };
}

/** Reads a create, update or replace: `sourcedId` and the noun's element. */
function writing(operation: Operation, item: XmlElement, caller: Caller): Item {
  const noun = nounOf[operation.service];
  const id = identifierOf(item, operation.service, 'sourcedId');
  if (!id.ok) return id;
  const tooLong = withinLength(id.value, noun, caller.settings);
  if (tooLong !== undefined) return { problem: tooLong };
  return recordItem(operation, nounIn(operation, item), id.value, caller);
}

/** A record whose identifier is made here; a membership is found by its ends and keeps what it has. */
function proxy(operation: Operation, item: XmlElement, caller: Caller): Item {
  const id = operation.service === 'mms' ? undefined : randomUUID();
  return recordItem(operation, operation.many ? item : nounIn(operation, item), id, caller);
}

function nounIn({ service }: Operation, parent: XmlElement): XmlElement | Problem {
  const noun = nounOf[service];
  const [found] = elementsOf(parent, serviceNamespaces[service].message, noun);
  return found ?? problem('missing-data', 'is missing', { field: `${parent.name}/${noun}` });
}

function recordItem(
  operation: Operation,
  record: XmlElement | Problem,
  id: string | undefined,
  { context, settings }: Caller,
): Item {
  if ('code' in record) return { problem: record };
  const type = nounOf[operation.service];
  const notes: Notes = { problems: [], remarks: [] };
  const data = decodeRecord(type, record, notes, context, settings);
  const [first] = notes.problems;
  if (first !== undefined) return { problem: first };
  const isStrict = settings.behaviour === 'strict';
  const change = {
    op: operation.act === 'replace' ? 'replace' : 'upsert',
    type,
    data,
    ...(id === undefined ? {} : { key: key(type, context.namespace, id) }),
    ...mustOf(operation, type, isStrict),
    ...(isStrict ? { strict: true } : movesParents(type, data) ? { moveParents: true } : {}),
  } as Change;
  return { change, remarks: notes.remarks };
}

/** Strict: what is created must be new, what is updated or replaced must be there. What is made by proxy is new anyway. */
function mustOf({ act }: Operation, type: RecordType, isStrict: boolean): { readonly must?: 'exist' | 'not-exist' } {
  if (act === 'createByProxy' && type !== 'membership') return { must: 'not-exist' };
  if (!isStrict) return {};
  return { must: act === 'create' || act === 'createByProxy' ? 'not-exist' : 'exist' };
}

/** Compatible clients repeat a group's one parent on each update; another one means that it moves. */
function movesParents(type: RecordType, data: object): boolean {
  if (type !== 'group' || !('relationships' in data)) return false;
  const { relationships } = data as { readonly relationships?: readonly { readonly relation: string }[] | null };
  return relationships?.some(({ relation }) => relation === 'parent') === true;
}

interface Done {
  readonly status: Status;
  /** The record that was written. */
  readonly guid?: string;
}

function doneOf(operation: Operation, caller: Caller, result: ChangeResult, remarks: readonly string[]): Done {
  if (result.ok) return { status: changeStatus(result, remarks), guid: result.guid };
  const { problem: found } = result;
  const isGone = found.code === 'already-trashed' && caller.settings.behaviour === 'strict';
  if (!isGone) return { status: failedStatus(found) };
  return {
    status: failedStatus({ ...found, code: 'unknown-object', text: `There is no such ${nounOf[operation.service]}.` }),
  };
}

/** Names the identifiers of what was made, in order. */
async function withIdentifiers(
  roster: Roster,
  operation: Operation,
  { context }: Caller,
  done: readonly Done[],
): Promise<Answer> {
  const guids = done.flatMap(({ guid }) => (guid === undefined ? [] : [guid]));
  const found = guids.length === 0 ? [] : await roster.find(context, nounOf[operation.service], guids);
  const ids = new Map(found.flatMap((record) => (record === undefined ? [] : [[record.guid, record.imsId]])));
  const made: string[] = [];
  const statuses = done.map(({ status, guid }): Status => {
    if (guid === undefined) return status;
    const id = ids.get(guid);
    if (id === undefined) return failedStatus(problem('unknown-object', status.text ?? 'Nothing was made.'));
    made.push(id);
    return status;
  });
  if (operation.many) {
    return {
      statuses,
      content: element('sourcedIdSet', undefined, ...made.map((id) => leaf('c:identifier', id, 1024))),
    };
  }
  return { statuses, content: made.map((id) => identified('sourcedId', id)).join('') };
}
