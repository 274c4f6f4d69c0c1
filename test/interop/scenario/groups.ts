import { outcomes, type Story } from './story.ts';

/** The title of a group. */
export const titled = (descShort: string) => ({ description: { descShort } });

/** Writes and reads groups; g1 stays with g2 and g3 below it. */
export function tellGroups(story: Story): void {
  const { call, renamed, saved, sourced, sourcedId, sourcedIdSet } = story;
  const typed = (type: string) => ({
    groupType: { scheme: 'ItslearningOrganisationTypes', typeValue: [{ type, level: '1' }] },
  });
  const below = { relationship: [{ relation: 'Parent', sourceId: sourced('g1'), label: 'Parent' }] };
  const year = {
    timeFrame: { begin: { date: '2026-08-17', restrict: false }, end: { date: '2027-06-18', restrict: true } },
  };
  const school = { ...typed('School'), ...year, description: { descShort: 'North', descLong: 'North School' } };
  const groups = (items: readonly (readonly [string, object])[]) => story.pairs('group', items);

  call('createGroup', { ...sourcedId('g1'), group: school });
  const course = { ...typed('Course'), ...below, ...titled('Mathematics') };
  const courseGroup = { ...typed('CourseGroup'), ...below, ...titled('Physics') };
  const both = groups([
    ['g2', course],
    ['g3', courseGroup],
  ]);
  call('createGroups', both, { outcome: outcomes.two });
  call('createByProxyGroup', { group: titled('Choir') }, { body: { sourcedId: { identifier: { $text: 'group' } } } });
  call('readGroup', saved('group'), { body: { group: titled('Choir') }, shows: 'createByProxyGroup' });
  call(
    'createByProxyGroups',
    { groupSet: { group: [titled('Chess'), titled('Drama')] } },
    { outcome: outcomes.two, body: { sourcedIdSet: { identifier: [{ $text: 'chess' }, { $text: 'drama' }] } } },
  );
  call('readGroup', saved('drama'), { body: { group: titled('Drama') }, shows: 'createByProxyGroups' });
  call('readGroup', sourcedId('g1'), { body: { group: school } });
  call('readGroups', sourcedIdSet('g2', 'nope', 'g3'), {
    outcome: outcomes.secondUnknown,
    body: { groupSet: { group: [course, courseGroup] } },
  });
  call('updateGroup', { ...sourcedId('g1'), group: titled('South') });
  call('readGroup', sourcedId('g1'), {
    body: { group: { ...typed('School'), ...year, ...titled('South') } },
    shows: 'updateGroup',
  });
  call(
    'updateGroups',
    groups([
      ['g2', titled('Algebra')],
      ['g3', titled('Optics')],
    ]),
    { outcome: outcomes.two },
  );
  call('readGroups', sourcedIdSet('g2', 'g3'), {
    outcome: outcomes.two,
    body: {
      groupSet: {
        group: [
          { ...typed('Course'), ...titled('Algebra') },
          { ...typed('CourseGroup'), ...titled('Optics') },
        ],
      },
    },
    shows: 'updateGroups',
  });
  call('replaceGroup', { ...sourcedId('g1'), group: { ...typed('School'), ...titled('East') } });
  call('readGroup', sourcedId('g1'), {
    body: { group: { ...typed('School'), timeFrame: null, description: { descShort: 'East', descLong: null } } },
    shows: 'replaceGroup',
  });
  const replaced = [
    { ...typed('Course'), ...below, ...titled('Number theory') },
    { ...typed('CourseGroup'), ...below, ...titled('Acoustics') },
  ] as const;
  call(
    'replaceGroups',
    groups([
      ['g2', replaced[0]],
      ['g3', replaced[1]],
    ]),
    { outcome: outcomes.two },
  );
  call('readGroups', sourcedIdSet('g2', 'g3'), {
    outcome: outcomes.two,
    body: { groupSet: { group: replaced } },
    shows: 'replaceGroups',
  });
  call('changeGroupIdentifier', { ...sourcedId('g3'), newSourcedId: sourced('g3b') });
  call('readGroup', sourcedId('g3b'), { body: { group: replaced[1] }, shows: 'changeGroupIdentifier' });
  call('changeGroupsIdentifier', renamed('g3b', 'g3'), { outcome: outcomes.one });
  call('readGroup', sourcedId('g3'), { body: { group: replaced[1] }, shows: 'changeGroupsIdentifier' });
}
