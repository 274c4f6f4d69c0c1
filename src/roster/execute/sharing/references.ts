import type { DataOf, RecordType } from '../../../model/index.ts';

/** The guids that a record names, by the type of what they mean. */
export type Named = readonly (readonly [type: RecordType, guid: string])[];

type NamesOf = { readonly [T in RecordType]: (data: DataOf[T]) => Named };

const all = (type: RecordType, guids: readonly (string | undefined)[] | undefined): Named =>
  (guids ?? []).flatMap((guid) => (guid === undefined ? [] : [[type, guid] as const]));

const namesOf: NamesOf = {
  person: ({ roles, primaryOrg, agents, relationships, resources }) => [
    ...all('group', [...(roles?.map(({ org }) => org) ?? []), primaryOrg]),
    ...all('person', [...(agents ?? []), ...(relationships?.map(({ target }) => target) ?? [])]),
    ...all('resource', resources),
  ],
  group: ({ relationships, resources }) => [
    ...all(
      'group',
      relationships?.map(({ target }) => target),
    ),
    ...all('resource', resources),
  ],
  membership: ({ group, member, memberType }) => [
    ['group', group],
    [memberType, member],
  ],
  lineItem: (data) => [
    ...all('group', [data.class, data.school, data.gradingPeriod, data.academicSession]),
    ...all('category', [data.category]),
    ...all('scoreScale', [data.scoreScale]),
  ],
  result: (data) => [
    ...all('lineItem', [data.lineItem]),
    ...all('person', [data.student]),
    ...all('group', [data.class]),
    ...all('scoreScale', [data.scoreScale]),
  ],
  category: () => [],
  scoreScale: (data) => all('group', [data.class, data.course]),
  assessmentLineItem: (data) => [
    ...all('group', [data.class]),
    ...all('assessmentLineItem', [data.parentAssessmentLineItem]),
    ...all('scoreScale', [data.scoreScale]),
  ],
  assessmentResult: (data) => [
    ...all('assessmentLineItem', [data.assessmentLineItem]),
    ...all('person', [data.student]),
    ...all('scoreScale', [data.scoreScale]),
  ],
  resource: () => [],
};

/** The records that data name, each once. */
export function namedIn<T extends RecordType>(type: T, data: DataOf[T]): Named {
  const found = new Map(namesOf[type](data).map((one) => [one.join(' '), one]));
  return [...found.values()];
}
