import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Run } from '../../src/sync/index.ts';
import { snapshot } from '../differential/snapshot.ts';
import { manifest, zipOf } from '../protocols/oneroster-csv/packages.ts';
import { type Doors, startDoors } from '../setup/doors.ts';

const orgs = 'sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\ns1,,,School,school,S-1,\n';
const users = (rows: string) =>
  `sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\n${rows}`;
const user = (id: string, given = 'Ann') => `${id},,,true,${id},,${given},Ek,,,,,,,,\n`;
const both = manifest({ orgs: 'bulk', users: 'bulk' }, '1.2');
const good = { 'manifest.csv': both, 'orgs.csv': orgs, 'users.csv': users(user('u1') + user('u2')) };
const xml = (text: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<enterprise>\n<properties><datasource>x</datasource><datetime>2026-01-01</datetime></properties>\n${text}`;
const person = (id: string, name = 'Ann Ek') =>
  `<person><sourcedid><source>x</source><id>${id}</id></sourcedid><name><fn>${name}</fn></name></person>\n`;

let doors: Doors;
beforeAll(async () => {
  doors = await startDoors();
  const { sync, context } = doors;
  await sync.putFeed(context, 'csv', { protocol: 'oneroster-csv' });
  await sync.putFeed(context, 'xml', { mode: 'full' });
  expect((await send('csv', await zipOf(good))).state).toBe('done');
  expect((await send('xml', xml(`${person('p1')}${person('p2')}</enterprise>`))).state).toBe('done');
});
afterAll(() => doors.close());

async function send(feed: string, body: string | Uint8Array): Promise<Run> {
  const name = feed === 'csv' ? 'roster.zip' : 'roster.xml';
  const sent = await doors.ask('POST', `/api/v1/imports?feed=${feed}&name=${name}`, { as: doors.admin, body });
  expect([202, sent.text]).toEqual([sent.status, sent.text]);
  const run = await doors.sync.wait(doors.context, sent.json.id);
  if (run === undefined) throw new Error('the run is gone');
  return run;
}

const cut = (bytes: Buffer, share: number) => bytes.subarray(0, Math.floor(bytes.length * share));
/** Gives an entry another name of the same length, as only a hostile program writes it. */
function renamed(bytes: Buffer, from: string, to: string): Buffer {
  const copy = Buffer.from(bytes);
  for (let at = copy.indexOf(from); at >= 0; at = copy.indexOf(from, at + 1)) copy.write(to, at);
  return copy;
}

/** Files that nothing of may be taken, with what the report says. */
const refused: Readonly<
  Record<string, { feed: 'csv' | 'xml'; file: () => Promise<Uint8Array> | Uint8Array; says: RegExp }>
> = {
  'a truncated zip': { feed: 'csv', file: async () => cut(await zipOf(good), 0.6), says: /zip|package/i },
  'no zip at all': { feed: 'csv', file: () => Buffer.from('sourcedId,status\n'), says: /zip|package/i },
  'a zip bomb': {
    feed: 'csv',
    file: () => zipOf({ ...good, 'users.csv': users('u'.repeat(300_000_000)) }),
    says: /times|large|compress/i,
  },
  'a path that leads out of the package': {
    feed: 'csv',
    file: async () => renamed(await zipOf({ ...good, 'xx/evil.csv': orgs }), 'xx/evil.csv', '../evil.csv'),
    says: /\.\.|path|name/i,
  },
  'an absolute path': {
    feed: 'csv',
    file: async () => renamed(await zipOf({ ...good, 'xevil.csv': orgs }), 'xevil.csv', '/evil.csv'),
    says: /path|name/i,
  },
  'one file twice': {
    feed: 'csv',
    file: async () => renamed(await zipOf({ ...good, 'usert.csv': users(user('u9')) }), 'usert.csv', 'users.csv'),
    says: /users\.csv/,
  },
  'a file without a required column': {
    feed: 'csv',
    file: () => zipOf({ ...good, 'users.csv': 'sourcedId,givenName\nu1,Ann\n' }),
    says: /users\.csv|familyName|enabledUser|username/,
  },
  'truncated XML': {
    feed: 'xml',
    file: () => Buffer.from(xml(`${person('p1')}<person><sourcedid>`)),
    says: /end|cut|clos/i,
  },
  'XML of another kind': { feed: 'xml', file: () => Buffer.from('<html><body/></html>'), says: /enterprise/i },
  'an entity of its own': {
    feed: 'xml',
    file: () =>
      Buffer.from(`<!DOCTYPE enterprise [<!ENTITY a "aaaa">]>${xml(person('p1', '&a;')).slice(39)}</enterprise>`),
    says: /DOCTYPE|entit|DTD/i,
  },
  'bytes that are not of its encoding': {
    feed: 'xml',
    file: () => Buffer.concat([Buffer.from(xml('<person><name><fn>')), Buffer.from([0xe5, 0xff, 0xfe, 0x41])]),
    says: /encod|UTF-8|byte|end|cut|clos/i,
  },
};

describe('A file of which nothing may be taken fails its run and leaves the roster as it is', () => {
  test.each(Object.entries(refused))('%s', async (_name, { feed, file, says }) => {
    const before = await snapshot(doors.roster, doors.context);
    const run = await send(feed, await file());
    expect(run.state).toBe('failed');
    const { items } = (await doors.ask('GET', `/api/v1/runs/${run.id}/problems`, { as: doors.admin })).json;
    const said = JSON.stringify([run.problems, items, run]);
    expect(said).toMatch(says);
    expect(await snapshot(doors.roster, doors.context)).toEqual(before);
    // The next good file goes through.
    const again = feed === 'csv' ? await zipOf(good) : xml(`${person('p1')}${person('p2')}</enterprise>`);
    expect((await send(feed, again)).state).toBe('done');
  });
});

describe('A record that cannot be used is rejected with file and line, and those beside it are taken', () => {
  const problemsOf = async ({ id }: Run) =>
    (await doors.ask('GET', `/api/v1/runs/${id}/problems?limit=100`, { as: doors.admin })).json.items as {
      file: string | null;
      line: number | null;
      kind: string;
    }[];

  test('an id that is there twice', async () => {
    const run = await send(
      'csv',
      await zipOf({ ...good, 'users.csv': users(user('u1') + user('u2') + user('u1', 'Bo') + user('u3')) }),
    );
    expect(run.state).toBe('done');
    expect((await problemsOf(run)).filter(({ file, line }) => file === 'users.csv' && line === 4)).not.toEqual([]);
    expect(run.counts.person.created).toBe(1);
    expect(
      (await send('csv', await zipOf({ ...good, 'users.csv': users(user('u1') + user('u2') + user('u3')) }))).state,
    ).toBe('done');
  });

  test('a row with bytes of another encoding, and one with too few cells', async () => {
    const latin1 = Buffer.concat([
      Buffer.from(users(user('u1') + user('u2'))),
      Buffer.from(user('u5', 'Bj\u00f8rn'), 'latin1'),
      Buffer.from('u6,,\n'),
    ]);
    const run = await send('csv', await zipOf({ ...good, 'users.csv': latin1 }));
    const lines = (await problemsOf(run)).filter(({ file }) => file === 'users.csv').map(({ line }) => line);
    expect(lines).toContain(5);
  });

  test('a person without an id, by line', async () => {
    const run = await send(
      'xml',
      xml(`${person('p1')}<person><name><fn>Nobody</fn></name></person>\n${person('p2')}</enterprise>`),
    );
    expect(run.counts.person).toMatchObject({ inFile: 3, rejected: 1, trashed: 0 });
    expect((await problemsOf(run)).find(({ line }) => line === 5)).toBeDefined();
  });
});
