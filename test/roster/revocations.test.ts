import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeRoster, type RosterRooms } from '../../src/roster/index.ts';
import { openRoster, type TestRoster } from './roster.ts';

let here: TestRoster;
/** Another instance on the same database, with memories of its own. Its clock stands: nothing is forgotten by time. */
let elsewhere: RosterRooms;
const context = { tenant: 'first', writer: 'admin:sis', namespace: 'default', source: 'admin' } as const;

beforeAll(async () => {
  here = await openRoster();
  await here.store.model('tenant').deleteMany({});
  await here.tenants.bootstrap({ tenant: 'first', user: 'sis', password: 'open sesame' });
  elsewhere = makeRoster(here.store, here.clock);
  elsewhere.revocations.start();
});
afterAll(async () => {
  await elsewhere.revocations.stop();
  await here.close();
});

/** Makes a client that has come in elsewhere, by its secret and by a token. */
async function known(name: string) {
  const made = await here.credentials.create(context, { name, kinds: ['oneroster', 'soap'] });
  if (!made.ok) throw new Error(made.problem.text);
  const { secret = '' } = made.value;
  // Until now the name may be remembered there as one that nobody has.
  await until(async () => (await elsewhere.access.client(name, secret)).ok);
  const client = await elsewhere.access.client(name, secret);
  const token = client.ok ? await elsewhere.access.issueToken(client.value, []) : client;
  if (!token.ok) throw new Error(token.problem.text);
  const comesIn = async () => ({
    secret: (await elsewhere.access.client(name, secret)).ok,
    soap: (await elsewhere.access.soapUser(name, secret)).ok,
    token: (await elsewhere.access.token(token.value.token)).ok,
  });
  expect(await comesIn()).toEqual({ secret: true, soap: true, token: true });
  return comesIn;
}

/** Asks until something is so; the test's own time limit ends it where it never is. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
}

const nobody = { secret: false, soap: false, token: false };
const out = (comesIn: () => Promise<object>) => async () => JSON.stringify(await comesIn()) === JSON.stringify(nobody);

describe('What is revoked at one instance is refused by the others, which remembered it', () => {
  test('a deleted credential with its tokens', async () => {
    const comesIn = await known('deleted');
    await here.credentials.remove(context, 'deleted');
    await until(out(comesIn));
  });

  test('a disabled one', async () => {
    const comesIn = await known('disabled');
    await here.credentials.change(context, 'disabled', { disabled: true });
    await until(out(comesIn));
  });

  test('one whose secret is another', async () => {
    const comesIn = await known('renewed');
    await here.credentials.renew(context, 'renewed');
    await until(out(comesIn));
  });

  test('one of a suspended tenant', async () => {
    const comesIn = await known('suspended');
    await here.tenancy.suspend('first');
    await until(out(comesIn));
    await here.tenancy.resume('first');
    await until(async () => !(await out(comesIn)()));
  });
});
