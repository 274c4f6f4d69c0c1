import { describe, expect, test } from '@jest/globals';
import { endsKey } from '../../../src/model/index.ts';
import { enterprise, fingerprintsOf, readFeed, recordsOf, sourced, tally } from './reading.ts';

const membership = (members: string, group = 'g') => `<membership>${sourced(group)}${members}</membership>`;
const member = (id: string, roles: string, type = '1') =>
  `<member>${sourced(id)}<idtype>${type}</idtype>${roles}</member>`;
const role = (attributes: string, status = '1') => `<role ${attributes}><status>${status}</status></role>`;

describe('what a record asks for (IMS Enterprise 1.1, recstatus)', () => {
  test.each(['', 'recstatus="1"', 'recstatus="2"'])('a person with %p is added or updated', async (attribute) => {
    const outcome = await readFeed(enterprise(`<person ${attribute}>${sourced(' 1 ')}</person>`));
    expect(recordsOf(outcome)).toMatchObject([
      {
        type: 'person',
        id: '1',
        change: { op: 'upsert', key: 'person:default:1', data: {}, sourcedIds: [{ source: 'S', id: '1' }] },
      },
    ]);
  });

  test('in a full file a record replaces what was there', async () => {
    const outcome = await readFeed(enterprise(`<person recstatus="2">${sourced('1')}</person>`), { mode: 'full' });
    expect(recordsOf(outcome)[0]?.change.op).toBe('replace');
  });

  test.each(['changes', 'groups-complete', 'full'] as const)('recstatus 3 removes in mode %s', async (mode) => {
    const outcome = await readFeed(
      enterprise(`<person recstatus="3">${sourced('1')}</person><group recstatus="3">${sourced('2')}</group>`),
      { mode },
    );
    expect(recordsOf(outcome).map((item) => item.change)).toEqual([
      { op: 'remove', type: 'person', key: 'person:default:1' },
      { op: 'remove', type: 'group', key: 'group:default:2' },
    ]);
  });

  test('a role with recstatus 3 goes, the other roles of the member stay', async () => {
    const outcome = await readFeed(
      enterprise(membership(member('p', role('roletype="01" recstatus="3"') + role('roletype="02"')))),
    );
    expect(recordsOf(outcome)[0]?.change).toMatchObject({
      op: 'upsert',
      addRoles: true,
      withoutRoles: ['Learner'],
      data: { roles: [{ type: 'Instructor' }] },
    });
  });

  test('a member whose roles all have recstatus 3 is removed, found by its two ends', async () => {
    const outcome = await readFeed(enterprise(membership(member('p', role('roletype="01" recstatus="3"', '0'), '2'))));
    expect(recordsOf(outcome)[0]?.change).toEqual({
      op: 'remove',
      type: 'membership',
      key: endsKey('group:default:g', 'group:default:p', 'group'),
      roles: ['Learner'],
    });
  });

  test('a role with status 0 stays, inactive', async () => {
    const outcome = await readFeed(enterprise(membership(member('p', role('roletype="01"', '0')))));
    expect(recordsOf(outcome)[0]?.change).toEqual({
      op: 'upsert',
      type: 'membership',
      data: {
        group: 'group:default:g',
        member: 'person:default:p',
        memberType: 'person',
        memberSource: 'S',
        roles: [{ type: 'Learner', status: false }],
      },
      hash: expect.any(String),
    });
  });

  test('every listed group is named, with members or without; plain groups are not', async () => {
    const outcome = await readFeed(
      enterprise(
        `<group>${sourced('x')}</group>${membership('', 'a')}${membership(member('p', role('roletype="01"')), 'b')}`,
      ),
    );
    expect(outcome.items.filter((item) => item.kind === 'listed-group')).toMatchObject([
      { key: 'group:default:a' },
      { key: 'group:default:b' },
    ]);
  });

  test('a new id beside an old one is a rename (sourcedidtype)', async () => {
    const ids =
      '<sourcedid sourcedidtype="Old"><source>S</source><id>a</id></sourcedid><sourcedid sourcedidtype="New"><source>S</source><id>b</id></sourcedid><sourcedid sourcedidtype="Duplicate"><source>S</source><id>c</id></sourcedid>';
    const outcome = await readFeed(enterprise(`<person>${ids}</person>`));
    expect(recordsOf(outcome)).toMatchObject([
      {
        id: 'b',
        renamedFrom: 'person:default:a',
        change: { key: 'person:default:b', sourcedIds: [{ type: 'Old' }, { type: 'New' }, { type: 'Duplicate' }] },
      },
    ]);
  });

  test('the source is part of the key only by setting (decisions 1.4)', async () => {
    const outcome = await readFeed(
      enterprise(`<person>${sourced('1')}</person>${membership(member('1', role('roletype="01"')))}`),
      { sourceInKey: true },
    );
    expect(recordsOf(outcome)).toMatchObject([
      { change: { key: 'person:default:S/1', imsId: '1' } },
      { change: { data: { group: 'group:default:S/g', member: 'person:default:S/1' } } },
    ]);
  });

  test.each([
    ['full', 'full'],
    ['delta', 'delta'],
    ['melding', 'event'],
    ['EVENT', 'event'],
    ['endringer', 'delta'],
  ])('properties/type %s is a hint of a %s file', async (word, fileType) => {
    const outcome = await readFeed(`<enterprise><properties><type>${word}</type></properties></enterprise>`);
    expect(outcome.items).toEqual([{ kind: 'properties', fileType, line: 1 }]);
  });

  test('a record that the store is known to hold unchanged is not built', async () => {
    const asked: string[] = [];
    const person = `<person>${sourced('1')}<name><fn>A &amp; B</fn></name></person>`;
    const one = member('p', role('roletype="01"'));
    const fingerprints = fingerprintsOf((text) => asked.push(text) > 0);
    const outcome = await readFeed(enterprise(`\n${person}\n${membership(one)}`), { fingerprints });
    expect(asked).toEqual([person, one]);
    expect(outcome.items.map(({ kind }) => kind)).toEqual(['properties', 'listed-group']);
  });

  test('what a membership holds beside its members is part of their hash, and its group is', async () => {
    const one = member('p', role('roletype="01"'));
    const hashes = new Set<string>();
    for (const list of [membership(one), membership(`<type>meta</type>${one}`), membership(one).replace('g<', 'h<')]) {
      for (const { hash } of recordsOf(await readFeed(enterprise(list)))) hashes.add(hash);
    }
    expect(hashes.size).toBe(3);
  });

  test('each member is one item, whatever happens to it', async () => {
    const outcome = await readFeed(
      enterprise(
        `<membership>${member('p', role('roletype="01"'))}<member/></membership>${membership(`<member><role></member>${member('q', '')}`)}`,
      ),
    );
    expect(tally(outcome)).toMatchObject({
      'rejected.missing-id': 2,
      'rejected.unreadable': 1,
      'membership upsert': 1,
    });
  });
});
