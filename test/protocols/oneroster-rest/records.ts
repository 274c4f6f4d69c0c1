import type { DataOf, Group, Membership, Person, RecordType, StoredRecord } from '../../../src/model/index.ts';

type Own<T extends RecordType> = Partial<Omit<StoredRecord<T>, 'type' | 'guid' | 'data'>>;

/** The time at which every record of these tests was last changed, unless it says otherwise. */
export const changed = new Date('2026-10-05T08:09:10.011Z');

/** A record of any noun. */
export function record<T extends RecordType>(
  type: T,
  guid: string,
  data: DataOf[T],
  own: Own<T> = {},
): StoredRecord<T> {
  return {
    type,
    guid,
    state: 'active',
    keys: [],
    imsId: guid,
    sourcedId: guid,
    data,
    owner: 'feed:default',
    claims: [],
    createdAt: changed,
    updatedAt: changed,
    sequence: 1,
    ...own,
  };
}

/** A person's record. */
export function person(guid: string, data: Person, own: Own<'person'> = {}): StoredRecord<'person'> {
  return record('person', guid, data, own);
}

/** A group's record. */
export function group(guid: string, data: Group, own: Own<'group'> = {}): StoredRecord<'group'> {
  return record('group', guid, data, own);
}

/** A membership's record. */
export function membership(
  guid: string,
  data: Omit<Membership, 'memberType'>,
  own: Own<'membership'> = {},
): StoredRecord<'membership'> {
  return record('membership', guid, { memberType: 'person', ...data }, own);
}

/** A district with a school, a course, a class, a term with a grading period, three users and their enrollments. */
export function smallSchool(): StoredRecord[] {
  return [
    group('g-root', { kind: 'org', description: { short: 'Springfield District' }, orgType: 'district' }),
    group(
      'g-school',
      { kind: 'org', description: { short: 'Springfield High' }, orgType: 'school', identifier: 'NCES-1' },
      { sourcedId: 'school/1', derived: { parent: 'g-root' } },
    ),
    group('g-course', { kind: 'course', description: { short: 'Biology' } }, { derived: { school: 'g-school' } }),
    group(
      'g-class',
      {
        kind: 'class',
        description: { short: 'Biology 1' },
        classCode: 'BIO-1',
        grades: ['09'],
        subjects: ['Science'],
        subjectCodes: [],
        periods: ['1', '2'],
      },
      { sourcedId: 'class-1', derived: { course: 'g-course', school: 'g-school', terms: ['g-term'] } },
    ),
    group(
      'g-term',
      {
        kind: 'session',
        description: { short: 'Autumn 2026' },
        timeFrame: { start: '2026-08-24', end: '2026-12-19' },
      },
      { sourcedId: 'term-1' },
    ),
    group(
      'g-period',
      { kind: 'session', description: { short: 'October' }, sessionType: 'gradingPeriod' },
      { derived: { parent: 'g-term' } },
    ),
    person(
      'p-ann',
      {
        name: { given: 'Ann', family: 'Lee', middle: ['Mary', 'Jo'], preferredGiven: 'Annie' },
        userIds: [
          { value: 'ann', type: 'login', password: 'PASSWORD-CANARY' },
          { value: '', type: 'empty' },
          { value: '4711' },
        ],
        email: 'ann@example.org',
        phones: [
          { type: 'Voice', value: '+1 1' },
          { type: 'Mobile', value: '+1 2' },
        ],
        relationships: [
          { relation: 'parent', target: 'p-mum' },
          { relation: 'parent', target: 'p-unknown' },
        ],
        userProfiles: [
          {
            profileId: 'https://example.org/profile',
            profileType: 'sso',
            vendorId: 'v1',
            credentials: [{ type: 'oauth', username: 'ann', password: 'PASSWORD-CANARY' }],
          },
          { profileType: 'no id' },
        ],
      },
      { sourcedId: 'ann', derived: { roles: ['student'], orgs: ['g-school', 'g-root'] } },
    ),
    person(
      'p-tom',
      { name: { formatted: 'Tom Cat' } },
      { sourcedId: 'tom', derived: { roles: ['teacher', 'student'], orgs: ['g-school'] } },
    ),
    person(
      'p-mum',
      { name: { given: 'Eve', family: 'Lee' } },
      { sourcedId: 'mum', state: 'trashed', derived: { roles: ['parent'], orgs: ['g-root'] } },
    ),
    membership(
      'm-ann',
      { group: 'g-class', member: 'p-ann', roles: [{ type: 'Learner', timeFrame: { start: '2026-09-01' } }] },
      { sourcedId: 'enr-1' },
    ),
    membership(
      'm-tom',
      {
        group: 'g-class',
        member: 'p-tom',
        roles: [
          { type: 'Instructor', primary: true },
          { type: 'Mentor', status: false },
        ],
      },
      { sourcedId: 'enr-2' },
    ),
  ];
}
