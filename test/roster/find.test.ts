import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { key } from '../../src/model/index.ts';
import { done, g, group, member, one, openRoster, p, person, remove, sis, type TestRoster } from './roster.ts';

let room: TestRoster;
const other = { ...sis, tenant: 'other' };
beforeAll(async () => {
  room = await openRoster();
  await room.addTenant('other');
  const ids = Array.from({ length: 16 }, (_, at) => `p${at}`);
  await done(room.roster, sis, ...ids.map((id) => person(id)), group('c1'), member('c1', 'p0'));
  await done(room.roster, other, person('p0', { email: 'other@example.org' }));
});
afterAll(() => room.close());

/** The queries that some work asks of the persons of a database. */
async function queriesOf(work: () => Promise<unknown>): Promise<number> {
  const db = room.store.connection.db;
  await db?.command({ profile: 2 });
  await work();
  await db?.command({ profile: 0 });
  const filter = { op: 'query', 'command.find': 'persons' };
  const count = (await db?.collection('system.profile').countDocuments(filter)) ?? 0;
  await db?.collection('system.profile').drop();
  return count;
}

test('A write asks for guids only where an id is one', async () => {
  const { guid } = await one(room.roster, 'person', p('p1'));
  const write = (id: string) => queriesOf(() => room.roster.execute(sis, [person(id, { email: `${id}@example.org` })]));
  expect([await write('p1'), await write('p2'), await write(guid)]).toEqual([1, 1, 2]);
  const enrol = (id: string) => queriesOf(() => room.roster.execute(sis, [member('c1', id, ['Manager'])]));
  expect((await enrol(guid)) - (await enrol('p3'))).toBe(1);
});

describe('Reads of one turn', () => {
  const ids = [...Array.from({ length: 16 }, (_, at) => `p${at}`), 'nobody', 'p3'];

  test('are one query, and each gets its own', async () => {
    const found: (string | undefined)[] = [];
    const queries = await queriesOf(async () => {
      const answers = await Promise.all(ids.map((id) => room.roster.find(sis, 'person', [p(id)])));
      found.push(...answers.map(([record]) => record?.imsId));
    });
    expect(found).toEqual(ids.map((id) => (id === 'nobody' ? undefined : id)));
    expect(queries).toBe(1);
  });

  test('are one query for names too, which hold nothing that another asked for', async () => {
    const guids = await Promise.all(
      ['p0', 'p1', 'p2'].map(async (id) => (await one(room.roster, 'person', p(id))).guid),
    );
    let sizes: number[] = [];
    const queries = await queriesOf(async () => {
      const answers = await Promise.all(guids.map((guid) => room.roster.names(sis, 'person', [guid, 'unknown'])));
      sizes = answers.map((names) => names.size);
    });
    expect(sizes).toEqual([1, 1, 1]);
    expect(queries).toBe(1);
  });

  test('never see another tenant’s records', async () => {
    const [[mine], [theirs], [none]] = await Promise.all([
      room.roster.find(sis, 'person', [p('p0')]),
      room.roster.find(other, 'person', [p('p0')]),
      room.roster.find(other, 'person', [p('p1')]),
    ]);
    expect([mine?.data.email, theirs?.data.email, none]).toEqual([undefined, 'other@example.org', undefined]);
  });

  test('are by key, by guid, and by the guid as an id, with and without the trash', async () => {
    const [record] = (await room.roster.list(sis, 'membership', { limit: 1, offset: 0 })).items;
    const guid = record?.guid ?? '';
    const byId = key('membership', 'default', guid);
    await done(room.roster, sis, person('gone'), remove('person', p('gone')));
    const [found, [gone], [kept], [c1]] = await Promise.all([
      room.roster.find(sis, 'membership', [byId, guid, 'unknown', byId]),
      room.roster.find(sis, 'person', [p('gone')]),
      room.roster.find(sis, 'person', [p('gone')], { trashed: true }),
      room.roster.find(sis, 'group', [g('c1')]),
    ]);
    expect(found.map((each) => each?.guid)).toEqual([guid, guid, undefined, guid]);
    expect([gone, kept?.state, c1?.imsId]).toEqual([undefined, 'trashed', 'c1']);
  });

  test('of more than one query takes are answered whole', async () => {
    const many = Array.from({ length: 2500 }, (_, at) => p(`p${at}`));
    let found = 0;
    const queries = await queriesOf(async () => {
      found = (await room.roster.find(sis, 'person', many)).filter((record) => record !== undefined).length;
    });
    expect([found, queries]).toEqual([16, 3]);
  });

  test('see what was written just before they were asked for', async () => {
    for (let at = 0; at < 20; at += 1) {
      await done(room.roster, sis, person(`new${at}`));
      const [[there]] = await Promise.all([
        room.roster.find(sis, 'person', [p(`new${at}`)]),
        room.roster.find(sis, 'person', [p('p1')]),
      ]);
      expect(there?.imsId).toBe(`new${at}`);
    }
  });

  test('all fail when the database does', async () => {
    const lost = await openRoster();
    await lost.store.close();
    const answers = await Promise.allSettled(['p1', 'p2'].map((id) => lost.roster.find(sis, 'person', [p(id)])));
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await lost.database.close();
  });
});
