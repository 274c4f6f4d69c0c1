import { tellGroups } from './groups.ts';
import { tellMemberships } from './memberships.ts';
import { tellPersons } from './persons.ts';
import { makeStory, outcomes, type Step, type Story } from './story.ts';

/**
 * All operations as one story in which each write is read back. Patterns: an object must match in the members that are
 * named, others may be there; an array matches item by item; `null` is absence. `$text` is any text (kept under the
 * given name), `$atLeast` a lowest number, `$inAnyOrder` items whose order is not told, `$count` a number of items.
 */
export function scenario(tag: string): readonly Step[] {
  const story = makeStory(tag);
  tellPersons(story);
  tellGroups(story);
  tellMemberships(story);
  tellPages(story);
  tellDeletes(story);
  return story.steps;
}

function tellPages({ call }: Story): void {
  const page = { PageIndex: 1, PageSize: 2, CreatedFrom: null };
  const counted = { virtualCount: { $atLeast: 6 } };
  const twoPairs = (noun: string) => ({
    [`${noun}IdPairSet`]: { [`${noun}IdPair`]: { $count: 2 } },
    ...counted,
  });
  call(
    'readAllPersons',
    { ...page, OnlyManuallyCreatedUsers: null, ConvertFromManual: null },
    { body: twoPairs('person') },
  );
  call('readAllGroups', page, { body: twoPairs('group') });
  call('readAllMemberships', page, { body: twoPairs('membership') });
}

function tellDeletes({ call, sourcedId, sourcedIdSet }: Story): void {
  const gone = (noun: string) => ({ outcome: 'failure', body: { [noun]: null } }) as const;
  call('deleteMembership', sourcedId('m1'));
  call('readMembership', sourcedId('m1'), { ...gone('membership'), shows: 'deleteMembership' });
  call('deleteMemberships', sourcedIdSet('m2', 'nope', 'm3'), { outcome: outcomes.secondUnknown });
  call('readMembership', sourcedId('m3'), { ...gone('membership'), shows: 'deleteMemberships' });
  call('deleteGroup', sourcedId('g3'));
  call('readGroup', sourcedId('g3'), { ...gone('group'), shows: 'deleteGroup' });
  call('deleteGroups', sourcedIdSet('g2', 'nope', 'g1'), { outcome: outcomes.secondUnknown });
  call('readGroup', sourcedId('g1'), { ...gone('group'), shows: 'deleteGroups' });
  call('deletePerson', sourcedId('p1'));
  call('readPerson', sourcedId('p1'), { ...gone('person'), shows: 'deletePerson' });
  call('deletePersons', sourcedIdSet('p2', 'nope', 'p3'), { outcome: outcomes.secondUnknown });
  call('readPerson', sourcedId('p3'), { ...gone('person'), shows: 'deletePersons' });
}
