import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { basic, type Doors, startDoors } from '../../setup/doors.ts';
import { movedClock } from '../../setup/moved-clock.ts';
import { demo } from '../../setup/services.ts';

const clock = movedClock('2026-03-01T00:00:00Z');
let doors: Doors;
let guid: string;
beforeAll(async () => {
  doors = await startDoors({ start: false, clock });
  const feed = { ...doors.context, writer: 'feed:list', source: 'file' } as const;
  const [made] = await doors.roster.execute(feed, [
    {
      op: 'upsert',
      type: 'person',
      key: 'person:default:p1',
      data: { emailPreferences: { optOut: false }, email: 'a@b.example' },
    },
  ]);
  guid = made?.ok === true ? made.guid : '';
});
afterAll(() => doors.close());

const admin = (method: string, path: string, data?: object) =>
  doors.ask(method, `/api/v1/persons/${guid}${path}`, { as: basic(demo.user, demo.password), ...(data && { data }) });
const link = async () => (await admin('POST', '/mail-wishes-link?days=30')).json as { url: string; token: string };
const open = (token: string, method = 'GET', data?: unknown) =>
  doors.ask(method, `/preferences/${token}`, { as: null, ...(data === undefined ? {} : { data }) });
/** The feed lists the person once more. */
const listed = (optOut: boolean) =>
  doors.roster.execute({ ...doors.context, writer: 'feed:list', source: 'file' }, [
    {
      op: 'replace',
      type: 'person',
      key: 'person:default:p1',
      data: { emailPreferences: { optOut }, email: 'a@b.example' },
    },
  ]);

describe('What a person wants of mails', () => {
  test('3.15: is read and changed by the person through a link, which goes on record and tells of nothing else', async () => {
    const { url, token } = await link();
    expect(url).toBe(`${doors.url}/preferences/${token}`);
    const read = await open(token);
    expect([read.status, read.json]).toEqual([200, { optOut: false, frequency: 'each' }]);
    expect(read.headers.get('cache-control')).toBe('no-store');
    const put = await open(token, 'PUT', { frequency: 'weekly' });
    expect([put.status, put.json]).toEqual([200, { optOut: false, frequency: 'weekly' }]);
    expect((await open(token, 'PUT', { optOut: true })).json).toEqual({ optOut: true, frequency: 'weekly' });
    await doors.audit.flush();
    const { items } = (await doors.ask('GET', '/api/v1/audit?action=preferences.write', { as: doors.admin })).json;
    expect(items[0]).toMatchObject({ writer: 'admin:mail-wishes-link', subject: { type: 'person', id: guid } });
  });

  test('3.9: is the file’s until the person has said something, and then no file changes it', async () => {
    expect((await admin('GET', '/mail-wishes')).json).toMatchObject({ optOut: true, kept: true });
    await listed(false);
    expect((await admin('GET', '/mail-wishes')).json).toMatchObject({ optOut: true, frequency: 'weekly', kept: true });
    const [other] = await doors.roster.execute({ ...doors.context, writer: 'feed:list', source: 'file' }, [
      { op: 'upsert', type: 'person', key: 'person:default:p2', data: { emailPreferences: { optOut: true } } },
    ]);
    expect(other?.ok).toBe(true);
    const shown = await doors.ask('GET', '/api/v1/persons/p2/mail-wishes', { as: doors.admin });
    expect(shown.json).toMatchObject({ optOut: true, kept: false });
  });

  test('is shown to tools that send mails in the metadata of OneRoster’s user', async () => {
    const user = await doors.ask('GET', `/ims/oneroster/rostering/v1p2/users/${guid}`);
    expect(user.json.user.metadata).toEqual({ emailOptOut: 'true' });
  });

  test('is not changed by what is no such wish', async () => {
    const { token } = await link();
    for (const data of [{}, { optOut: 'yes' }, { frequency: 'never' }, { optOut: true, email: 'x' }, [], 1]) {
      expect([data, (await open(token, 'PUT', data)).status]).toEqual([data, 400]);
    }
    const big = await open(token, 'PUT', { frequency: 'x'.repeat(5000) });
    expect([big.status, big.headers.get('content-type')]).toEqual([413, 'application/problem+json; charset=utf-8']);
    expect((await open(token, 'DELETE')).status).toBe(405);
  });
});

describe('A link', () => {
  test('ends when its links are taken back, when its time is over, and with the person', async () => {
    const before = await link();
    expect((await admin('DELETE', '/mail-wishes-link')).status).toBe(204);
    expect((await open(before.token)).status).toBe(404);
    const { token } = await link();
    clock.pass(30 * 86_400_000 - 1);
    expect((await open(token)).status).toBe(200);
    clock.pass(1);
    expect((await open(token)).status).toBe(404);
    const last = await link();
    await doors.roster.execute(doors.context, [{ op: 'remove', type: 'person', key: guid }]);
    expect((await open(last.token)).status).toBe(404);
  });

  test('that nobody has made opens nothing', async () => {
    for (const token of ['x', 'v2.a.b', `${'a'.repeat(2000)}`]) expect((await open(token)).status).toBe(404);
    expect((await admin('POST', '/mail-wishes-link?days=0')).status).toBe(400);
  });
});
