import { problem } from '../../base/problem.ts';
import { key, type RosterType, type StoredRecord } from '../../model/index.ts';
import type { Context, Roster } from '../../roster/index.ts';
import { element, type XmlElement } from '../../wire/index.ts';
import { type Answer, type Caller, identifierOf, itemIdentifier, nounOf, type Reading, readItem } from './items.ts';
import type { Operation } from './operations.ts';
import { doneStatus, failedStatus, type Status } from './status.ts';
import { pairSet, type View, type Views } from './views.ts';

/** Characters of records beyond which an answer takes no more, since one large record may be asked for many times. */
const largestAnswer = 20_000_000;

/** Answers a request that reads. */
export type Read = (operation: Operation, items: readonly XmlElement[], caller: Caller) => Promise<Answer>;

/**
 * Makes the reading of records by their identifiers. All of a request are found at once; the answer holds those that
 * were found, in the order of the request. What is unknown or in the trash is `unknownobject` (IMS-ES 1.0, status of
 * the read operations).
 */
export function makeRead(roster: Roster, views: Views): Read {
  return async (operation, items, caller) => {
    const { context } = caller;
    const noun = nounOf[operation.service];
    const refused = caller.refused(items);
    const asked = items.map((element, at): Reading<string> => {
      const against = refused[at];
      return against === undefined
        ? readItem(element, (item) => itemIdentifier(operation, item))
        : { problem: against };
    });
    const ids = [...new Set(asked.flatMap((id) => ('value' in id ? [id.value] : [])))];
    const found = await roster.find(
      context,
      noun,
      ids.map((id) => key(noun, context.namespace, id)),
    );
    const records = found.filter((record) => record !== undefined);
    const contents = new Map(
      (await views(context, noun, records)).map(({ record, content }) => [record.guid, content]),
    );
    const byId = new Map(ids.map((id, at) => [id, found[at]?.guid]));

    let size = 0;
    const shown: string[] = [];
    const written: string[] = [];
    const statuses = asked.map((id): Status => {
      if ('problem' in id) return failedStatus(id.problem);
      const guid = byId.get(id.value);
      if (guid === undefined) return failedStatus(unknown(noun, id.value));
      const content = contents.get(guid);
      if (content === undefined) {
        const text = `An end of the membership ${id.value} is unknown or in the trash.`;
        return failedStatus(problem('unknown-object', text));
      }
      if (size > 0 && size + content.length > largestAnswer) {
        return failedStatus(problem('too-large', 'The answer would be too large; ask for fewer at once.'));
      }
      size += content.length;
      written.push(element(noun, undefined, content));
      shown.push(guid);
      return doneStatus(id.remarks);
    });
    const content = operation.many ? element(`${noun}Set`, undefined, ...written) : written.join('');
    return { statuses, content, ...seenOf(shown) };
  };
}

/** Makes the reading of what belongs to a person or a group: one status, and pairs of identifier and record. */
export function makeReadFor(roster: Roster, views: Views): Read {
  return async (operation, items, caller) => {
    const { context } = caller;
    const [request] = items;
    const end = operation.for === 'person' ? 'person' : 'group';
    const [against] = caller.refused(items);
    if (against !== undefined) return refusedWith(failedStatus(against));
    if (request === undefined) throw new Error('an operation on what belongs to a record has one item');
    const id = readItem(request, (item) => {
      const found = identifierOf(item, operation.service, `${end}SourcedId`);
      item.fields.finish();
      return found;
    });
    if ('problem' in id) return refusedWith(failedStatus(id.problem));
    const status = doneStatus(id.remarks);
    const [record] = await roster.find(context, end, [key(end, context.namespace, id.value)]);
    if (record === undefined) return refusedWith(failedStatus(unknown(end, id.value)));

    const memberships = await roster.membershipsOf(
      context,
      end === 'person' ? { person: record.guid } : { group: record.guid },
    );
    if (operation.service === 'mms') {
      const pairs = await views(context, 'membership', memberships);
      return { statuses: [status], content: pairSet('membershipIDPairSet', pairs), ...seenOf(guidsOf(memberships)) };
    }
    const noun = operation.service === 'pms' ? 'person' : 'group';
    const others = await otherEnds(roster, context, noun, memberships);
    const found = await views(context, noun, others);
    const content = noun === 'person' ? personsOf(found) : groupsOf(found);
    return { statuses: [status], content, ...seenOf(guidsOf(others)) };
  };
}

const guidsOf = (records: readonly StoredRecord[]) => records.map(({ guid }) => guid);

/** What an answer shows, for the record. */
export function seenOf(guids: readonly string[]): Pick<Answer, 'seen'> {
  const [guid, ...others] = guids;
  const one = guid !== undefined && others.length === 0 ? { guid } : {};
  return guid === undefined ? {} : { seen: { count: guids.length, ...one } };
}

function personsOf(views: readonly View[]): string {
  return pairSet('personIdPairSet', views);
}

/** Both forms, since the vendor's text has the first and the standard's symmetry the second. */
function groupsOf(views: readonly View[]): string {
  const groups = views.map(({ content = '' }) => element('group', undefined, content));
  return element('groupSet', undefined, ...groups) + pairSet('groupIdPairSet', views);
}

/** The records at the other end of active memberships, each once and in the order of the memberships. */
async function otherEnds<T extends 'person' | 'group'>(
  roster: Roster,
  context: Context,
  noun: T,
  memberships: readonly StoredRecord<'membership'>[],
): Promise<StoredRecord<T>[]> {
  const guids = new Set<string>();
  for (const { data, state } of memberships) {
    if (state !== 'active') continue;
    if (noun === 'group') guids.add(data.group);
    else if (data.memberType === 'person') guids.add(data.member);
  }
  const found = await roster.find(context, noun, [...guids]);
  return found.filter((record) => record !== undefined);
}

function unknown(noun: RosterType, id: string) {
  return problem('unknown-object', `There is no ${noun} ${id}.`);
}

function refusedWith(status: Status): Answer {
  return { statuses: [status], content: '' };
}
