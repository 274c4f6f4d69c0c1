import { randomUUID } from 'node:crypto';
import { problem } from '../../base/problem.ts';
import { key, type RosterType } from '../../model/index.ts';
import { type Change, type ChangeResult, type Context, idFor, type Roster } from '../../roster/index.ts';
import { element, type XmlElement } from '../../wire/index.ts';
import { identified, leaf } from './codecs/elements.ts';
import { isNil, type Notes } from './codecs/fields.ts';
import {
  type Answer,
  type Caller,
  type Item,
  identifierChange,
  identifierOf,
  itemIdentifier,
  limitIdentifier,
  nounOf,
  type Reading,
  readItem,
} from './items.ts';
import { serviceNamespaces } from './namespaces.ts';
import type { Operation } from './operations.ts';
import { withoutReflections } from './reflections.ts';
import { changeStatus, failedStatus, type Status } from './status.ts';
import { decodeRecord } from './views.ts';

/** Applies the items of a request that writes. */
export type Write = (operation: Operation, items: readonly XmlElement[], caller: Caller) => Promise<Answer>;

/**
 * Makes what writes: all items of a request are one pass through the roster, each with a status of its own in the
 * order of the request.
 */
export function makeWrite(roster: Roster): Write {
  const execute = async (context: Context, changes: readonly Change[]) =>
    roster.execute(context, await withoutReflections(roster, context, changes));
  return async (operation, items, caller) => {
    const refused = caller.refused(items);
    const read = items.map((element, at): Reading<Change> => {
      const against = refused[at];
      return against === undefined
        ? readItem(element, (item) => changeOf(operation, item, caller))
        : { problem: against };
    });
    const changes = read.flatMap((item) => ('value' in item ? [item.value] : []));
    const results = changes.length === 0 ? [] : await execute(caller.context, changes);
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

/** The change that an item asks for; undefined where something is wrong with it, which is noted. */
function changeOf(operation: Operation, item: Item, caller: Caller): Change | undefined {
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

function removal(operation: Operation, item: Item, { context }: Caller): Change | undefined {
  const id = itemIdentifier(operation, item);
  const type = nounOf[operation.service];
  return id === undefined ? undefined : { op: 'remove', type, key: key(type, context.namespace, id) };
}

function renaming(operation: Operation, item: Item, { context, settings }: Caller): Change | undefined {
  const ids = identifierChange(operation, item);
  if (ids === undefined) return undefined;
  const type = nounOf[operation.service];
  limitIdentifier(ids.to, type, settings, item.notes);
  return {
    op: 'rename',
    type,
    key: key(type, context.namespace, ids.from),
    newKey: key(type, context.namespace, ids.to),
  };
}

/** Reads a create, update or replace: `sourcedId` and the noun's element. */
function writing(operation: Operation, item: Item, caller: Caller): Change | undefined {
  const id = identifierOf(item, operation.service, 'sourcedId');
  if (id === undefined) return undefined;
  limitIdentifier(id, nounOf[operation.service], caller.settings, item.notes);
  return recordWrite(operation, nounIn(operation, item), id, caller, item.notes);
}

/** A record whose identifier is made here; a membership is found by its ends and keeps what it has. */
function proxy(operation: Operation, item: Item, caller: Caller): Change | undefined {
  const id = operation.service === 'mms' ? undefined : randomUUID();
  return recordWrite(operation, operation.many ? nounItself(item) : nounIn(operation, item), id, caller, item.notes);
}

/** The noun's element in an item; that it is missing is noted. */
function nounIn({ service }: Operation, { fields }: Item): XmlElement | undefined {
  const noun = nounOf[service];
  const found = fields.element(serviceNamespaces[service].message, noun);
  fields.finish();
  if (found === undefined) fields.missing(noun, 'is missing');
  return found;
}

/** An item that is the noun's element; that it is nil is noted. */
function nounItself({ element: noun, notes }: Item): XmlElement | undefined {
  if (!isNil(noun)) return noun;
  notes.problems.push(problem('missing-data', 'is missing', { field: noun.name }));
  return undefined;
}

function recordWrite(
  operation: Operation,
  record: XmlElement | undefined,
  id: string | undefined,
  { context, settings }: Caller,
  notes: Notes,
): Change | undefined {
  if (record === undefined) return undefined;
  const type = nounOf[operation.service];
  const data = decodeRecord(type, record, notes, context, settings);
  const isStrict = settings.behaviour === 'strict';
  return {
    op: operation.act === 'replace' ? 'replace' : 'upsert',
    type,
    data,
    ...(id === undefined ? {} : { key: key(type, context.namespace, id) }),
    ...mustOf(operation, type, isStrict),
    ...(isStrict ? { strict: true } : movesParents(type, data) ? { moveParents: true } : {}),
  } as Change;
}

/** Strict: what is created must be new, what is updated or replaced must be there. What is made by proxy is new anyway. */
function mustOf({ act }: Operation, type: RosterType, isStrict: boolean): { readonly must?: 'exist' | 'not-exist' } {
  if (act === 'createByProxy' && type !== 'membership') return { must: 'not-exist' };
  if (!isStrict) return {};
  return { must: act === 'create' || act === 'createByProxy' ? 'not-exist' : 'exist' };
}

/** Compatible clients repeat a group's one parent on each update; another one means that it moves. */
function movesParents(type: RosterType, data: object): boolean {
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

/** Names the identifiers of what was made, in order; where nothing was, a warning may have said why. */
async function withIdentifiers(
  roster: Roster,
  operation: Operation,
  { context }: Caller,
  done: readonly Done[],
): Promise<Answer> {
  const guids = done.flatMap(({ guid }) => (guid === undefined ? [] : [guid]));
  const found = guids.length === 0 ? [] : await roster.find(context, nounOf[operation.service], guids);
  const ids = new Map(found.flatMap((record) => (record === undefined ? [] : [[record.guid, idFor(context, record)]])));
  const made: string[] = [];
  const statuses = done.map(({ status, guid }): Status => {
    if (guid === undefined) return status;
    const id = ids.get(guid);
    if (id === undefined) {
      return status.text === undefined ? failedStatus(problem('unknown-object', 'Nothing was made.')) : status;
    }
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
