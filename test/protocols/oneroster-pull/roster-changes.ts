import fc from 'fast-check';

/** A write or removal of one object, as `POST /batch` of OneRoster 1.2 takes it. */
export interface Operation {
  readonly method: 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: object;
}

type Sent = Readonly<Record<string, unknown>>;

const ref = (sourcedId: string) => ({ sourcedId });
const word = fc.constantFrom('North', 'South', 'Ada', 'Bo', 'Ünal', '=1+1');
const words = fc.array(word, { maxLength: 2 });
const metadata = fc.dictionary(fc.constantFrom('room', 'bus', 'note'), word, { maxKeys: 2 });
const day = fc.constantFrom('2025-08-01', '2026-01-15', '2026-08-01');
const flag = fc.constantFrom('true', 'false');
const school = fc.constantFrom('north', 'south').map(ref);
const ids = (name: string, count: number) => Array.from({ length: count }, (_, at) => `${name}-${at}`);
const [users, classes] = [ids('user', 9), ids('class', 4)];

const anyRole = fc.record(
  { role: fc.constantFrom('student', 'teacher', 'aide'), org: school, beginDate: day },
  { requiredKeys: ['role', 'org'] },
);
/** The first role in each org is the primary one. */
const roles = fc
  .uniqueArray(anyRole, { minLength: 1, maxLength: 3, selector: ({ role, org }) => `${role} ${org.sourcedId}` })
  .map((list) =>
    list.map((one, at) => {
      const isFirst = list.findIndex(({ org }) => org.sourcedId === one.org.sourcedId) === at;
      return { ...one, roleType: isFirst ? 'primary' : 'secondary' };
    }),
  );
/** With one credential each, which is what CSV has. */
const profiles = fc.uniqueArray(
  fc.record({
    profileId: fc.constantFrom('urn:a', 'urn:b', 'urn:c'),
    profileType: word,
    vendorId: word,
    credentials: fc.array(fc.record({ type: word, username: word }), { minLength: 1, maxLength: 1 }),
  }),
  { maxLength: 2, selector: ({ profileId }) => profileId },
);

interface Noun {
  readonly collection: string;
  readonly ids: readonly string[];
  /** What an object of an id has in any case; who is enrolled where does not change. */
  fixed(id: string, at: number): Sent;
  readonly varied: fc.Arbitrary<Sent>;
}

const optional = { requiredKeys: [] as [] };
const nouns: Readonly<Record<string, Noun>> = {
  org: {
    collection: 'orgs',
    ids: ['district', 'north', 'south'],
    fixed: (id, at) => (at === 0 ? { type: id, name: id } : { type: 'school', name: id, parent: ref('district') }),
    varied: fc.record({ name: word, identifier: word, metadata }, optional),
  },
  academicSession: {
    collection: 'academicSessions',
    ids: ['year', 'autumn'],
    fixed: (id, at) => ({
      title: id,
      type: at === 0 ? 'schoolYear' : 'term',
      startDate: '2025-08-01',
      endDate: '2026-08-01',
      schoolYear: '2026',
      ...(at === 1 && { parent: ref('year') }),
    }),
    varied: fc.record({ title: word, metadata }, optional),
  },
  course: {
    collection: 'courses',
    ids: ['art', 'bio'],
    fixed: (title) => ({ title }),
    varied: fc.record(
      { title: word, courseCode: word, grades: words, org: school, metadata },
      { requiredKeys: ['org'] },
    ),
  },
  class: {
    collection: 'classes',
    ids: classes,
    fixed: (title, at) => ({
      title,
      classType: 'scheduled',
      course: ref(at % 2 === 0 ? 'art' : 'bio'),
      terms: [ref('autumn')],
    }),
    varied: fc.record(
      { title: word, classCode: word, location: word, school, periods: words, grades: words, metadata },
      { requiredKeys: ['school'] },
    ),
  },
  user: {
    collection: 'users',
    ids: users,
    fixed: (id) => ({ givenName: id, familyName: 'Family', username: id }),
    varied: fc.record(
      {
        username: word,
        givenName: word,
        middleName: word,
        enabledUser: flag,
        userIds: fc.array(fc.record({ type: fc.constantFrom('LDAP', 'LTI'), identifier: word }), { maxLength: 2 }),
        email: word,
        sms: word,
        grades: words,
        agents: fc.array(fc.constantFrom(...users).map(ref), { maxLength: 1 }),
        primaryOrg: school,
        roles,
        userProfiles: profiles,
        metadata,
      },
      { requiredKeys: ['roles', 'enabledUser'] },
    ),
  },
  demographics: {
    collection: 'demographics',
    ids: users,
    fixed: () => ({}),
    varied: fc.record(
      { sex: fc.constantFrom('male', 'female'), cityOfBirth: word, asian: flag },
      { requiredKeys: ['sex'] },
    ),
  },
  enrollment: {
    collection: 'enrollments',
    ids: ids('enrollment', 27),
    fixed: (_id, at) => ({ class: ref(classes[at % 4] ?? ''), user: ref(users[at % 9] ?? '') }),
    varied: fc.record(
      { role: fc.constantFrom('student', 'teacher', 'administrator'), primary: flag, beginDate: day, metadata },
      { requiredKeys: ['role'] },
    ),
  },
};

/** The collections that change. */
export const collections: readonly string[] = Object.values(nouns).map(({ collection }) => collection);

function put(wrapper: string, { collection, ids: all, fixed }: Noun, at: number, varied: Sent): Operation {
  const id = all[at] ?? '';
  return { method: 'PUT', path: `/${collection}/${id}`, body: { [wrapper]: { ...fixed(id, at), ...varied } } };
}

/** Every object once; users name no others, who are not there yet. */
export function everything(seed: number): Operation[] {
  return Object.entries(nouns).flatMap(([wrapper, noun]) =>
    fc
      .sample(noun.varied, { numRuns: noun.ids.length, seed })
      .map((varied, at) => put(wrapper, noun, at, { ...varied, ...(wrapper === 'user' && { agents: [] }) })),
  );
}

/** Rounds of changes; of courses and above them nothing is removed, since feeds do not bring back what is archived. */
export function randomRounds(numRuns: number, seed: number): Operation[][] {
  const weights: Readonly<Record<string, readonly [put: number, remove: number]>> = {
    user: [6, 2],
    enrollment: [6, 3],
    class: [2, 1],
    demographics: [2, 1],
  };
  const choices = Object.entries(nouns).flatMap(([wrapper, noun]) => {
    const [puts, removals] = weights[wrapper] ?? [2, 0];
    const place = fc.nat(noun.ids.length - 1);
    const written = fc.tuple(place, noun.varied).map(([at, varied]) => put(wrapper, noun, at, varied));
    const removed = place.map((at): Operation => ({ method: 'DELETE', path: `/${noun.collection}/${noun.ids[at]}` }));
    return [
      { arbitrary: written, weight: puts },
      { arbitrary: removed, weight: removals },
    ];
  });
  return fc.sample(fc.array(fc.oneof(...choices), { minLength: 1, maxLength: 8 }), { numRuns, seed });
}
