import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/base/clock.ts';
import { makeRoster, type RosterRooms } from '../../src/roster/index.ts';
import { collectionNames, migrate, openStore, type Store, tenantless } from '../../src/store/index.ts';
import { type TestDatabase, testDatabase } from '../setup/database.ts';
import { admin, all, done, ends, feed, g, group, member, p, person, remove, school, sis } from './roster.ts';

interface Command {
  readonly name: string;
  readonly collection: string;
  readonly body: Record<string, unknown>;
}

let database: TestDatabase;
let store: Store;
let rooms: RosterRooms;
let commands: Command[] = [];
beforeAll(async () => {
  database = await testDatabase();
  const uri = new URL(database.uri);
  uri.searchParams.set('monitorCommands', 'true');
  store = await openStore(uri.href, database.name);
  await migrate(store);
  await store.model('tenant').create({ _id: 'school', guidKey: Buffer.alloc(32, 1), timeZone: 'UTC' });
  rooms = makeRoster(store, systemClock);
  store.connection.getClient().on('commandStarted', ({ commandName, command }) => {
    const collection = command[commandName] as unknown;
    if (typeof collection === 'string') commands.push({ name: commandName, collection, body: command });
  });
  // The driver watches commands only where it was told to from the start.
  await done(rooms.roster, sis, person('first'));
  expect(commands.length).toBeGreaterThan(0);
});
afterAll(async () => {
  await store.close();
  await database.close();
});

const spoken = new Set(['find', 'update', 'delete', 'findAndModify', 'aggregate', 'insert', 'count', 'distinct']);
const withoutTenant = new Set<string>(tenantless.map((name) => collectionNames[name]));

/** Filters and new documents of a command, each of which must name the tenant. */
function partsOf({ name, body }: Command): unknown[] {
  if (name === 'find') return [body['filter']];
  if (name === 'findAndModify' || name === 'count' || name === 'distinct') return [body['query']];
  if (name === 'aggregate') return [(body['pipeline'] as { $match?: unknown }[])[0]?.$match];
  if (name === 'insert') return body['documents'] as unknown[];
  return ((body['updates'] ?? body['deletes']) as { q: unknown }[]).map(({ q }) => q);
}

describe('Arrays of up to 1,000 are one read, one bulk write (inserts as inserts), one packed change-log write', () => {
  test('1,000 new persons cost one find and one insert of persons, and one insert into the change log', async () => {
    commands = [];
    await done(rooms.roster, sis, ...Array.from({ length: 1000 }, (_, at) => person(`n${at}`)));
    const sent = commands.map(({ name, collection }) => `${name} ${collection}`);
    const count = (text: string) => sent.filter((other) => other === text).length;
    // Keys and ids to be served by are one list of 2,000, asked for 1,000 at a time.
    expect(count('find persons')).toBe(2);
    expect(count('insert persons')).toBe(1);
    expect(count('insert changes')).toBe(1);
    expect(count('findAndModify clocks')).toBe(1);
    expect(sent.filter((text) => text.endsWith('memberships'))).toEqual([]);
    expect(sent.length).toBeLessThan(10);
  });

  test('1,000 memberships of one class cost no read per membership', async () => {
    await done(rooms.roster, sis, group('c'));
    commands = [];
    await done(rooms.roster, sis, ...Array.from({ length: 1000 }, (_, at) => member('c', `n${at}`)));
    const finds = commands.filter(({ name }) => name === 'find').length;
    expect(finds).toBeLessThan(10);
    expect(commands.filter(({ name }) => name === 'insert').length).toBe(2);
  });
});

test('5.2 Every query of tenant data carries the tenant, but for the collections listed', async () => {
  commands = [];
  const { roster, trash } = rooms;
  await done(
    roster,
    sis,
    school('s'),
    group('k', 'course', ['s']),
    group('x', 'class', ['k']),
    member('x', 'n1'),
    member('x', 'later'),
  );
  await done(roster, feed('f'), { ...person('n1', { email: 'x@x' }), hash: '0123456789abcdef' });
  await done(roster, sis, person('later'), { op: 'rename', type: 'person', key: p('n1'), newKey: p('n1b') });
  await done(roster, sis, remove('person', p('n1')), remove('membership', ends('x', 'later')), remove('group', g('s')));
  await done(roster, admin, { op: 'restore', type: 'group', key: g('s') }, person('n1'), remove('person', p('later')));
  await done(roster, admin, { op: 'purge', type: 'person', key: p('later'), force: true });
  await roster.rehearse(sis, [person('z'), remove('person', p('n1'))]);
  await roster.find(sis, 'person', [p('n1'), '0'.repeat(32)]);
  const [found] = await roster.find(sis, 'group', [g('x')]);
  await roster.membershipsOf(sis, { group: found?.guid ?? '' });
  await roster.names(sis, 'group', [found?.guid ?? '']);
  await roster.waiting(sis, { limit: 10 });
  await roster.listedMembers(sis, found?.guid ?? '', 'f');
  await roster.isEmpty(sis);
  for (const view of ['user', 'student', 'org', 'school', 'course', 'class', 'term', 'enrollment'] as const) {
    await all(roster, view);
    await all(roster, view, {
      where: {
        join: 'or',
        clauses: [
          { field: 'status', operator: '=', value: 'tobedeleted' },
          { field: 'sourcedId', operator: '=', value: 'x.02' },
          { field: 'updatedAt', operator: '>', value: new Date(0) },
        ],
      },
    });
    await roster.served(sis, view, 'x.02');
  }
  await trash.list(admin, { q: 'n', limit: 5 });
  await trash.restore(admin, { run: 'none' });
  await trash.purge(admin, '0'.repeat(32), true);
  const faults = commands
    .filter(({ name, collection }) => spoken.has(name) && !withoutTenant.has(collection))
    .filter((command) =>
      partsOf(command).some((part) => (part as { tenant?: unknown } | undefined)?.tenant !== 'school'),
    )
    .map(({ name, collection, body }) => `${name} ${collection} ${JSON.stringify(body).slice(0, 300)}`);
  expect(faults).toEqual([]);
  expect(commands.length).toBeGreaterThan(50);
});
