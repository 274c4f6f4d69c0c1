import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Group, groupKindOf, key, keyParts, type Membership, type Person } from '../../../src/model/index.ts';
import { writeGroup, writeMembership, writePerson } from '../../../src/protocols/ims-enterprise-xml/index.ts';
import type { WriteChange } from '../../../src/roster/index.ts';
import { readFeed, recordsOf, tally } from './reading.ts';

// Texts as a reader can give them: trimmed, not empty, of characters that XML knows.
const clean = (text: string) =>
  text.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '').trim();
const text = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
    fc.constantFrom('A & B', '<b>', ']]>', '"x"', "O'Neil", 'a\r\nb', 'Å'),
  )
  .map((value) => clean(value) || 'x');
const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { minLength: 1, maxLength: 3 });
const some = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(fields, { requiredKeys: [] }).filter((value) => Object.keys(value).length > 0);
const day = fc
  .date({ min: new Date('1900-01-01T00:00:00Z'), max: new Date('2100-12-31T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

const comments = fc.record({ text, language: fc.constantFrom('en', 'no') }, { requiredKeys: ['text'] });
const userId = fc.record(
  { value: text, type: text, password: text, passwordEncryption: text, authentication: text },
  { requiredKeys: ['value'] },
);
const timeFrame = some({
  start: day,
  end: day,
  startRestrict: fc.boolean(),
  endRestrict: fc.boolean(),
  adminPeriod: text,
});
const name = fc.constantFrom('pifu_tel', 'webct', '__proto__', 'Extra');
const node: fc.Arbitrary<object> = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    fc.record({ name, attributes: fc.constant([['type', 'a & "b"']]), text }, { requiredKeys: ['name', 'text'] }),
    fc.record({ name, children: fc.array(tie('node'), { minLength: 1, maxLength: 2 }) }),
  ),
})).node as fc.Arbitrary<object>;
const extension = fc
  .record({
    in: fc.constant(''),
    node: fc.record({ name: fc.constant('extension'), children: fc.array(node, { minLength: 1, maxLength: 2 }) }),
  })
  .map((kept) => ({ imsXml: { kept: [kept] } }));

const person: fc.Arbitrary<Person> = fc.record(
  {
    name: some({
      formatted: text,
      family: text,
      given: text,
      middle: list(text),
      prefix: text,
      suffix: text,
      nickname: text,
      sort: text,
      parts: list(fc.record({ value: text, type: text, language: text }, { requiredKeys: ['value'] })),
    }),
    userIds: list(userId),
    email: text,
    url: text,
    phones: list(fc.record({ type: fc.constantFrom('Voice', 'Fax', 'Mobile', 'Pager', 'Home'), value: text })),
    address: some({
      pobox: text,
      extended: text,
      streets: list(text),
      locality: text,
      region: text,
      postcode: text,
      country: text,
    }),
    demographics: some({
      gender: fc.constantFrom('female', 'male', 'unspecified', 'other'),
      birthDate: day,
      disabilities: list(text),
    }),
    systemRole: fc.constantFrom('SysAdmin', 'User', 'None', 'Robot'),
    institutionRoles: list(fc.record({ type: fc.constantFrom('Student', 'Faculty', 'Læring'), primary: fc.boolean() })),
    photo: some({ type: text, ref: text }),
    dataSource: text,
    comments,
    extension,
  },
  { requiredKeys: [] },
);

const groupKey = text.map((id) => key('group', 'default', `r${id}`));
const group: fc.Arbitrary<Group> = fc
  .record(
    {
      kind: fc.constant('class' as const),
      types: list(
        fc.record(
          {
            scheme: text,
            values: list(
              some({ type: fc.constantFrom('Term', 'Course', 'School', 'x & y'), level: fc.constantFrom('0', '1') }),
            ),
          },
          { requiredKeys: ['values'] },
        ),
      ),
      description: some({ short: text, long: text, full: text }),
      org: some({ name: text, units: list(text), type: text, id: text }),
      timeFrame,
      enrollControl: some({ accept: fc.boolean(), allowed: fc.boolean() }),
      email: text,
      url: text,
      relationships: list(
        fc.record(
          {
            relation: fc.constantFrom('parent' as const, 'child' as const, 'knownAs' as const),
            target: groupKey,
            label: text,
            source: text,
          },
          { requiredKeys: ['relation', 'target'] },
        ),
      ),
      dataSource: text,
      comments,
      extension,
    },
    { requiredKeys: ['kind'] },
  )
  .map((value) => ({ ...value, kind: groupKindOf(value.types) }));

const result = some({
  type: text,
  comments,
  valueType: fc.constantFrom('0', '1'),
  list: list(text),
  min: text,
  max: text,
  mode: text,
  result: text,
});
const role = fc.record(
  {
    type: fc.constantFrom(
      'Learner',
      'Instructor',
      'ContentDeveloper',
      'Member',
      'Manager',
      'Mentor',
      'TeachingAssistant',
      'Guest',
    ),
    subRole: text,
    status: fc.boolean(),
    comments,
    userId,
    timeFrame,
    dateTime: text,
    email: text,
    interimResults: list(result),
    finalResults: list(result),
    dataSource: text,
    extension,
  },
  { requiredKeys: ['type'] },
);
const membership: fc.Arbitrary<Membership> = fc.record(
  {
    group: fc.constant('group:default:g'),
    member: fc.constant('person:default:m'),
    memberType: fc.constant('person' as const),
    roles: list(role),
    memberSource: text,
    comments,
    extension,
  },
  { requiredKeys: ['group', 'member', 'memberType', 'roles'] },
);

const clean1 = '<enterprise><properties><datasource>t</datasource></properties>';

async function back(xml: string) {
  const outcome = await readFeed(`${clean1}${xml}</enterprise>`);
  expect(outcome.error).toBeUndefined();
  const records = recordsOf(outcome);
  expect(records).toHaveLength(1);
  const repairs = Object.keys(tally(outcome)).filter((kind) => !/ upsert$|^properties$|^listed-group$/.test(kind));
  return { change: records[0]?.change as WriteChange, repairs };
}

const sourcedIds = [{ source: 'S & T', id: 'a:b/c' }];
const known = ['repair.source-missing', 'repair.unknown-vocabulary'];

describe('what is written as IMS Enterprise XML comes back equal', () => {
  test('a person', async () => {
    await fc.assert(
      fc.asyncProperty(person, async (data) => {
        const { change, repairs } = await back(writePerson(data, sourcedIds, 2));
        expect(change.data).toEqual(data);
        expect(change.sourcedIds).toEqual(sourcedIds);
        expect(repairs.filter((kind) => !known.includes(kind))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('a group', async () => {
    const idOf = (reference: string) => ({ id: keyParts(reference).id });
    await fc.assert(
      fc.asyncProperty(group, async (data) => {
        const { change, repairs } = await back(writeGroup(data, sourcedIds, idOf));
        expect(change.data).toEqual(data);
        expect(repairs.filter((kind) => !known.includes(kind))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('a membership', async () => {
    await fc.assert(
      fc.asyncProperty(membership, async (data) => {
        const { change, repairs } = await back(
          writeMembership({ source: 'S', id: 'g' }, [{ membership: data, id: { id: 'm' } }]),
        );
        expect(change.data).toEqual(data);
        expect(repairs.filter((kind) => !known.includes(kind))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('and what has no field is written back where it stood', async () => {
    const records = [
      `<person x="1"><sourcedid><source>S</source><id>1</id></sourcedid><userid useridtype="u" z="1">n</userid><name><fn k="1">A</fn><n><family>F</family><clan>C</clan></n></name><tel teltype="1" priority="2">5</tel><email>a@b</email><email>c@d</email><shoe size="9">left<b/>right</shoe><extension><a/></extension><extension>t</extension></person>`,
      `<group><sourcedid><id>1</id><when>now</when></sourcedid><grouptype><scheme>s</scheme><typevalue level="1" lang="en">T</typevalue></grouptype><timeframe><begin restrict="1">some day</begin><end>2024-01-31</end></timeframe><relationship k="v"><sourcedid><id>3</id></sourcedid><note/></relationship><relationship relation="9"><sourcedid><id>2</id></sourcedid></relationship></group>`,
      `<membership><sourcedid><id>g</id></sourcedid><type>meta</type><member><sourcedid><id>m</id></sourcedid><idtype>2</idtype><role roletype="01"><status>maybe</status><hat>1</hat><interimresult resulttype="a"><values valuetype="0"><list k="1">1</list><list/></values></interimresult></role></member></membership>`,
    ];
    const write = ({ type, data, sourcedIds: ids = [] }: WriteChange) =>
      type === 'person'
        ? writePerson(data as Person, ids)
        : type === 'group'
          ? writeGroup(data as Group, ids, (reference) => ({ id: keyParts(reference).id }))
          : writeMembership({ id: 'g' }, [{ membership: data as Membership, id: { id: 'm' } }]);
    for (const record of records) {
      const again = write((await back(record)).change);
      expect(write((await back(again)).change)).toBe(again);
      for (const word of record.match(/\w+/g) ?? []) expect(again).toContain(word);
    }
  });
});
