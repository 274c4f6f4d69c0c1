import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Doors, startDoors } from '../setup/doors.ts';
import { file, group, ids, membership, person } from './feeds.ts';

let doors: Doors;
beforeAll(async () => {
  doors = await startDoors();
});
afterAll(() => doors.close());

const admin = (method: string, path: string, data?: object) =>
  doors.ask(method, `/api/v1${path}`, { as: doors.admin, ...(data === undefined ? {} : { data }) });
const all = ids('p', 12);
const rest = all.slice(1);

/** A feed with this removal of persons takes a file of all, then one without the first; the runs and the one who is missing. */
async function missing(feed: string, removal: object) {
  const namespace = feed;
  const put = await admin('PUT', `/feeds/${feed}`, { mode: 'full', namespace, removal });
  expect([feed, put.status]).toEqual([feed, 200]);
  const take = async (names: readonly string[]) => {
    const text = file(...names.map((id) => person(id)), group('k'), membership('k', names));
    const sent = await doors.ask('POST', `/api/v1/imports?feed=${feed}`, { as: doors.admin, body: text });
    const run = await doors.sync.wait(doors.context, sent.json.id);
    expect(run?.state).toBe('done');
    return sent.json.id as string;
  };
  await take(all);
  const run = await take(rest);
  const [record] = await doors.roster.find(doors.context, 'person', [`person:${namespace}:p0`], { trashed: true });
  const user = await doors.ask('GET', `/ims/oneroster/rostering/v1p2/users/${record?.sourcedId}`);
  const problems = (await admin('GET', `/runs/${run}/problems`)).json.items as { kind: string; id: string }[];
  return { state: record?.state, user: user.json.user, problems, run: (await admin('GET', `/runs/${run}`)).json };
}

test('Who is missing in a feed that disables is there for OneRoster, disabled', async () => {
  const { state, user, run } = await missing('disables', { person: 'disable' });
  expect([state, user.status, user.enabledUser]).toEqual(['disabled', 'active', 'false']);
  expect(run.counts.person).toMatchObject({ inFile: 11, trashed: 0 });
});

test('Who is missing in a feed that only reports stays as it was, and the report names it', async () => {
  const { state, user, problems } = await missing('reports', { person: 'report', membership: 'report' });
  expect([state, user.status, user.enabledUser]).toEqual(['active', 'active', 'true']);
  expect(problems.map(({ kind }) => kind)).toContain('warning.reported-missing');
});

test('Who is missing in a feed that trashes is to be deleted for OneRoster, and comes back with the next file', async () => {
  const { state, user, run } = await missing('trashes', { person: 'trash' });
  expect([state, user.status]).toEqual(['trashed', 'tobedeleted']);
  expect(run.counts.person.trashed).toBe(1);
});
