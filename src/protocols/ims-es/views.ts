import type { DataOf, RosterType, StoredRecord } from '../../model/index.ts';
import { type Context, type ImsEsSettings, type Patch, type Roster, seenBy } from '../../roster/index.ts';
import { element, type XmlElement } from '../../wire/index.ts';
import { identified } from './codecs/elements.ts';
import { fieldsOf, type Notes } from './codecs/fields.ts';
import { decodeGroup, encodeGroup } from './codecs/group.ts';
import { decodeMembership, encodeMembership } from './codecs/membership.ts';
import { decodePerson, encodePerson } from './codecs/person.ts';
import type { Names } from './codecs/relationships.ts';

const decoders = { person: decodePerson, group: decodeGroup, membership: decodeMembership } as const;

/** Reads the element of a noun into a patch; what is wrong with it stands in `notes`. */
export function decodeRecord(
  type: RosterType,
  record: XmlElement,
  notes: Notes,
  context: Context,
  { lengths }: ImsEsSettings,
): Patch<DataOf[RosterType]> {
  const fields = fieldsOf(record, type, notes);
  const data = decoders[type](fields, { namespace: context.namespace, lengths });
  fields.finish();
  return data;
}

/**
 * A record that is ready to be written, its `imsId` the identifier by which the caller finds it; undefined content when
 * an end of a membership cannot be named.
 */
export interface View {
  readonly record: StoredRecord;
  readonly content: string | undefined;
}

/** Writes the content of records' elements, with what they refer to named in bulk and as the caller finds it. */
export type Views = <T extends RosterType>(
  context: Context,
  type: T,
  records: readonly StoredRecord<T>[],
) => Promise<readonly View[]>;

/** Makes {@link Views}. */
export function makeViews(roster: Roster): Views {
  const namesOf = async (context: Context, type: RosterType, guids: readonly string[]): Promise<Names> => {
    const names = await roster.names(context, type, guids);
    return new Map([...names].map(([guid, name]) => [guid, seenBy(context, name)]));
  };

  const persons = async (context: Context, records: readonly StoredRecord<'person'>[]): Promise<View[]> => {
    const guids = records.map(({ guid }) => guid);
    const [names, others] = await Promise.all([
      namesOf(context, 'person', targetsOf(records)),
      roster.related(context, 'person', guids),
    ]);
    const othersOf = (guid: string) =>
      others.get(guid)?.map((other) => ({ ...other, from: seenBy(context, other.from) }));
    return records.map((record) => ({ record, content: encodePerson(record, names, othersOf(record.guid)) }));
  };

  const groups = async (context: Context, records: readonly StoredRecord<'group'>[]): Promise<View[]> => {
    const names = await namesOf(context, 'group', targetsOf(records));
    return records.map((record) => ({ record, content: encodeGroup(record, names) }));
  };

  const memberships = async (context: Context, records: readonly StoredRecord<'membership'>[]): Promise<View[]> => {
    const guids = { group: new Set<string>(), person: new Set<string>() };
    for (const { data } of records) {
      guids.group.add(data.group);
      guids[data.memberType].add(data.member);
    }
    const [group, person] = await Promise.all([
      namesOf(context, 'group', [...guids.group]),
      namesOf(context, 'person', [...guids.person]),
    ]);
    const names = { group, person };
    return records.map((record) => {
      const ends = [group.get(record.data.group), names[record.data.memberType].get(record.data.member)] as const;
      const [groupName, memberName] = ends;
      if (groupName === undefined || memberName === undefined) return { record, content: undefined };
      if (groupName.state === 'trashed' || memberName.state === 'trashed') return { record, content: undefined };
      return { record, content: encodeMembership(record, { group: groupName.imsId, member: memberName.imsId }) };
    });
  };

  const views = { person: persons, group: groups, membership: memberships };
  return async (context, type, records) =>
    records.length === 0
      ? []
      : (views[type] as (...asked: [Context, typeof records]) => Promise<View[]>)(
          context,
          records.map((record) => seenBy(context, record)),
        );
}

function targetsOf(records: readonly (StoredRecord<'person'> | StoredRecord<'group'>)[]): string[] {
  return records.flatMap(({ data }) => (data.relationships ?? []).map(({ target }) => target));
}

/** A set of pairs of identifier and record; `set` names the wrapper, `space` the pairs' namespace where it is another. */
export function pairSet(set: string, views: readonly View[], space?: string): string {
  const attributes = space === undefined ? undefined : { xmlns: space };
  const pairs = views.flatMap(({ record, content }) =>
    content === undefined
      ? []
      : [
          element(
            `${record.type}IdPair`,
            attributes,
            identified('sourcedId', record.imsId),
            element(record.type, undefined, content),
          ),
        ],
  );
  return element(set, undefined, ...pairs);
}
