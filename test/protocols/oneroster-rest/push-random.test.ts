import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Change } from '../../../src/roster/index.ts';
import { type Doors, startDoors } from '../../setup/doors.ts';
import { demo } from '../../setup/services.ts';
import { fillMixedTenant } from './mixed-tenant.ts';

const text = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
  fc.constantFrom('2026-02-30', '2026-12-31', 'School', 'term', 'ext:x', ' a  b ', 'Ek, Bo'),
);
const texts = fc.array(text, { maxLength: 3 });
const optional = { requiredKeys: [] as [] };
const day = fc.constantFrom('2025-08-01', '2026-01-15', '2026-08-01', 'soon');
const timeFrame = fc.record({ start: day, end: day, adminPeriod: text }, optional);
const metadata = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof(text, fc.integer(), fc.dictionary(text, text)));
const extension = fc.record({ oneRoster: fc.record({ metadata }), imsEs: fc.dictionary(text, text) }, optional);
const org = fc.constantFrom('org::north', 'org::south', 'org::district');
const flag = fc.boolean();

const people = fc.record(
  {
    name: fc.record(
      { given: text, family: text, formatted: text, nickname: text, middle: texts, prefix: text },
      optional,
    ),
    userIds: fc.array(fc.record({ value: text, type: text, password: text }, { requiredKeys: ['value'] }), {
      maxLength: 3,
    }),
    username: text,
    identifier: text,
    email: text,
    phones: fc.array(fc.record({ type: fc.constantFrom('Mobile', 'Voice', 'Fax', 'VOICE'), value: text }), {
      maxLength: 4,
    }),
    roles: fc.array(
      fc.record(
        { role: text, roleType: fc.constantFrom('primary', 'secondary'), org, beginDate: day, sourcedId: text },
        { requiredKeys: ['role', 'roleType', 'org'] },
      ),
      { maxLength: 3 },
    ),
    institutionRoles: fc.array(fc.record({ type: fc.constantFrom('Faculty', 'Student', 'Mayor'), primary: flag })),
    primaryOrg: org,
    pronouns: text,
    grades: texts,
    agents: fc.array(fc.constantFrom('user::ann', 'user::bob'), { maxLength: 2 }),
    demographics: fc.record(
      { gender: text, birthDate: day, asian: flag, cityOfBirth: text, disabilities: texts },
      optional,
    ),
    userProfiles: fc.array(
      fc.record(
        {
          profileId: fc.constantFrom('https://a.example.org', 'urn:b', 'none'),
          profileType: text,
          vendorId: text,
          credentials: fc.array(fc.record({ type: text, username: text, password: text }), { maxLength: 2 }),
        },
        optional,
      ),
      { maxLength: 2 },
    ),
    extension,
  },
  optional,
);
const groups = fc.record(
  {
    kind: fc.constantFrom('org', 'course', 'class', 'session'),
    description: fc.record({ short: text, long: text }, optional),
    orgType: text,
    sessionType: text,
    schoolYear: text,
    identifier: text,
    courseCode: text,
    classCode: text,
    classType: text,
    location: text,
    grades: texts,
    subjects: texts,
    subjectCodes: texts,
    periods: texts,
    timeFrame,
    relationships: fc.uniqueArray(
      fc.record({
        relation: fc.constantFrom('parent', 'knownAs'),
        target: fc.oneof(org, fc.constantFrom('course::art', 'academicSession::autumn', 'academicSession::p1')),
      }),
      { maxLength: 3, selector: ({ target }) => target },
    ),
    extension,
  },
  { requiredKeys: ['kind'] },
);
const roles = fc.array(
  fc.record(
    {
      type: fc.oneof(text, fc.constantFrom('Learner', 'Instructor')),
      status: flag,
      primary: flag,
      timeFrame,
      extension,
    },
    { requiredKeys: ['type'] },
  ),
  { minLength: 1, maxLength: 3 },
);

/** Forty random records of each type, always the same ones. */
const random: readonly Change[] = [
  ...fc
    .sample(groups, { numRuns: 40, seed: 7 })
    .map((data, at) => ({ type: 'group', key: `group:default:rg${at}`, data })),
  ...fc
    .sample(people, { numRuns: 40, seed: 8 })
    .map((data, at) => ({ type: 'person', key: `person:default:rp${at}`, data })),
  ...fc.sample(roles, { numRuns: 40, seed: 9 }).map((list, at) => ({
    type: 'membership',
    key: `membership:default:rm${at}`,
    data: { group: `group:default:rg${at % 7}`, member: `person:default:rp${at}`, memberType: 'person', roles: list },
  })),
].map((change) => ({ op: 'upsert', ...change }) as Change);

const bases = { '1.1': '/ims/oneroster/v1p1', '1.2': '/ims/oneroster/rostering/v1p2' } as const;
const resourcesBase = { '1.1': bases['1.1'], '1.2': '/ims/oneroster/resources/v1p2' } as const;
/** Collections in the order in which their objects refer to each other, with their wrappers. */
const collections = [
  ['resources', 'resource'],
  ['orgs', 'org'],
  ['academicSessions', 'academicSession'],
  ['courses', 'course'],
  ['classes', 'class'],
  ['users', 'user'],
  ['demographics', 'demographics'],
  ['enrollments', 'enrollment'],
] as const;
type Shown = Readonly<Record<string, unknown>> & { readonly sourcedId: string; readonly status: string };

let doors: Doors;
/** Tokens of empty tenants, one for each version. */
const others: Record<string, string> = {};
beforeAll(async () => {
  doors = await startDoors();
  const soap = { ...doors.context, writer: 'credential:soap', source: 'soap' } as const;
  await fillMixedTenant(doors.roster, soap);
  for (const result of await doors.roster.execute(soap, random)) {
    if (!result.ok) throw new Error(result.problem.text);
  }
  const { store } = doors;
  const known = await store.rows('credential').findOne({ tenant: demo.tenant, name: demo.user });
  for (const tenant of Object.keys(bases)) {
    await store.rows('tenant').insertOne({ _id: tenant, guidKey: Buffer.alloc(32, tenant), timeZone: 'UTC' });
    await store.rows('credential').insertOne({ ...known, _id: `${tenant}/other`, tenant, name: tenant });
    others[tenant] = await doors.token({ id: tenant, secret: demo.password });
  }
});
afterAll(() => doors.close());

const baseOf = (version: keyof typeof bases, collection: string) =>
  (collection === 'resources' ? resourcesBase : bases)[version];

async function read(version: keyof typeof bases, collection: string, as?: string): Promise<Shown[]> {
  const path = `${baseOf(version, collection)}/${collection}?limit=1000&sort=sourcedId`;
  return (await doors.ask('GET', path, as === undefined ? {} : { as })).json[collection];
}

/** Puts objects by a batch; answers those that were refused. */
async function put(
  version: keyof typeof bases,
  [collection, wrapper]: readonly [string, string],
  objects: readonly Shown[],
  as?: string,
): Promise<Shown[]> {
  const operations = objects.map((object) => ({
    method: 'PUT',
    path: `/${collection}/${encodeURIComponent(object.sourcedId)}`,
    body: { [wrapper]: object },
  }));
  const path = `${baseOf(version, collection)}/batch`;
  const answer = await doors.ask('POST', path, { data: { operations }, ...(as !== undefined && { as }) });
  if (answer.status !== 200) throw new Error(answer.text);
  const results = answer.json.results as { status: number }[];
  return objects.filter((_, at) => (results[at]?.status ?? 500) >= 300);
}

test.each(['1.1', '1.2'] as const)('%s: whatever is read can be put back, and nothing changes', async (version) => {
  for (const [collection, wrapper] of collections) {
    const objects = await read(version, collection);
    expect(objects.length).toBeGreaterThan(2);
    expect(await put(version, [collection, wrapper], objects)).toEqual([]);
    expect(await read(version, collection)).toEqual(objects);
  }
});

/** Whether an object is there and says something; demographics of which 1.1 shows nothing do not. */
const isWhole = (object: Shown) => object.status === 'active' && Object.keys(object).length > 3;

/** Objects without what differs between two rosters. */
const told = (objects: readonly Shown[]) =>
  objects
    .filter(isWhole)
    .map(({ dateLastModified: _time, children: _children, ...rest }) => rest)
    .sort((a, b) => (String(a['sourcedId']) < String(b['sourcedId']) ? -1 : 1));

test.each(['1.1', '1.2'] as const)(
  '%s: a roster that is put into another tenant is read there as it was',
  async (version) => {
    const other = others[version];
    for (const pair of collections) {
      const [collection] = pair;
      let left = (await read(version, collection)).filter(isWhole);
      // Orgs, sessions and users may name each other in any order.
      for (let before = left.length + 1; left.length > 0 && left.length < before; ) {
        before = left.length;
        left = await put(version, pair, left, other);
      }
      expect(left).toEqual([]);
    }
    for (const [collection] of collections) {
      expect([collection, told(await read(version, collection, other))]).toEqual([
        collection,
        told(await read(version, collection)),
      ]);
    }
  },
);

test.each(['1.1', '1.2'] as const)('%s: a PUT takes the place of all that was there', async (version) => {
  const as = others[version];
  for (const pair of collections) {
    const [collection] = pair;
    if (['orgs', 'academicSessions', 'enrollments'].includes(collection)) continue;
    const objects = (await read(version, collection, as)).filter(isWhole);
    const next = objects.map((object, at) => ({
      ...object,
      sourcedId: objects[(at + 1) % objects.length]?.sourcedId ?? '',
    }));
    expect(await put(version, pair, next, as)).toEqual([]);
    expect(told(await read(version, collection, as))).toEqual(told(next));
  }
});
