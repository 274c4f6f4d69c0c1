import type { Clock } from '../../../base/clock.ts';
import {
  type Group,
  key,
  type RecordState,
  type RosterType,
  type SourcedId,
  type StoredRecord,
} from '../../../model/index.ts';
import { type Context, idFor, type ReferenceName } from '../../../roster/index.ts';
import type { Exporter, ExportReads, ExportRequest } from '../../../sync/index.ts';
import { element, endTag, startTag, textElement, xmlDeclaration } from '../../../wire/index.ts';
import { writeGroup } from '../group.ts';
import { writeMember, writeMembershipHead } from '../membership.ts';
import { writePerson } from '../person.ts';
import { completedGroup, completedMembership, completedPerson } from './completed.ts';

/** Groups whose members are looked up together. */
const groupsAtOnce = 200;
const mostKept = 100_000;
const source = 'Rostergate';

/**
 * Writes all that is active as one file of IMS Enterprise 1.1 (XML binding; `properties/type` full), in the order of its
 * DTD and complete by it. Ids are given back as they were sent; what was made after the export began is left for the
 * next one, and so is what the gateway made for OneRoster alone.
 */
export function makeImsEnterpriseXmlExporter(clock: Clock): Exporter {
  return {
    format: 'ims-enterprise-xml',
    mediaType: 'application/xml',
    extension: 'xml',
    delta: false,
    async *write(roster, context, request) {
      for await (const text of enterprise({ roster, context, request, begin: clock.now() })) {
        if (text !== '') yield Buffer.from(text);
      }
    },
  };
}

interface Job {
  readonly roster: ExportReads;
  readonly context: Context;
  readonly request: ExportRequest;
  /** When the export began. */
  readonly begin: Date;
}

async function* enterprise(job: Job): AsyncGenerator<string> {
  const { roster, context, request, begin } = job;
  const names = makeNames(job);
  const known = <T extends RosterType>(batch: readonly StoredRecord<T>[]) =>
    batch.filter(({ createdAt }) => createdAt <= begin);
  const properties = [
    textElement('datasource', source),
    textElement('type', 'full'),
    textElement('datetime', begin.toISOString().slice(0, 19)),
  ];
  yield `${xmlDeclaration}${startTag('enterprise')}\n${element('properties', undefined, ...properties)}\n`;
  for await (const batch of roster.scan(context, 'person', {})) {
    yield known(batch)
      .map((record) => {
        const [first, ...more] = idsOf(context, record);
        return `${writePerson(completedPerson(record.data, first.id, request), [first, ...more])}\n`;
      })
      .join('');
  }
  const made = { made: false } as const;
  for await (const batch of roster.scan(context, 'group', made)) {
    const groups = known(batch);
    await names.load(
      'group',
      groups.flatMap(({ data }) => (data.relationships ?? []).map(({ target }) => target)),
    );
    yield groups
      .map((record) => {
        const [first, ...more] = idsOf(context, record);
        const group = withRelations(completedGroup(record.data, first.id), names);
        return `${writeGroup(group, [first, ...more], (guid) => names.must('group', guid))}\n`;
      })
      .join('');
  }
  for await (const batch of roster.scan(context, 'group', { ...made, batch: groupsAtOnce })) {
    const ids = new Map(known(batch).map((group) => [group.guid, idsOf(context, group)[0]]));
    yield* memberships(job, names, ids, roster.membersOf(context, [...ids.keys()]));
  }
  yield* waitingMemberships(job, names);
  yield `${endTag('enterprise')}\n`;
}

/** Memberships of groups that have not arrived (decisions 1.7). */
async function* waitingMemberships(job: Job, names: Names): AsyncGenerator<string> {
  const { roster, context } = job;
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await roster.waiting(context, { limit: 1000, ...(cursor === undefined ? {} : { cursor }) });
    cursor = page.next;
    const groups = [...new Set(page.items.map(({ data }) => data.group))];
    const expected = [...(await roster.names(context, 'group', groups)).values()].filter(
      ({ state }) => state === 'expected',
    );
    await names.load(
      'group',
      expected.map(({ guid }) => guid),
    );
    const ids = new Map(expected.map(({ guid }) => [guid, names.must('group', guid)]));
    const members = page.items.filter(({ data }) => ids.has(data.group));
    members.sort((a, b) => (a.data.group < b.data.group ? -1 : 1));
    yield* memberships(job, names, ids, [members]);
  }
}

type Members = readonly StoredRecord<'membership'>[];

/** Memberships, which come group by group, as a `membership` for each group that has any. */
async function* memberships(
  { request, begin }: Job,
  names: Names,
  ids: ReadonlyMap<string, SourcedId>,
  batches: AsyncIterable<Members> | Iterable<Members>,
): AsyncGenerator<string> {
  let open: string | undefined;
  for await (const batch of batches) {
    const members = batch.filter(({ createdAt }) => createdAt <= begin);
    for (const type of ['person', 'group'] as const) {
      await names.load(
        type,
        members.filter(({ data }) => data.memberType === type).map(({ data }) => data.member),
      );
    }
    let text = '';
    for (const { data } of members) {
      const id = ids.get(data.group);
      const member = names.of(data.memberType, data.member);
      if (id === undefined || member === undefined) continue;
      if (data.group !== open) {
        if (open !== undefined) text += `\n${endTag('membership')}\n`;
        text += startTag('membership') + writeMembershipHead(id, data.extension);
        open = data.group;
      }
      text += `\n${writeMember(completedMembership(data, request), member)}`;
    }
    yield text;
  }
  if (open !== undefined) yield `\n${endTag('membership')}\n`;
}

/** A group without relationships to what is not in the file. */
function withRelations({ relationships, ...group }: Group, names: Names): Group {
  const kept = relationships?.filter(({ target }) => names.of('group', target) !== undefined);
  return kept === undefined || kept.length === 0 ? group : { ...group, relationships: kept };
}

/** The ids of a record as they were sent, where these find it; else its guid. There is always one. */
function idsOf(context: Context, record: StoredRecord): [SourcedId, ...SourcedId[]] {
  const { imsId, sourcedIds = [] } = record;
  const sent = sourcedIds.find(({ id }) => id === imsId);
  const id = idHere(context, record, sent?.source);
  if (id !== imsId || sent === undefined) return [{ source, id }];
  const [first = sent, ...more] = sourcedIds;
  return [first, ...more];
}

/** The id by which a reader in the caller's namespace finds a record, with the source before it or without. */
function idHere(
  context: Context,
  named: Pick<ReferenceName, 'type' | 'guid' | 'imsId' | 'keys'>,
  sent: string | undefined,
): string {
  const { type, imsId, keys } = named;
  const withSource = sent !== undefined && keys.includes(key(type, context.namespace, `${sent}/${imsId}`));
  return withSource ? imsId : idFor(context, named);
}

interface Names {
  load(type: 'person' | 'group', guids: readonly string[]): Promise<void>;
  /** The id of what may be referred to: what is in the file, and what the roster itself still waits for. */
  of(type: 'person' | 'group', guid: string): SourcedId | undefined;
  must(type: 'person' | 'group', guid: string): SourcedId;
}

/** States in which a record is in the file, and that of one that others only name. */
const named: readonly RecordState[] = ['active', 'disabled', 'expected'];

/** The ids of what is referred to; a bounded number is kept. */
function makeNames({ roster, context }: Job): Names {
  const kept = { person: new Map<string, SourcedId | null>(), group: new Map<string, SourcedId | null>() };
  const of: Names['of'] = (type, guid) => kept[type].get(guid) ?? undefined;
  return {
    async load(type, guids) {
      const ids = kept[type];
      const wanted = [...new Set(guids)];
      if (ids.size + wanted.length > mostKept) ids.clear();
      const missing = wanted.filter((guid) => !ids.has(guid));
      if (missing.length === 0) return;
      for (const guid of missing) ids.set(guid, null);
      for (const [guid, name] of await roster.names(context, type, missing)) {
        if (name.made === true || !named.includes(name.state)) continue;
        const id = idHere(context, name, name.source);
        ids.set(guid, { source: id === name.imsId ? (name.source ?? source) : source, id });
      }
    },
    of,
    must: (type, guid) => of(type, guid) ?? { source, id: guid },
  };
}
