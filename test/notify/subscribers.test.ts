import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Doors, startDoors } from '../setup/doors.ts';
import { enterpriseFile } from '../setup/enterprise-file.ts';
import { type CaughtMail, type MailServer, startMailServer } from '../setup/mail-server.ts';
import { type MovedClock, movedClock } from '../setup/moved-clock.ts';

const publicUrl = 'https://roster.school.example';

let clock: MovedClock;
let server: MailServer;
let doors: Doors;
let viewer: string;

beforeAll(async () => {
  clock = movedClock('2026-03-02T02:00:00Z');
  server = await startMailServer();
  const smtp = { url: server.url, from: 'roster@school.example' };
  doors = await startDoors({ clock, mails: { smtp, publicUrl } });
  viewer = await key('north-viewer', 'viewer', ['north']);
  for (const feed of ['north', 'south']) await ask('PUT', `/feeds/${feed}`, { mode: 'full' });
});
afterAll(async () => {
  await doors?.close();
  await server?.close();
});
beforeEach(() => {
  server.mails.length = 0;
});

async function key(name: string, role: string, feeds: string[] | null): Promise<string> {
  const made = await ask('POST', '/credentials', { name, kinds: ['key'], role, feeds });
  expect(made.status).toBe(201);
  return `Bearer ${made.json.secret}`;
}

const ask = (method: string, path: string, data?: unknown, as = doors.admin) =>
  doors.ask(method, `/api/v1${path}`, { as, ...(data === undefined ? {} : { data }) });

async function until(holds: () => unknown): Promise<void> {
  while (!(await holds())) await sleep(5);
}

async function mail(count = 1): Promise<CaughtMail> {
  await until(() => server.mails.length >= count);
  const found = server.mails[count - 1];
  if (found === undefined) throw new Error('no mail');
  return found;
}

/** The path of a link in a mail, as the gateway of the test has it. */
function linkIn({ parsed }: CaughtMail, does: string): string {
  const [link = ''] = new RegExp(`${publicUrl}/notices/${does}\\?token=[\\w.%-]+`).exec(parsed.text ?? '') ?? [];
  expect(link).not.toBe('');
  return link.slice(publicUrl.length);
}

const follow = (method: string, path: string, body?: string) =>
  doors.ask(method, path, { as: null, ...(body === undefined ? {} : { body }) });

/** Sends a file and waits until nobody is left to be told. */
async function run(feed: string, ...persons: string[]): Promise<void> {
  await doors.import(enterpriseFile({ persons }), { feed });
  await doors.notify.sweep();
  for (const kind of ['notice', 'mail']) {
    await until(async () => {
      const jobs = await doors.jobs.list(doors.context, { kind, limit: 1 });
      return jobs.ok && jobs.value.total === 0;
    });
  }
}

const listed = async (feed: string) => {
  const { items } = (await ask('GET', `/feeds/${feed}/subscribers`)).json;
  return (items as { address: string; state: string; by: string }[]).map(({ address, state, by }) => [
    address,
    state,
    by,
  ]);
};

describe('2.13 Who subscribes', () => {
  test('2.13: a representative subscribes the own address, confirms it by the link in a mail, and ends it by another', async () => {
    const asked = await ask('POST', '/feeds/north/subscribers', { address: 'rep@school.example' }, viewer);
    expect(asked.status).toBe(202);
    const confirmation = await mail();
    expect(confirmation.to).toEqual(['rep@school.example']);
    expect(confirmation.parsed.subject).toBe('[Rostergate] Feed north: confirm your subscription');
    await run('north', 'n1');
    expect(server.mails).toHaveLength(1);
    const link = linkIn(confirmation, 'confirm');
    const page = await follow('GET', link);
    expect(page.status).toBe(200);
    expect(page.text).toContain('Send mails about the feed north to your address?');
    expect(await listed('north')).toEqual([['rep@school.example', 'asked', 'subscription']]);
    expect((await follow('POST', link)).text).toContain('You will get mails about the feed north.');
    expect(await listed('north')).toEqual([['rep@school.example', 'on', 'subscription']]);
    const { items } = (await ask('GET', '/feeds/north/checklist')).json as { items: { item: string; state: string }[] };
    expect(items.find(({ item }) => item === 'subscribers')).toMatchObject({ state: 'ok' });
    await run('north', 'n1', 'n2');
    const told = await mail(2);
    expect(told.to).toEqual(['rep@school.example']);
    expect(told.parsed.subject).toBe('[Rostergate] Feed north: run done, 1 change');
    const header = String((told.parsed.headers.get('list') as { unsubscribe: { url: string } }).unsubscribe.url);
    expect(header.slice(publicUrl.length)).toBe(linkIn(told, 'unsubscribe'));
    expect(told.source).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
    // As mail programs do it (RFC 8058).
    const ended = await follow('POST', header.slice(publicUrl.length), 'List-Unsubscribe=One-Click');
    expect(ended.status).toBe(200);
    await run('north', 'n1', 'n2', 'n3');
    expect(server.mails).toHaveLength(2);
    const entries = await ask('GET', '/audit?action=subscribers.remove');
    expect(entries.json.items).toMatchObject([{ writer: `subscriber:${asked.json.id}`, subject: { id: 'north' } }]);
  });

  test('an address that an administrator has entered ends its mails by the link too, and an administrator may begin anew', async () => {
    const notices = { subscribers: [{ address: 'Head@school.example' }] };
    await ask('PUT', '/feeds/south', { notices });
    await run('south', 's1');
    const path = linkIn(await mail(), 'unsubscribe');
    expect((await follow('GET', path)).text).toContain('End the mails about the feed south');
    await follow('POST', path);
    await follow('POST', path);
    expect(await listed('south')).toEqual([['Head@school.example', 'off', 'settings']]);
    await ask('PUT', '/feeds/south', { notices });
    await run('south', 's1', 's2');
    expect(server.mails).toHaveLength(1);
    const [{ id }] = (await ask('GET', '/feeds/south/subscribers')).json.items;
    expect((await ask('DELETE', `/feeds/south/subscribers?id=${id}`)).status).toBe(204);
    expect((await ask('GET', '/feeds/south')).json.notices.subscribers).toEqual([]);
    await ask('PUT', '/feeds/south', { notices });
    expect(await listed('south')).toEqual([['Head@school.example', 'on', 'settings']]);
    expect((await ask('DELETE', `/feeds/south/subscribers?id=${id}`)).status).toBe(204);
    expect((await ask('DELETE', `/feeds/south/subscribers?id=${id}`)).status).toBe(404);
  });
});

describe('What is refused', () => {
  test('links that were changed, are for something else or are too old do nothing', async () => {
    await ask('POST', '/feeds/north/subscribers', { address: 'late@school.example' });
    const link = linkIn(await mail(), 'confirm');
    const changed = `${link.slice(0, -2)}${link.endsWith('AA') ? 'BB' : 'AA'}`;
    for (const path of [
      changed,
      link.replace('/confirm', '/unsubscribe'),
      '/notices/confirm?token=',
      '/notices/confirm',
    ]) {
      expect((await follow('GET', path)).status).toBe(404);
      expect((await follow('POST', path)).status).toBe(404);
    }
    expect((await follow('PUT', link)).status).toBe(405);
    clock.pass(2 * 86_400_000);
    expect((await follow('POST', link)).status).toBe(404);
    expect(await listed('north')).toContainEqual(['late@school.example', 'asked', 'subscription']);
  });

  test('no more than three mails with a link go to one address in a day, and none to what is no address', async () => {
    for (let asked = 1; asked <= 3; asked += 1) {
      expect((await ask('POST', '/feeds/north/subscribers', { address: 'many@school.example' })).status).toBe(202);
      await mail(asked);
    }
    expect((await ask('POST', '/feeds/north/subscribers', { address: 'MANY@school.example' })).status).toBe(429);
    const wrong = ['a@b.example\r\nBcc: c@d.example', 'a@b.example,c@d.example', 'A <a@b.example>', 'nobody'];
    for (const address of wrong) {
      expect((await ask('POST', '/feeds/north/subscribers', { address })).json).toMatchObject({ code: 'invalid-data' });
    }
    clock.pass(86_400_000);
    expect((await ask('POST', '/feeds/north/subscribers', { address: 'many@school.example' })).status).toBe(202);
    await mail(4);
  });

  test('who may use other feeds only, only send files, or only look sees and changes nobody', async () => {
    expect((await ask('POST', '/feeds/south/subscribers', { address: 'rep@school.example' }, viewer)).status).toBe(404);
    expect((await ask('GET', '/feeds/north/subscribers', undefined, viewer)).status).toBe(403);
    expect((await ask('DELETE', '/feeds/north/subscribers?id=x', undefined, viewer)).status).toBe(403);
    const sender = await key('north-sender', 'sender', ['north']);
    expect((await ask('POST', '/feeds/north/subscribers', { address: 'a@b.example' }, sender)).status).toBe(403);
    expect((await ask('POST', '/feeds/nowhere/subscribers', { address: 'a@b.example' })).status).toBe(404);
  });

  test('the subscribers of a feed go with the feed', async () => {
    await ask('PUT', '/feeds/gone', {});
    await ask('POST', '/feeds/gone/subscribers', { address: 'rep@school.example' });
    await follow('POST', linkIn(await mail(), 'confirm'));
    expect(await listed('gone')).toHaveLength(1);
    expect((await ask('DELETE', '/feeds/gone')).status).toBe(204);
    await ask('PUT', '/feeds/gone', {});
    expect(await listed('gone')).toEqual([]);
  });
});

test('where no mails are sent, the list and the checklist say so and nobody can subscribe', async () => {
  const silent = await startDoors({ mails: {} });
  try {
    const asked = (method: string, path: string, data?: unknown) =>
      silent.ask(method, `/api/v1/feeds/${path}`, { as: silent.admin, ...(data === undefined ? {} : { data }) });
    await asked('PUT', 'silent', { notices: { subscribers: [{ address: 'head@school.example' }] } });
    expect((await asked('GET', 'silent/subscribers')).json).toMatchObject({ mails: false, items: [{ state: 'on' }] });
    expect((await asked('GET', 'silent/checklist')).json.items).toContainEqual({
      item: 'subscribers',
      state: 'open',
      text: '1 subscribers hear nothing, since no mails are sent: set SMTP_URL and MAIL_FROM.',
    });
    expect((await asked('POST', 'silent/subscribers', { address: 'a@b.example' })).json).toMatchObject({
      code: 'unsupported-operation',
      detail: expect.stringContaining('SMTP_URL'),
    });
  } finally {
    await silent.close();
  }
});
