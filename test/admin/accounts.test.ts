import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Doors, startDoors } from '../setup/doors.ts';
import { file, ids } from '../sync/feeds.ts';

let doors: Doors;
let platform: string;
beforeAll(async () => {
  doors = await startDoors();
  const data = { name: 'learning-platform', kinds: ['key'], role: 'platform' };
  const made = await doors.ask('POST', '/api/v1/credentials', { as: doors.admin, data });
  platform = `Bearer ${made.json.secret}`;
  const put = await doors.ask('PUT', '/api/v1/feeds/push', {
    as: doors.admin,
    data: { mode: 'full', removal: { person: 'disable' } },
  });
  expect(put.status).toBe(200);
});
afterAll(() => doors.close());

const person = (id: string, login = id) =>
  `<person><sourcedid><source>k</source><id>${id}</id></sourcedid><userid>${login}</userid><name><fn>${id}</fn></name><email>${login}@school.example</email></person>`;

async function take(...persons: string[]): Promise<void> {
  const sent = await doors.ask('POST', '/api/v1/imports?feed=push', { as: doors.admin, body: file(...persons) });
  const run = await doors.sync.wait(doors.context, sent.json.id);
  expect(run?.state).toBe('done');
}

const status = async (...accounts: object[]) =>
  (await doors.ask('POST', '/api/v1/accounts/status', { as: platform, data: { accounts } })).json.items as {
    status: string;
    since: string | null;
    sourcedId: string | null;
  }[];
const states = async (...accounts: object[]) => (await status(...accounts)).map((one) => one.status);
const changes = async (query: string) =>
  (await doors.ask('GET', `/api/v1/accounts/changes?${query}`, { as: platform })).json as {
    items: { status: string; sourcedId: string; changedAt: string }[];
    until: string;
    more: boolean;
  };

describe('How an account stands', () => {
  const all = ids('a', 12);

  test('1.5, 1.6: active, disabled when its feed lists the person no more, active again on return; OneRoster says the same', async () => {
    await take(...all.map((id) => person(id)));
    const [one] = await status({ id: 'a0' });
    expect(one).toMatchObject({ status: 'active', sourcedId: expect.any(String) });
    const begun = (await changes('changedSince=2000-01-01&limit=1000')).until;
    await take(...all.slice(1).map((id) => person(id)));
    const names = [{ id: 'a0' }, { username: 'A0' }, { email: 'A0@School.example' }, { sourcedId: one?.sourcedId }];
    expect(await states(...names, { id: 'a1' }, { username: 'nobody' })).toEqual([
      ...names.map(() => 'disabled'),
      'active',
      'unknown',
    ]);
    const user = await doors.ask('GET', `/ims/oneroster/rostering/v1p2/users/${one?.sourcedId}`);
    expect(user.json.user.enabledUser).toBe('false');
    const told = await changes(`changedSince=${begun}`);
    expect(told.items.map(({ status: now, sourcedId }) => [now, sourcedId])).toEqual([['disabled', one?.sourcedId]]);
    await take(...all.map((id) => person(id)));
    expect(await states({ id: 'a0' })).toEqual(['active']);
    expect((await changes(`changedSince=${told.until}`)).items).toMatchObject([{ status: 'active' }]);
  });

  test('trashed, then unknown once it is purged, which is told to who asks for changes', async () => {
    const guid = (await doors.roster.find(doors.context, 'person', ['person:default:a3']))[0]?.guid ?? '';
    const [{ sourcedId } = { sourcedId: null }] = await status({ id: 'a3' });
    const [removed] = await doors.roster.execute(doors.context, [{ op: 'remove', type: 'person', key: guid }]);
    expect(removed?.ok).toBe(true);
    const [trashed] = await status({ username: 'a3' });
    expect(trashed).toMatchObject({ status: 'trashed', since: expect.any(String) });
    const until = (await changes('changedSince=2000-01-01&limit=1000')).until;
    expect((await doors.trash.purge(doors.context, guid, true)).ok).toBe(true);
    expect(await states({ username: 'a3' }, { sourcedId })).toEqual(['unknown', 'unknown']);
    expect((await changes(`changedSince=${until}`)).items).toMatchObject([{ status: 'unknown', sourcedId }]);
  });

  test('ambiguous where several have the user name; one in the trash does not count', async () => {
    const write = (id: string) =>
      doors.roster.execute(doors.context, [
        {
          op: 'upsert',
          type: 'person',
          key: `person:default:${id}`,
          data: { name: { family: id }, userIds: [{ value: 'same' }] },
        },
      ]);
    await write('twin-1');
    await write('twin-2');
    expect(await states({ username: 'same' })).toEqual(['ambiguous']);
    await doors.roster.execute(doors.context, [{ op: 'remove', type: 'person', key: 'person:default:twin-2' }]);
    expect(await states({ username: 'same' })).toEqual(['active']);
  });

  test('changes are told once each, whatever the size of the pages', async () => {
    const whole = (await changes('changedSince=2000-01-01&limit=1000')).items.map(({ sourcedId }) => sourcedId);
    const paged: string[] = [];
    for (let since = '2000-01-01', more = true; more; ) {
      const page = await changes(`changedSince=${since}&limit=2`);
      paged.push(...page.items.map(({ sourcedId }) => sourcedId));
      ({ until: since, more } = page);
    }
    expect(paged.sort()).toEqual(whole.sort());
  });
});

test('A key of a platform asks for nothing else, and a request that is none says what is wrong with it', async () => {
  expect((await doors.ask('GET', '/api/v1/feeds', { as: platform })).status).toBe(403);
  for (const data of [{ accounts: [] }, { accounts: [{}] }, { accounts: [{ id: 'a', email: 'b' }] }, {}]) {
    expect((await doors.ask('POST', '/api/v1/accounts/status', { as: platform, data })).status).toBe(400);
  }
  const wrong = await doors.ask('GET', '/api/v1/accounts/changes?changedSince=yesterday', { as: platform });
  expect([wrong.status, wrong.json.detail]).toEqual([400, expect.stringContaining('changedSince')]);
});
