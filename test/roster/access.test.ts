import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeAccess } from '../../src/roster/access/access.ts';
import { makeCredentialRows } from '../../src/roster/access/credential-rows.ts';
import { makeSignatureCheck } from '../../src/roster/access/oauth1.ts';
import { makeDigestCheck } from '../../src/roster/access/password-digest.ts';
import { makeSecrets, type Secrets } from '../../src/roster/access/secrets.ts';
import { oneRosterScopes } from '../../src/roster/index.ts';
import type { Store } from '../../src/store/index.ts';
import { openRoster, type TestRoster } from './roster.ts';

let room: TestRoster;
beforeAll(async () => {
  room = await openRoster({ tokenSeconds: 600 });
  await room.store.model('tenant').deleteMany({});
  await room.tenants.bootstrap({ tenant: 'first', user: 'sis', password: 'open sesame' });
});
afterAll(() => room.close());

describe('5.1 Only the credential chooses the tenant', () => {
  test('A name with its password opens SOAP, OneRoster and administration of its tenant, each as itself', async () => {
    const { access } = room;
    const soap = await access.soapUser('sis', 'open sesame');
    const client = await access.client('sis', 'open sesame');
    const admin = await access.admin('sis', 'open sesame');
    expect(
      [soap, client, admin].map(
        (result) => result.ok && [result.value.tenant, result.value.writer, result.value.source],
      ),
    ).toEqual([
      ['first', 'credential:sis', 'soap'],
      ['first', 'credential:sis', 'rest'],
      ['first', 'admin:sis', 'admin'],
    ]);
    expect((await access.adminKey('open sesame')).ok).toBe(true);
  });

  test('An unknown name, a wrong password, an empty one and a credential of another kind are answered alike', async () => {
    const { access, store } = room;
    const secretHash = await makeSecrets().hash('x');
    await store
      .model('credential')
      .create({ _id: 'first/soap-only', tenant: 'first', name: 'soap-only', kinds: ['soap'], secretHash });
    const answers = await Promise.all([
      access.soapUser('nobody', 'open sesame'),
      access.soapUser('sis', 'wrong'),
      access.soapUser('sis', ''),
      access.admin('soap-only', 'x'),
      access.client('soap-only', 'x'),
    ]);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ ok: false, problem: { code: 'unauthenticated' } });
    expect((await access.soapUser('soap-only', 'x')).ok).toBe(true);
  });

  test('Both cost the same work: an unknown name is checked against a hash too', async () => {
    const asked: (string | undefined)[] = [];
    const secrets: Secrets = {
      ...makeSecrets(),
      async matches(_id, _secret, hashed) {
        asked.push(hashed);
        return false;
      },
    };
    const now = () => room.clock.now().getTime();
    const access = makeAccess({
      store: room.store,
      secrets,
      rows: makeCredentialRows(room.store, now),
      digests: makeDigestCheck(room.store, room.vault, now),
      usable: async () => true,
      requiresTotp: async () => false,
      revocations: { listen: () => undefined },
      tenants: async () => ['school'],
      signatures: makeSignatureCheck(room.store, room.vault, now),
      tokenSeconds: 600,
      now,
    });
    await access.soapUser('nobody', 'x');
    await access.soapUser('sis', 'x');
    expect(asked).toEqual([undefined, expect.stringContaining('argon2id')]);
    const real = makeSecrets();
    await real.hash('warm');
    const time = async (hashed: string | undefined) => {
      const start = performance.now();
      await real.matches('id', 'wrong', hashed);
      return performance.now() - start;
    };
    const hashed = await real.hash('right');
    await time(undefined);
    const [unknown, wrong] = [await time(undefined), await time(hashed)];
    expect(unknown).toBeGreaterThan(wrong / 5);
  });

  test('A verified credential is known for a minute: a second call costs no argon2', async () => {
    let now = 1_000_000;
    const secrets = makeSecrets(() => now);
    const hashed = await secrets.hash('right');
    expect(await secrets.matches('a', 'right', hashed)).toBe(true);
    const start = performance.now();
    for (let at = 0; at < 50; at += 1) expect(await secrets.matches('a', 'right', hashed)).toBe(true);
    const cached = (performance.now() - start) / 50;
    now += 61_000;
    const again = performance.now();
    expect(await secrets.matches('a', 'right', hashed)).toBe(true);
    expect(performance.now() - again).toBeGreaterThan(cached * 5);
    expect(await secrets.matches('a', 'wrong', hashed)).toBe(false);
    expect(await secrets.matches('a', 'right', await secrets.hash('changed'))).toBe(false);
  });
});

describe('What is remembered of credentials', () => {
  test('An unknown name is looked up as often as a known one: once in five seconds', async () => {
    const asked: unknown[] = [];
    const store: Store = {
      ...room.store,
      model(name) {
        asked.push(name);
        return room.store.model(name);
      },
    };
    const rows = makeCredentialRows(store, () => room.clock.now().getTime());
    for (const name of ['sis', 'sis', 'nobody', 'nobody']) await rows.named(name);
    expect(asked).toHaveLength(2);
    room.clock.forward(5_000);
    for (const name of ['sis', 'nobody']) await rows.named(name);
    expect(asked).toHaveLength(4);
  });

  test('10,001 tries with unknown names do not push out a known one', async () => {
    let asked = 0;
    const nothing = {
      findOne: ({ name }: { name: string }) => ({
        async lean() {
          asked += 1;
          return name === 'sis' ? { _id: 'first/sis', tenant: 'first', kinds: [] } : null;
        },
      }),
    };
    const rows = makeCredentialRows({ ...room.store, model: () => nothing } as unknown as Store, () => 0);
    await rows.named('sis');
    for (let at = 0; at <= 10_000; at += 1) await rows.named(`nobody-${at}`);
    await rows.named('sis');
    expect(asked).toBe(10_002);
  });

  test('A password that was changed or a credential that was removed is refused after five seconds, cached or not', async () => {
    const { access, store, clock } = room;
    const credentials = store.rows('credential');
    const secrets = makeSecrets();
    await credentials.insertOne({
      _id: 'first/leaver',
      tenant: 'first',
      name: 'leaver',
      kinds: ['soap'],
      secretHash: await secrets.hash('old'),
    });
    expect((await access.soapUser('leaver', 'old')).ok).toBe(true);
    await credentials.updateOne({ _id: 'first/leaver' }, { $set: { secretHash: await secrets.hash('new') } });
    clock.forward(5_000);
    expect((await access.soapUser('leaver', 'old')).ok).toBe(false);
    expect((await access.soapUser('leaver', 'new')).ok).toBe(true);
    await credentials.deleteOne({ _id: 'first/leaver' });
    clock.forward(5_000);
    expect((await access.soapUser('leaver', 'new')).ok).toBe(false);
  });
});

describe('Tokens', () => {
  const issue = async (scopes = oneRosterScopes) => {
    const client = await room.access.client('sis', 'open sesame');
    if (!client.ok) throw new Error('no client');
    return room.access.issueToken(client.value, scopes);
  };

  test('are opaque and stored hashed, and give back tenant, writer and granted scopes', async () => {
    const issued = await issue(oneRosterScopes.slice(0, 1));
    if (!issued.ok) throw new Error('no token');
    const { token, expiresIn } = issued.value;
    expect(expiresIn).toBe(600);
    expect(JSON.stringify(await room.store.model('token').find({}).lean())).not.toContain(token);
    expect(await room.access.token(token)).toMatchObject({
      ok: true,
      value: { tenant: 'first', writer: 'credential:sis', source: 'rest', scopes: oneRosterScopes.slice(0, 1) },
    });
    expect(await room.access.token(`${token}x`)).toMatchObject({ ok: false, problem: { code: 'unauthenticated' } });
  });

  test('expire by the clock, remembered ones too', async () => {
    const issued = await issue();
    if (!issued.ok) throw new Error('no token');
    room.clock.forward(599_000);
    expect((await room.access.token(issued.value.token)).ok).toBe(true);
    room.clock.forward(1_000);
    expect(await room.access.token(issued.value.token)).toMatchObject({
      ok: false,
      problem: { code: 'unauthenticated' },
    });
  });

  test('are refused for scopes that the client may not have', async () => {
    expect(
      await issue([...oneRosterScopes, 'https://purl.imsglobal.org/spec/or/v1p2/scope/roster.everything']),
    ).toMatchObject({
      ok: false,
      problem: { code: 'forbidden' },
    });
  });
});

test('Secrets and keys are nowhere in the store as they are', async () => {
  const rows = JSON.stringify(await room.store.model('credential').find({}).lean());
  expect(rows).not.toContain('open sesame');
  expect(rows).toContain('argon2id');
});
