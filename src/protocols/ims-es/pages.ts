import { instantOf } from '../../base/instant.ts';
import type { RosterType, StoredRecord } from '../../model/index.ts';
import type { ListQuery, Roster } from '../../roster/index.ts';
import { textElement, type XmlElement } from '../../wire/index.ts';
import { type Fields, fieldsOf, makeNotes, type Notes } from './codecs/fields.ts';
import { type Caller, nounOf } from './items.ts';
import { serviceNamespaces } from './namespaces.ts';
import type { Operation } from './operations.ts';
import { type Read, seenOf } from './reads.ts';
import { doneStatus, failedStatus } from './status.ts';
import { pairSet, type Views } from './views.ts';

const usualPageSize = 100;
const largestPageSize = 1000;

/** What a request for a page asks for. */
interface Asked extends ListQuery {
  /** Records made by hand become the caller's. */
  readonly adopt: boolean;
}

/** Makes the reading of all records, page by page: itslearning's readAllPersons and what is like it for the others. */
export function makeReadAll(roster: Roster, views: Views): Read {
  return async (operation, items, caller) => {
    const [request] = items;
    if (request === undefined) throw new Error('an operation on all records has one item');
    const [against] = caller.refused(items);
    if (against !== undefined) return { statuses: [failedStatus(against)], content: '' };
    const notes = makeNotes();
    const { adopt, ...query } = readQuery(operation, request, notes);
    const [first] = notes.problems;
    if (first !== undefined) return { statuses: [failedStatus(first)], content: '' };

    const noun = nounOf[operation.service];
    const page = await roster.list(caller.context, noun, query);
    const found = await views(caller.context, noun, page.items);
    if (adopt) notes.remarks.push(...(await adoptAll(roster, caller, noun, page.items)));
    const space = operation.extended === 'ours' ? serviceNamespaces[operation.service].message : undefined;
    const content = pairSet(`${noun}IdPairSet`, found, space) + textElement('virtualCount', String(page.total));
    return { statuses: [doneStatus(notes.remarks)], content, ...seenOf(page.items.map(({ guid }) => guid)) };
  };
}

function readQuery(operation: Operation, request: XmlElement, notes: Notes): Asked {
  const fields = fieldsOf(request, request.name, notes);
  const space = operation.namespace;
  const index = wholeNumber(fields, space, 'PageIndex') ?? 1;
  const size = wholeNumber(fields, space, 'PageSize') ?? usualPageSize;
  const createdFrom = time(fields, space, 'CreatedFrom');
  const isPersons = operation.service === 'pms';
  const manual = isPersons && fields.flag(space, 'OnlyManuallyCreatedUsers') === true;
  const adopt = isPersons && fields.flag(space, 'ConvertFromManual') === true;
  fields.finish();
  const limit = Math.min(size, largestPageSize);
  if (limit < size) notes.remarks.push(`PageSize is ${limit}, the largest there is; ${size} was asked for`);
  return {
    limit,
    offset: (index - 1) * limit,
    adopt,
    ...(createdFrom === undefined ? {} : { createdFrom }),
    ...(manual ? { manual } : {}),
  };
}

/** A number from 1; empty counts as absent. */
function wholeNumber(fields: Fields, space: string, name: string): number | undefined {
  const text = fields.text(space, name)?.trim() ?? '';
  if (text === '') return undefined;
  if (/^\+?0*[1-9]\d{0,8}$/.test(text)) return Number(text);
  fields.invalid(name, 'is not a whole number from 1');
  return undefined;
}

/** An xs:dateTime, or a day; without a zone it is UTC. Empty counts as absent. */
function time(fields: Fields, space: string, name: string): Date | undefined {
  const text = fields.text(space, name)?.trim() ?? '';
  if (text === '') return undefined;
  const instant = instantOf(text) ?? instantOf(text.replace(/^\d{4}-\d\d-\d\d/, '$&T00:00:00'));
  if (instant !== undefined) return new Date(instant);
  fields.invalid(name, 'is not a date with time');
  return undefined;
}

/** Makes the records of a page that were made by hand the caller's own; answers what went wrong. */
async function adoptAll(
  roster: Roster,
  { context }: Caller,
  type: RosterType,
  records: readonly StoredRecord[],
): Promise<string[]> {
  const manual = records.filter(({ owner, claims }) => owner.startsWith('admin:') && claims.length === 0);
  const results = await roster.execute(
    context,
    manual.map(({ guid }) => ({ op: 'upsert', type, key: guid, data: {}, adopt: true }) as const),
  );
  return results.flatMap((result) => (result.ok ? [] : [result.problem.text]));
}
