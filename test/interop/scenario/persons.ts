import { outcomes, type Story } from './story.ts';

/** The name of a person. */
export const named = (first: string, last: string) => ({
  name: {
    partName: [
      { namePartType: 'First', namePartValue: first },
      { namePartType: 'Last', namePartValue: last },
    ],
  },
});

/** Writes and reads persons; p1, p2 and p3 stay. */
export function tellPersons(story: Story): void {
  const { call, renamed, saved, sourced, sourcedId, sourcedIdSet } = story;
  const student = { institutionRole: [{ institutionRoleType: 'Student', primaryRoleType: true }] };
  const ada = { ...named('Ada', 'Ek'), email: 'ada@example.org', ...student };
  const persons = (items: readonly (readonly [string, object])[]) => story.pairs('person', items);

  call('createPerson', { ...sourcedId('p1'), person: ada });
  call(
    'createPersons',
    persons([
      ['p2', { ...named('Bo', 'Al'), email: 'bo@example.org' }],
      ['p3', { ...named('Åse', 'Dahl & Sønn'), email: 'ase@example.org' }],
    ]),
    { outcome: outcomes.two },
  );
  call(
    'createByProxyPerson',
    { person: named('Di', 'Fu') },
    { body: { sourcedId: { identifier: { $text: 'person' } } } },
  );
  call('readPerson', saved('person'), { body: { person: named('Di', 'Fu') }, shows: 'createByProxyPerson' });
  call(
    'createByProxyPersons',
    { personSet: { person: [named('Eve', 'Gil'), named('Finn', 'Hoy')] } },
    { outcome: outcomes.two, body: { sourcedIdSet: { identifier: [{ $text: 'eve' }, { $text: 'finn' }] } } },
  );
  call('readPerson', saved('finn'), { body: { person: named('Finn', 'Hoy') }, shows: 'createByProxyPersons' });
  call('readPerson', sourcedId('p1'), { body: { person: ada } });
  const readNames = { personSet: { person: [named('Ada', 'Ek'), named('Åse', 'Dahl & Sønn')] } };
  call('readPersons', sourcedIdSet('p1', 'nope', 'p3'), { outcome: outcomes.secondUnknown, body: readNames });

  call('updatePerson', { ...sourcedId('p1'), person: { email: 'ada@example.com' } });
  const moved = { ...named('Ada', 'Ek'), email: 'ada@example.com' };
  call('readPerson', sourcedId('p1'), { body: { person: moved }, shows: 'updatePerson' });
  call(
    'updatePersons',
    persons([
      ['p2', { email: 'bo@example.com' }],
      ['p3', { email: 'ase@example.com' }],
    ]),
    { outcome: outcomes.two },
  );
  const movedBoth = {
    personSet: {
      person: [
        { ...named('Bo', 'Al'), email: 'bo@example.com' },
        { ...named('Åse', 'Dahl & Sønn'), email: 'ase@example.com' },
      ],
    },
  };
  call('readPersons', sourcedIdSet('p2', 'p3'), { outcome: outcomes.two, body: movedBoth, shows: 'updatePersons' });

  call('replacePerson', { ...sourcedId('p1'), person: named('Ada', 'Berg') });
  const bare = { ...named('Ada', 'Berg'), email: null };
  call('readPerson', sourcedId('p1'), { body: { person: bare }, shows: 'replacePerson' });
  call(
    'replacePersons',
    persons([
      ['p2', named('Bo', 'Bo')],
      ['p3', named('Cy', 'Day')],
    ]),
    { outcome: outcomes.two },
  );
  const bareBoth = {
    personSet: {
      person: [
        { ...named('Bo', 'Bo'), email: null },
        { ...named('Cy', 'Day'), email: null },
      ],
    },
  };
  call('readPersons', sourcedIdSet('p2', 'p3'), { outcome: outcomes.two, body: bareBoth, shows: 'replacePersons' });

  const cy = { person: named('Cy', 'Day') };
  call('changePersonIdentifier', { ...sourcedId('p3'), newSourcedId: sourced('p3b') });
  call('readPerson', sourcedId('p3b'), { body: cy, shows: 'changePersonIdentifier' });
  call('changePersonsIdentifier', renamed('p3b', 'p3'), { outcome: outcomes.one });
  call('readPerson', sourcedId('p3'), { body: cy, shows: 'changePersonsIdentifier' });
}
