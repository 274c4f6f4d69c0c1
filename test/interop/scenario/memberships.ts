import { titled } from './groups.ts';
import { named } from './persons.ts';
import { outcomes, type Story } from './story.ts';

/** Writes and reads memberships of p1, p2 and p3 in g1 and g2. */
export function tellMemberships(story: Story): void {
  const { call, renamed, saved, sourced, sourcedId, sourcedIdSet } = story;
  const joined = (person: string, group: string, ...roles: string[]) => ({
    groupSourcedId: sourced(group),
    member: {
      memberSourcedId: sourced(person),
      idType: 'Person',
      role: roles.map((roleType) => ({ roleType, status: true })),
    },
  });
  const memberships = (items: readonly (readonly [string, object])[]) => story.pairs('membership', items);

  call('createMembership', { ...sourcedId('m1'), membership: joined('p1', 'g1', 'Learner') });
  call(
    'createMemberships',
    memberships([
      ['m2', joined('p2', 'g1', 'Learner')],
      ['m3', joined('p1', 'g2', 'Learner')],
    ]),
    { outcome: outcomes.two },
  );
  call(
    'createByProxyMembership',
    { membership: joined('p2', 'g2', 'Instructor') },
    { body: { sourcedId: { identifier: { $text: 'membership' } } } },
  );
  call('readMembership', saved('membership'), {
    body: { membership: joined('p2', 'g2', 'Instructor') },
    shows: 'createByProxyMembership',
  });
  call(
    'createByProxyMemberships',
    { membershipSet: { membership: [joined('p3', 'g2', 'Learner'), joined('p3', 'g1', 'Mentor')] } },
    { outcome: outcomes.two, body: { sourcedIdSet: { identifier: [{ $text: 'learner' }, { $text: 'mentor' }] } } },
  );
  call('readMembership', saved('mentor'), {
    body: { membership: joined('p3', 'g1', 'Mentor') },
    shows: 'createByProxyMemberships',
  });
  call('readMembership', sourcedId('m1'), { body: { membership: joined('p1', 'g1', 'Learner') } });
  call('readMemberships', sourcedIdSet('m2', 'nope', 'm3'), {
    outcome: outcomes.secondUnknown,
    body: { membershipSet: { membership: [joined('p2', 'g1', 'Learner'), joined('p1', 'g2', 'Learner')] } },
  });
  const pair = (name: string, person: string, group: string) => ({
    ...sourcedId(name),
    membership: { groupSourcedId: sourced(group), member: { memberSourcedId: sourced(person) } },
  });
  call(
    'readMembershipsForPerson',
    { personSourcedId: sourced('p1') },
    {
      outcome: outcomes.one,
      body: {
        membershipIDPairSet: { membershipIdPair: { $inAnyOrder: [pair('m1', 'p1', 'g1'), pair('m3', 'p1', 'g2')] } },
      },
    },
  );
  const ofMentor = { ...pair('', 'p3', 'g1'), sourcedId: { identifier: { $saved: 'mentor' } } };
  call(
    'readMembershipsForGroup',
    { groupSourcedId: sourced('g1') },
    {
      outcome: outcomes.one,
      body: {
        membershipIDPairSet: {
          membershipIdPair: { $inAnyOrder: [pair('m1', 'p1', 'g1'), pair('m2', 'p2', 'g1'), ofMentor] },
        },
      },
    },
  );
  call(
    'readPersonsForGroup',
    { groupSourcedId: sourced('g1') },
    {
      outcome: outcomes.one,
      body: {
        personIdPairSet: {
          personIdPair: {
            $inAnyOrder: [
              { ...sourcedId('p1'), person: named('Ada', 'Berg') },
              { ...sourcedId('p2'), person: named('Bo', 'Bo') },
              { ...sourcedId('p3'), person: named('Cy', 'Day') },
            ],
          },
        },
      },
    },
  );
  call(
    'readGroupsForPerson',
    { personSourcedId: sourced('p1') },
    {
      outcome: outcomes.one,
      body: {
        groupSet: { group: { $inAnyOrder: [titled('East'), titled('Number theory')] } },
        groupIdPairSet: {
          groupIdPair: {
            $inAnyOrder: [
              { ...sourcedId('g1'), group: titled('East') },
              { ...sourcedId('g2'), group: titled('Number theory') },
            ],
          },
        },
      },
    },
  );
  call('updateMembership', { ...sourcedId('m1'), membership: joined('p1', 'g1', '02') });
  call('readMembership', sourcedId('m1'), {
    body: { membership: joined('p1', 'g1', '02') },
    shows: 'updateMembership',
  });
  const roles = (...types: [string, string]) => [joined('p2', 'g1', types[0]), joined('p1', 'g2', types[1])] as const;
  for (const [operation, items] of [
    ['updateMemberships', roles('Instructor', 'Mentor')],
    ['replaceMemberships', roles('Learner', 'Manager')],
  ] as const) {
    call(
      operation,
      memberships([
        ['m2', items[0]],
        ['m3', items[1]],
      ]),
      { outcome: outcomes.two },
    );
    call('readMemberships', sourcedIdSet('m2', 'm3'), {
      outcome: outcomes.two,
      body: { membershipSet: { membership: items } },
      shows: operation,
    });
  }
  call('replaceMembership', { ...sourcedId('m1'), membership: joined('p1', 'g1', 'Learner', 'TeachingAssistant') });
  const m1 = { membership: joined('p1', 'g1', 'Learner', 'TeachingAssistant') };
  call('readMembership', sourcedId('m1'), { body: m1, shows: 'replaceMembership' });
  call('changeMembershipIdentifier', { ...sourcedId('m1'), newSourcedId: sourced('m1b') });
  call('readMembership', sourcedId('m1b'), { body: m1, shows: 'changeMembershipIdentifier' });
  call('changeMembershipsIdentifier', renamed('m1b', 'm1'), { outcome: outcomes.one });
  call('readMembership', sourcedId('m1'), { body: m1, shows: 'changeMembershipsIdentifier' });
}
