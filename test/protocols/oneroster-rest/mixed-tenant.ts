import { type DataOf, key, type RecordType } from '../../../src/model/index.ts';
import { type Change, type Context, makeRoster, type Roster, type RosterRooms } from '../../../src/roster/index.ts';
import { migrate, openStore, type Store } from '../../../src/store/index.ts';
import { g, group, member, p, person, remove, school, sis, standingClock } from '../../roster/roster.ts';
import { testDatabase } from '../../setup/database.ts';
import { type Gateway, reader, startGateway } from './gateway.ts';

/** A command that the store was sent. */
export interface Command {
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A gateway over a small tenant in a database of its own: IMS-born groups and people, a gradebook and resources. */
export interface MixedTenant extends RosterRooms {
  readonly gateway: Gateway;
  readonly store: Store;
  readonly context: Context;
  readonly token: string;
  /** Commands that the store was sent since the last call. */
  commands(): Command[];
  end(): Promise<void>;
}

/** The guid of a resource. */
type Guids = (id: string) => string;

type OneRosterNoun = Exclude<RecordType, 'person' | 'group' | 'membership'>;

/** A record of a noun that only OneRoster has. */
const noun = <T extends OneRosterNoun>(type: T, id: string, data: DataOf[T]): Change =>
  ({ op: 'upsert', type, key: key(type, 'default', id), data }) as Change;

const of = (type: OneRosterNoun, id: string) => key(type, 'default', id);
const session = (id: string, sessionType: string, parents: readonly string[], start: string, end: string) =>
  group(id, 'session', parents, { sessionType, timeFrame: { start, end }, schoolYear: '2026' });

const resources: readonly Change[] = [
  noun('resource', 'book', { title: 'A book', vendorResourceId: 'v-1', roles: ['student', 'Librarian'] }),
  noun('resource', 'lab', { vendorResourceId: 'v-2', importance: 'secondary', vendorId: 'v', applicationId: 'a' }),
  noun('resource', 'film', { vendorResourceId: 'v-3' }),
];

const groups = (guids: Guids): readonly Change[] => [
  group('district', 'org', [], { orgType: 'district' }),
  school('north', ['district']),
  school('south', ['district']),
  session('year', 'schoolYear', [], '2025-08-01', '2026-08-01'),
  session('autumn', 'term', ['year'], '2025-08-01', '2026-02-01'),
  session('spring', 'term', ['year'], '2026-02-01', '2026-08-01'),
  session('p1', 'gradingPeriod', ['autumn'], '2025-08-01', '2025-11-01'),
  session('p2', 'gradingPeriod', ['autumn'], '2025-11-01', '2026-02-01'),
  session('p2a', 'gradingPeriod', ['p2'], '2025-11-01', '2025-12-01'),
  group('biology', 'course', ['north', 'year'], { courseCode: 'BIO', resources: [guids('book')] }),
  group('art', 'course', ['south']),
  group('bio-1', 'class', ['biology', 'north', 'autumn'], {
    resources: [guids('book'), guids('lab'), guids('lab')],
  }),
  group('bio-2', 'class', ['biology', 'north', 'autumn', 'spring']),
  group('art-1', 'class', ['art', 'south', 'spring']),
  group('club', 'class', ['south']),
  group('loose', 'class', []),
  group('old', 'class', ['biology', 'north']),
];

const people = (guids: Guids): readonly Change[] => [
  person('ann', {
    name: { given: 'Ann', family: 'Lee' },
    demographics: { birthDate: '2010-02-03', gender: 'female', asian: true, white: false, cityOfBirth: 'Rome' },
    resources: [guids('lab')],
  }),
  person('bob', { name: { given: 'Bob', family: 'Ray' }, demographics: { gender: 'other' } }),
  person('cat', { name: { given: 'Cat', family: 'Fox' } }),
  person('dan', { name: { given: 'Dan', family: 'Elk' }, institutionRoles: [{ type: 'Faculty', primary: true }] }),
  person('eve', { name: { given: 'Eve', family: 'Owl' } }),
  person('fay', { name: { given: 'Fay', family: 'Ant' } }),
];

const memberships: readonly Change[] = [
  member('bio-1', 'ann', ['Learner'], 'e-ann-bio1'),
  member('bio-1', 'bob', ['Learner']),
  member('bio-1', 'cat', ['Learner'], 'e-cat-bio1'),
  member('bio-1', 'dan', ['Instructor', 'Mentor'], 'e-dan-bio1'),
  member('bio-2', 'ann', ['Learner']),
  member('bio-2', 'eve', ['Instructor', 'TeachingAssistant']),
  member('art-1', 'bob', ['Learner']),
  member('art-1', 'eve', ['Learner', 'Instructor']),
  member('club', 'dan', ['Learner']),
  member('loose', 'fay', ['Learner']),
  member('old', 'fay', ['Learner']),
];

const gradebook: readonly Change[] = [
  noun('category', 'tests', { title: 'Tests', weight: 0.5 }),
  noun('category', 'work', {}),
  noun('scoreScale', 'marks', {
    title: 'Marks',
    type: 'letters',
    class: g('bio-1'),
    course: g('biology'),
    scoreScaleValue: [{ itemValueLHS: 'A', itemValueRHS: '90-100' }],
  }),
  noun('scoreScale', 'stars', { class: g('art-1'), scoreScaleValue: [{ itemValueLHS: '1', itemValueRHS: '*' }] }),
  noun('lineItem', 'quiz', {
    title: 'Quiz',
    class: g('bio-1'),
    category: of('category', 'tests'),
    gradingPeriod: g('p1'),
    assignDate: '2025-09-01',
    dueDate: '2025-09-08T12:00:00.000Z',
    scoreScale: of('scoreScale', 'marks'),
    resultValueMin: 0,
    resultValueMax: 10,
    learningObjectiveSet: [
      { source: 'case', learningObjectiveIds: ['o-1', 'o-2'] },
      { source: 'State Board', learningObjectiveIds: ['o-3'] },
    ],
  }),
  noun('lineItem', 'essay', { class: g('bio-1'), category: of('category', 'work'), school: g('north') }),
  noun('lineItem', 'mural', { class: g('art-1'), category: of('category', 'work'), academicSession: g('spring') }),
  noun('result', 'r-ann-quiz', {
    lineItem: of('lineItem', 'quiz'),
    student: p('ann'),
    class: g('bio-1'),
    score: 9.5,
    textScore: 'A',
    scoreStatus: 'fully graded',
    scoreDate: '2025-09-09',
    comment: 'good',
    late: false,
    learningObjectiveSet: [
      { source: 'unknown', learningObjectiveResults: [{ learningObjectiveId: 'o-1', score: 1, textScore: 'yes' }] },
    ],
  }),
  noun('result', 'r-bob-quiz', { lineItem: of('lineItem', 'quiz'), student: p('bob'), missing: true }),
  noun('result', 'r-ann-essay', { lineItem: of('lineItem', 'essay'), student: p('ann'), scoreStatus: 'Submitted' }),
  noun('result', 'r-bob-mural', { lineItem: of('lineItem', 'mural'), student: p('bob'), textScore: '7' }),
  noun('assessmentLineItem', 'exam', { title: 'Exam', class: g('bio-1'), scoreScale: of('scoreScale', 'marks') }),
  noun('assessmentLineItem', 'part', { parentAssessmentLineItem: of('assessmentLineItem', 'exam') }),
  noun('assessmentResult', 'ar-ann', {
    assessmentLineItem: of('assessmentLineItem', 'part'),
    student: p('ann'),
    score: 80,
    scorePercentile: 91.5,
    incomplete: true,
  }),
];

/** What happens last: a class and a user go, an enrollment ends, a role of another one is inactive. */
const goings: readonly Change[] = [
  remove('group', g('old')),
  remove('membership', key('membership', 'default', 'e-cat-bio1')),
  remove('result', of('result', 'r-ann-essay')),
  remove('person', p('fay')),
];

/** Writes the small tenant's records. */
export async function fillMixedTenant(roster: Pick<Roster, 'execute' | 'page'>, context: Context): Promise<void> {
  const write = async (changes: readonly Change[]) => {
    for (const result of await roster.execute(context, changes)) {
      if (!result.ok) throw new Error(`${result.problem.code}: ${result.problem.text}`);
    }
  };
  await write(resources);
  const { items } = await roster.page(context, { view: 'resource', limit: 10, offset: 0 });
  const guids: Guids = (id) => items.find(({ record }) => record.sourcedId === id)?.record.guid ?? '';
  for (const changes of [groups(guids), people(guids), memberships, gradebook, goings]) await write(changes);
}

/** Opens a {@link MixedTenant}. */
export async function openMixedTenant(): Promise<MixedTenant> {
  const database = await testDatabase();
  const uri = new URL(database.uri);
  uri.searchParams.set('monitorCommands', 'true');
  const store = await openStore(uri.href, database.name);
  await migrate(store);
  await store.model('tenant').create({ _id: 'school', guidKey: Buffer.alloc(32, 7), timeZone: 'UTC' });
  let sent: Command[] = [];
  store.connection.getClient().on('commandStarted', ({ commandName, command }) => {
    sent.push({ name: commandName, body: command });
  });
  const rooms = makeRoster(store, standingClock());
  const { roster } = rooms;
  await fillMixedTenant(roster, sis);
  const gateway = await startGateway([], {
    roster: {
      children: (_, ...rest) => roster.children(sis, ...rest),
      find: (_, ...rest) => roster.find(sis, ...rest),
      servedIds: (_, ...rest) => roster.servedIds(sis, ...rest),
      page: (_, ...rest) => roster.page(sis, ...rest),
      parents: (_, ...rest) => roster.parents(sis, ...rest),
      served: (_, ...rest) => roster.served(sis, ...rest),
    },
  });
  return {
    ...rooms,
    gateway,
    store,
    context: sis,
    token: await gateway.token(reader),
    commands() {
      const commands = sent;
      sent = [];
      return commands;
    },
    async end() {
      await gateway.stop();
      await store.close();
      await database.close();
    },
  };
}
