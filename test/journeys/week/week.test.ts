import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Run } from '../../../src/sync/index.ts';
import { header, packageOf } from '../../protocols/oneroster-csv/packages.ts';
import { type TestDatabase, testDatabase } from '../../setup/database.ts';
import { enterpriseFile } from '../../setup/enterprise-file.ts';
import { type MailServer, startMailServer } from '../../setup/mail-server.ts';
import { startWeekGateway, type WeekGateway } from './gateways.ts';

// Seven nights, Monday to Sunday: three feeds, two gateways on one database, and a clock that the test moves.
const first = { tenant: 'larch', user: 'sis', password: 'tour-secret' } as const;
const headers = { authorization: `Basic ${Buffer.from(`${first.user}:${first.password}`).toString('base64')}` };
const day = (night: number) => `2026-03-0${night + 1}`;

let folder: string;
let database: TestDatabase;
let mails: MailServer;
let one: WeekGateway;
let other: WeekGateway;
let living: readonly WeekGateway[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rostergate-week-'));
  for (const feed of ['north', 'south']) await mkdir(join(folder, first.tenant, feed), { recursive: true });
  database = await testDatabase();
  mails = await startMailServer();
  const env = {
    WEEK_BEGINS: `${day(1)}T00:00:00Z`,
    MONGODB_URI: database.uri,
    SECRETS_KEY: randomBytes(32).toString('base64'),
    BOOTSTRAP_TENANT: first.tenant,
    BOOTSTRAP_USER: first.user,
    BOOTSTRAP_PASSWORD: first.password,
    DROP_FOLDERS: folder,
    SMTP_URL: mails.url,
    MAIL_FROM: 'roster@school.example',
    PUBLIC_URL: 'https://roster.school.example',
  };
  one = await startWeekGateway(env);
  other = await startWeekGateway(env);
  living = [one, other];
});
afterAll(async () => {
  await Promise.all([one?.remove(), other?.remove()]);
  await mails.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const [gateway] = living;
  const answer = await fetch(`${gateway?.base}${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text) as T;
}

/** Moves the time of all gateways that live. */
async function at(instant: string): Promise<void> {
  await Promise.all(living.map((gateway) => gateway.at(instant)));
}

const runsOf = async (feed: string) =>
  (await ask<{ items: Run[] }>('GET', `/api/v1/runs?feed=${feed}&limit=100`)).items;

async function until<T>(what: () => Promise<T | false | undefined>): Promise<T> {
  for (;;) {
    const found = await what();
    if (found !== undefined && found !== false) return found;
    await sleep(50);
  }
}

/** What a mail's subject says of a run in a state. */
const words: Readonly<Record<string, string>> = {
  done: 'run done',
  held: 'run held',
  failed: 'run failed',
  rejected: 'held run rejected',
};

/** Waits until a mail has told that a run is in a state. */
const told = (run: Run | undefined, state: string) =>
  until(async () => toldOf(run?.id ?? '').some((subject) => subject.includes(words[state] ?? state)));

/** The subjects of the mails that name a run. */
const toldOf = (id: string) =>
  mails.mails.flatMap(({ parsed }) => (parsed.text?.includes(id) === true ? [parsed.subject ?? ''] : []));

/** The subjects of the mails that tell of a feed and of no run. */
const alarms = (feed: string) =>
  mails.mails
    .map(({ parsed }) =>
      `${parsed.subject ?? ''} ${/scheduled time (\S+)\./.exec(parsed.text ?? '')?.[1] ?? ''}`.trim(),
    )
    .filter(
      (subject) => subject.includes(`Feed ${feed}: `) && /nothing has come|is back|shrinking|cannot be/.test(subject),
    );

/** The run of a file, once it is in a state that it stays in until somebody does something. */
const settled = (feed: string, file: string) =>
  until(async () => {
    const run = (await runsOf(feed)).find((each) => each.file.name === file);
    return run !== undefined && run.state !== 'queued' && run.state !== 'running' && run;
  });

/** Puts a file into a feed's folder, whole. */
async function lay(feed: string, name: string, bytes: string | Uint8Array): Promise<void> {
  const path = join(folder, first.tenant, feed, name);
  await writeFile(`${path}.part`, bytes);
  await rename(`${path}.part`, path);
}

const ids = (feed: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `${feed}-${from + index}`);
const xml = (persons: readonly string[], family = '') =>
  enterpriseFile({ persons }).replaceAll('<fn>Person', `<fn>${family}Person`);

const row = (file: Parameters<typeof header>[0], values: Readonly<Record<string, string>>) =>
  header(file)
    .trim()
    .split(',')
    .map((name) => values[name] ?? '')
    .join(',');
/** A OneRoster package of one school and its students. */
const csv = (students: readonly string[]) =>
  packageOf('bulk', {
    orgs: [row('orgs', { sourcedId: 'southern', name: 'Southern', type: 'school' })],
    users: students.map((sourcedId) =>
      row('users', { sourcedId, enabledUser: 'true', username: sourcedId, givenName: 'A', familyName: sourcedId }),
    ),
    roles: students.map((userSourcedId) =>
      row('roles', {
        sourcedId: `r-${userSourcedId}`,
        userSourcedId,
        roleType: 'primary',
        role: 'student',
        orgSourcedId: 'southern',
      }),
    ),
  });

const moved = (count: number) => ({
  person: expect.objectContaining(count === 0 ? { trashed: 0 } : { created: count, trashed: count }),
});
const nightly = (feed: string, file: string, count: number) =>
  settled(feed, file).then((run) =>
    expect([file, run]).toEqual([
      file,
      expect.objectContaining({ state: 'done', counts: expect.objectContaining(moved(count)) }),
    ]),
  );

test('A week of nights: a file that is missing, of which an alarm tells once, one cut off, one far too small, and a gateway that dies in the middle of a run', async () => {
  await at(`${day(1)}T00:30:00Z`);
  const wide = { person: { update: { percent: null, number: null } } };
  const notices = { subscribers: [{ address: 'head@school.example' }] };
  const fetched = { transport: 'folder', mode: 'full', missedSlots: 'run-once', limits: wide, notices };
  for (const [name, settings] of Object.entries({
    north: { ...fetched, schedule: '0 2 * * *', folder: { path: 'north', whole: 'rename', pattern: '*.xml' } },
    south: {
      ...fetched,
      protocol: 'oneroster-csv',
      schedule: '30 2 * * *',
      folder: { path: 'south', whole: 'rename', pattern: '*.zip' },
    },
    east: { transport: 'http-put', mode: 'full', notices },
  })) {
    await ask('PUT', `/api/v1/feeds/${name}`, settings);
  }
  const key = { name: 'east-key', kinds: ['key'], role: 'sender', feeds: ['east'] };
  const { secret } = await ask<{ secret: string }>('POST', '/api/v1/credentials', key);
  const put = async (name: string, body: string) => {
    const [gateway] = living;
    const answer = await fetch(`${gateway?.base}/drop/east/${name}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${secret}` },
      body,
    });
    expect(answer.status).toBe(202);
  };
  const north = (night: number) => ids('n', night, night + 1999);
  const south = (night: number) => ids('s', night, night + 99);
  const east = (night: number) => ids('e', night, night + 49);

  for (let night = 1; night <= 7; night += 1) {
    const name = (ending: string) => `night-${night}.${ending}`;
    const text = xml(north(night), night >= 6 ? 'New ' : '');
    await lay('north', name('xml'), night === 4 ? text.slice(0, text.length / 2) : text);
    if (night === 5) await lay('south', name('zip'), await csv(south(night).slice(0, 10)));
    else if (night !== 3) await lay('south', name('zip'), await csv(south(night)));
    // One of the two hangs while the other one works, and dies of it; then it wakes up.
    if (night === 6) other.freeze();
    if (night === 6) living = [one];
    await at(`${day(night)}T02:00:00Z`);
    if (night === 6) {
      await until(async () => (await runsOf('north'))[0]?.state === 'running');
      await sleep(150);
      expect((await runsOf('north'))[0]).toMatchObject({ file: { name: name('xml') }, state: 'running' });
      await one.kill();
      other.thaw();
      living = [other];
      await at(`${day(night)}T02:01:00Z`);
    }
    if (night === 4) expect(await settled('north', name('xml'))).toMatchObject({ state: 'failed' });
    else await nightly('north', name('xml'), night === 1 ? 0 : night === 5 ? 2 : 1);
    await at(`${day(night)}T02:30:00Z`);
    if (night === 5) expect(await settled('south', name('zip'))).toMatchObject({ state: 'held' });
    else if (night !== 3) await nightly('south', name('zip'), night === 1 ? 0 : night === 4 || night === 6 ? 2 : 1);
    await put(name('xml'), xml(east(night)));
    await nightly('east', name('xml'), night === 1 ? 0 : 1);
    await at(`${day(night)}T12:00:00Z`);
    // No mail is on its way when a gateway dies: a mail server that has taken one would get it again.
    for (const feed of ['north', 'south', 'east']) {
      const [last] = await runsOf(feed);
      await told(last, last?.state ?? '');
    }
    // The third night nothing came for the south: that is told, and the day after, that it is back.
    if (night === 3) await until(async () => alarms('south').length === 1);
    if (night === 4) await until(async () => alarms('south').length === 2);
    if (night === 5) {
      const [held] = await runsOf('south');
      await ask('POST', `/api/v1/runs/${held?.id}/reject`);
    }
  }

  const states = async (feed: string) => (await runsOf(feed)).map(({ state }) => state).reverse();
  expect(await states('north')).toEqual(['done', 'done', 'done', 'failed', 'done', 'done', 'done']);
  expect(await states('south')).toEqual(['done', 'done', 'done', 'rejected', 'done', 'done']);
  expect(await states('east')).toEqual(Array.from({ length: 7 }, () => 'done'));
  // Each end of a run was told once, and nothing else.
  for (const feed of ['north', 'south', 'east']) {
    for (const run of await runsOf(feed)) {
      const expected = run.state === 'rejected' ? ['held', 'rejected'] : [run.state];
      await told(run, run.state);
      const subjects = toldOf(run.id);
      expect([run.id, subjects.length]).toEqual([run.id, expected.length]);
      for (const state of expected) expect(subjects.join()).toContain(words[state] ?? state);
    }
  }
  expect(new Set(mails.mails.map(({ parsed }) => parsed.messageId)).size).toBe(mails.mails.length);
  // Each alarm was raised once, by whichever gateway looked first, and none for the others.
  expect(alarms('south')).toEqual([
    '[Rostergate] Feed south: nothing has come 2026-03-04T02:30:00.000Z',
    '[Rostergate] Feed south: is back',
  ]);
  expect([...alarms('north'), ...alarms('east')]).toEqual([]);
  const users = await everyone();
  expect(users.active).toEqual([...north(7), ...south(7), ...east(7)].sort());
  expect(users.gone).toEqual([...ids('n', 1, 6), ...ids('s', 1, 6), ...ids('e', 1, 6)].sort());
}, 240_000);

/** All users as a OneRoster tool sees them: those that are active, and those that are to be deleted. */
async function everyone(): Promise<{ active: string[]; gone: string[] }> {
  const [gateway] = living;
  const token = await fetch(`${gateway?.base}/oauth/token`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=client_credentials',
  });
  const { access_token } = (await token.json()) as { access_token: string };
  const answer = await fetch(
    `${gateway?.base}/ims/oneroster/rostering/v1p2/users?limit=10000&fields=sourcedId,status`,
    { headers: { authorization: `Bearer ${access_token}` } },
  );
  const { users } = (await answer.json()) as { users: { sourcedId: string; status: string }[] };
  const named = (status: string) => users.filter((user) => user.status === status).map(({ sourcedId }) => sourcedId);
  return { active: named('active').sort(), gone: named('tobedeleted').sort() };
}
