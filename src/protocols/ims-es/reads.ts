import { problem } from '../../base/problem.ts';
import { key, type RecordType, type StoredRecord } from '../../model/index.ts';
import type { Context, Roster } from '../../roster/index.ts';
import { element, type XmlElement } from '../../wire/index.ts';
import { identified } from './codecs/elements.ts';
import { encodeGroup } from './codecs/group.ts';
import { encodeMembership, type MembershipEnds } from './codecs/membership.ts';
import { encodePerson } from './codecs/person.ts';
import type { Names } from './codecs/relationships.ts';
import { type Answer, type Call, identifierOf, type Noun, nouns } from './items.ts';
import { type Service, serviceNamespaces } from './namespaces.ts';
import { doneStatus, failedStatus, type Status } from './status.ts';

/** The reading operations. */
export interface Reads {
  readonly person: Call;
  readonly group: Call;
  readonly membership: Call;
  /** `readMembershipsForPerson` and `readMembershipsForGroup`. */
  membershipsFor(type: 'person' | 'group'): Call;
}

/**
 * Makes the reading operations. What is unknown or in the trash is `unknownobject` with an empty answer (IMS-ES 1.0,
 * status of the read operations).
 */
export function makeReads(roster: Roster): Reads {
  const find = async <T extends RecordType>(
    noun: Noun<T>,
    asked: { readonly service: Service; readonly name: string },
    request: XmlElement,
    context: Context,
  ): Promise<StoredRecord<T> | Status> => {
    const id = identifierOf(request, serviceNamespaces[asked.service].message, asked.name);
    if (!id.ok) return failedStatus(id.problem);
    const [record] = await roster.find(context, noun.type, [key(noun.type, context.namespace, id.value)]);
    return record ?? failedStatus(problem('unknown-object', `There is no ${noun.type} ${id.value}.`));
  };

  const read =
    <T extends RecordType>(
      noun: Noun<T>,
      encode: (record: StoredRecord<T>, context: Context) => Promise<string | Status>,
    ): Call =>
    async (request, context) => {
      const record = await find(noun, { service: noun.service, name: 'sourcedId' }, request, context);
      if (isStatus(record)) return refused(record);
      const content = await encode(record, context);
      if (typeof content !== 'string') return refused(content);
      return { statuses: [doneStatus()], content: element(noun.type, undefined, content) };
    };

  return {
    person: read(nouns.person, async (record, context) =>
      encodePerson(record, await relatedNames(roster, context, record)),
    ),
    group: read(nouns.group, async (record, context) =>
      encodeGroup(record, await relatedNames(roster, context, record)),
    ),
    membership: read(nouns.membership, async (record, context) => {
      const [named] = await withEnds(roster, context, [record]);
      if (named !== undefined) return encodeMembership(named.record, named.ends);
      const text = `An end of the membership ${record.imsId} is unknown or in the trash.`;
      return failedStatus(problem('unknown-object', text));
    }),
    membershipsFor: (type) => async (request, context) => {
      const record = await find(nouns[type], { service: 'mms', name: `${type}SourcedId` }, request, context);
      if (isStatus(record)) return refused(record);
      const end = type === 'person' ? { person: record.guid } : { group: record.guid };
      const memberships = await withEnds(roster, context, await roster.membershipsOf(context, end));
      const pairs = memberships.map((each) =>
        element(
          'membershipIdPair',
          undefined,
          identified('sourcedId', each.record.imsId),
          element('membership', undefined, encodeMembership(each.record, each.ends)),
        ),
      );
      return { statuses: [doneStatus()], content: element('membershipIDPairSet', undefined, ...pairs) };
    },
  };
}

function refused(status: Status): Answer {
  return { statuses: [status], content: '' };
}

function isStatus(value: Status | StoredRecord): value is Status {
  return 'codeMajor' in value;
}

function relatedNames(
  roster: Roster,
  context: Context,
  record: StoredRecord<'person'> | StoredRecord<'group'>,
): Promise<Names> {
  const targets = (record.data.relationships ?? []).map(({ target }) => target);
  return roster.names(context, record.type, targets);
}

interface Named {
  readonly record: StoredRecord<'membership'>;
  readonly ends: MembershipEnds;
}

/** Names both ends of memberships; those whose ends have no name to be read by, or are in the trash, are left out. */
async function withEnds(
  roster: Roster,
  context: Context,
  records: readonly StoredRecord<'membership'>[],
): Promise<Named[]> {
  const guids = { group: new Set<string>(), person: new Set<string>() };
  for (const { data } of records) {
    guids.group.add(data.group);
    guids[data.memberType].add(data.member);
  }
  const [group, person] = await Promise.all([
    roster.names(context, 'group', [...guids.group]),
    roster.names(context, 'person', [...guids.person]),
  ]);
  const names = { group, person };
  return records.flatMap((record) => {
    const { data } = record;
    const groupName = names.group.get(data.group);
    const memberName = names[data.memberType].get(data.member);
    if (groupName === undefined || memberName === undefined) return [];
    if (groupName.state === 'trashed' || memberName.state === 'trashed') return [];
    return [{ record, ends: { group: groupName.imsId, member: memberName.imsId } }];
  });
}
