import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { CredentialRow } from '../../src/roster/access/credential-rows.ts';
import { makeDigestCheck } from '../../src/roster/access/password-digest.ts';
import {
  makeRoster,
  oneRosterScopes,
  type PasswordDigest,
  type RosterRooms,
  type Vault,
} from '../../src/roster/index.ts';
import { openStore } from '../../src/store/index.ts';
import { openRoster, type TestRoster } from './roster.ts';

const secretsKey = randomBytes(32);
const password = 'open sesame';
const minutes = (count: number) => count * 60_000;

let room: TestRoster;
/** A second instance on the same database, with caches of its own. */
let other: RosterRooms;
beforeAll(async () => {
  room = await openRoster({ secretsKey });
  await room.store.model('tenant').deleteMany({});
  await room.tenants.bootstrap({ tenant: 'first', user: 'sis', password });
  other = makeRoster(room.store, room.clock, { secretsKey });
});
afterAll(() => room.close());

const admin = { tenant: 'first', writer: 'admin:anna', namespace: 'default', source: 'admin' } as const;

beforeEach(async () => {
  // MongoDB itself deletes nonces by the machine's time.
  room.clock.set(new Date());
  expect((await room.credentials.allowDigest(admin, 'sis', password)).ok).toBe(true);
  room.clock.forward(5_000);
});

/** The proof as WSS UsernameToken profile 1.0, section 3.1, says: Base64(SHA-1(nonce + created + password)). */
function proofOf(secret: string, options: { nonce?: Buffer; created?: string } = {}): PasswordDigest {
  const { nonce = randomBytes(16), created = room.clock.now().toISOString() } = options;
  const digest = createHash('sha1')
    .update(Buffer.concat([nonce, Buffer.from(created + secret)]))
    .digest('base64');
  return { digest, nonce: nonce.toString('base64'), created };
}

const at = (offset: number) => new Date(room.clock.now().getTime() + offset).toISOString();
const refused = { ok: false, problem: { code: 'unauthenticated', text: 'The name or the password is wrong.' } };

describe('PasswordDigest', () => {
  test('opens SOAP for its tenant as the password does', async () => {
    const byDigest = await room.access.soapDigest('sis', proofOf(password));
    expect(byDigest).toEqual(await room.access.soapUser('sis', password));
    expect(byDigest).toMatchObject({ ok: true, value: { tenant: 'first', writer: 'credential:sis', source: 'soap' } });
  });

  test('is what openssl computes', async () => {
    // `printf '%s' 'nonce-of-a-client2025-10-01T08:00:00Zopen sesame' | openssl sha1 -binary | base64`
    room.clock.set('2025-10-01T08:00:00Z');
    const nonce = Buffer.from('nonce-of-a-client').toString('base64');
    const proof = { digest: '6RL1PoLYjT+vZHyvdScpFXCIInY=', nonce, created: '2025-10-01T08:00:00Z' };
    expect((await room.access.soapDigest('sis', proof)).ok).toBe(true);
  });

  test('whatever is wrong is answered alike: name, password, digest, credential without the permission, nonce, time', async () => {
    await room.store.model('credential').create({ _id: 'first/rest', tenant: 'first', name: 'rest', kinds: ['soap'] });
    const right = proofOf(password);
    const answers = await Promise.all([
      room.access.soapDigest('nobody', proofOf(password)),
      room.access.soapDigest('rest', proofOf(password)),
      room.access.soapDigest('rest', proofOf('')),
      room.access.soapDigest('nobody', proofOf('')),
      room.access.soapDigest('sis', proofOf('wrong')),
      room.access.soapDigest('sis', proofOf('')),
      room.access.soapDigest('sis', { ...right, digest: '' }),
      room.access.soapDigest('sis', { ...right, digest: 'A'.repeat(100_000) }),
      room.access.soapDigest('sis', { ...right, digest: right.digest.slice(0, 26) }),
      room.access.soapDigest('sis', { ...right, nonce: randomBytes(16).toString('base64') }),
      room.access.soapDigest('sis', { ...right, created: at(1_000) }),
      room.access.soapDigest('x'.repeat(100_000), right),
      room.access.soapDigest('sis', proofOf(password, { nonce: randomBytes(7) })),
      room.access.soapDigest('sis', proofOf(password, { nonce: randomBytes(129) })),
      room.access.soapDigest('sis', { ...right, nonce: 'not base64!' }),
    ]);
    expect(answers).toEqual(answers.map(() => refused));
    expect((await room.access.soapDigest('sis', right)).ok).toBe(true);
  });

  test('the same work is done for an unknown user, without the permission and for a wrong proof', async () => {
    const opened: string[] = [];
    const vault: Vault = {
      ...room.vault,
      open(sealed, purpose) {
        const text = room.vault.open(sealed, purpose);
        opened.push(text === undefined ? 'nothing' : 'a text');
        return text;
      },
    };
    const check = makeDigestCheck(room.store, vault, () => room.clock.now().getTime());
    const row = (await room.store.rows('credential').findOne({ name: 'sis' })) as unknown as CredentialRow;
    const { sealedPassword: _, ...without } = row;
    for (const one of [null, without, row]) expect(await check.matches(one, proofOf('wrong'))).toBe(false);
    expect(opened).toEqual(['a text', 'a text', 'a text']);
  });

  test('nonces of 8 and of 128 bytes are taken, also broken into lines', async () => {
    for (const size of [8, 128]) {
      const proof = proofOf(password, { nonce: randomBytes(size) });
      const nonce = proof.nonce.replace(/(.{5})/g, '$1\r\n');
      expect((await room.access.soapDigest('sis', { ...proof, nonce })).ok).toBe(true);
    }
  });
});

describe('The time of a proof', () => {
  const taken = async (created: string) => (await room.access.soapDigest('sis', proofOf(password, { created }))).ok;

  test('five minutes before and after now are taken, a millisecond more is not', async () => {
    const offsets = [-minutes(5), minutes(5), -minutes(5) - 1, minutes(5) + 1];
    const answers = [];
    for (const offset of offsets) answers.push(await taken(at(offset)));
    expect(answers).toEqual([true, true, false, false]);
  });

  test('is read with any zone, and as UTC without one', async () => {
    const plain = at(0).replace('Z', '');
    const shifted = (hours: number) => at(minutes(60 * hours)).replace('Z', '');
    for (const created of [plain, `${shifted(2)}+02:00`, `${shifted(-5)}-05:00`, plain.slice(0, 19), `${plain}000Z`]) {
      expect([created, await taken(created)]).toEqual([created, true]);
    }
    for (const created of [shifted(2), `${plain}+02:00`, `${plain}-05:00`]) {
      expect([created, await taken(created)]).toEqual([created, false]);
    }
  });

  test('is refused when it is missing or none', async () => {
    const now = at(0);
    for (const created of [
      '',
      'now',
      now.slice(0, 10),
      `0${now}`,
      `${now} `,
      now.toLowerCase(),
      '2025-13-45T99:00:00Z',
    ]) {
      expect([created, await taken(created)]).toEqual([created, false]);
    }
  });
});

describe('A nonce that was used', () => {
  test('is refused at every instance, with the same proof and with a new one', async () => {
    const nonce = randomBytes(16);
    const first = proofOf(password, { nonce });
    expect((await room.access.soapDigest('sis', first)).ok).toBe(true);
    expect(await room.access.soapDigest('sis', first)).toEqual(refused);
    expect(await other.access.soapDigest('sis', first)).toEqual(refused);
    const again = proofOf(password, { nonce, created: at(60_000) });
    expect(await other.access.soapDigest('sis', again)).toEqual(refused);
  });

  test('sent to both instances many times at once, exactly one is let in', async () => {
    for (let round = 0; round < 5; round += 1) {
      const proof = proofOf(password);
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? room : other).access.soapDigest('sis', proof)),
      );
      expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    }
  });

  test('is refused after a restart, as long as its time is good', async () => {
    const proof = proofOf(password, { created: at(minutes(5)) });
    expect((await room.access.soapDigest('sis', proof)).ok).toBe(true);
    const { uri, name } = room.database;
    const store = await openStore(uri, name);
    try {
      const restarted = makeRoster(store, room.clock, { secretsKey });
      expect(await restarted.access.soapDigest('sis', proof)).toEqual(refused);
      expect((await restarted.access.soapDigest('sis', proofOf(password))).ok).toBe(true);
      room.clock.forward(minutes(10));
      const latest = await store.rows('nonce').findOne({}, { sort: { expiresAt: -1 } });
      expect(Number(latest?.['expiresAt'])).toBeGreaterThan(room.clock.now().getTime());
    } finally {
      await store.close();
    }
  });

  test('is not written for a wrong proof, so that nobody else can use up nonces or room', async () => {
    const before = await room.store.rows('nonce').countDocuments({});
    const nonce = randomBytes(16);
    await room.access.soapDigest('sis', proofOf('wrong', { nonce }));
    await room.access.soapDigest('nobody', proofOf(password, { nonce }));
    expect(await room.store.rows('nonce').countDocuments({})).toBe(before);
    expect((await room.access.soapDigest('sis', proofOf(password, { nonce }))).ok).toBe(true);
  });
});

describe('The permission', () => {
  test('is given only with the credential’s own password, and only to SOAP credentials of the tenant', async () => {
    expect(await room.credentials.allowDigest(admin, 'sis', 'wrong')).toMatchObject({
      ok: false,
      problem: { code: 'invalid-data', place: { field: 'password' } },
    });
    const elsewhere = { ...admin, tenant: 'second' };
    for (const [context, name] of [
      [admin, 'nobody'],
      [elsewhere, 'sis'],
    ] as const) {
      const unknown = { ok: false, problem: { code: 'unknown-object' } };
      expect(await room.credentials.allowDigest(context, name, password)).toMatchObject(unknown);
      expect(await room.credentials.denyDigest(context, name)).toMatchObject(unknown);
    }
    expect((await room.credentials.list(elsewhere)).items).toEqual([]);
  });

  test('is shown, and the list holds no secret', async () => {
    const { items } = await room.credentials.list(admin);
    const sis = items.find(({ name }) => name === 'sis');
    expect(sis).toEqual({
      name: 'sis',
      kinds: ['soap', 'oneroster', 'admin'],
      role: 'admin',
      state: 'active',
      expiresAt: null,
      networks: null,
      feeds: null,
      lastUsedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      scopes: [...oneRosterScopes],
      namespace: 'default',
      passwordDigest: true,
      oauth1: 'denied',
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(JSON.stringify(items)).not.toMatch(/argon|v1\.|sealed/);
  });

  test('taken away holds at once here, and within five seconds elsewhere', async () => {
    expect((await other.access.soapDigest('sis', proofOf(password))).ok).toBe(true);
    expect(await room.credentials.denyDigest(admin, 'sis')).toMatchObject({
      ok: true,
      value: { passwordDigest: false },
    });
    expect(await room.access.soapDigest('sis', proofOf(password))).toEqual(refused);
    room.clock.forward(5_000);
    expect(await other.access.soapDigest('sis', proofOf(password))).toEqual(refused);
    expect((await room.access.soapUser('sis', password)).ok).toBe(true);
    expect(JSON.stringify(await room.store.rows('credential').findOne({ name: 'sis' }))).not.toContain('sealed');
  });

  test('given holds at once here, though the credential was known without it', async () => {
    await room.credentials.denyDigest(admin, 'sis');
    expect(await room.access.soapDigest('sis', proofOf(password))).toEqual(refused);
    await room.credentials.allowDigest(admin, 'sis', password);
    expect((await room.access.soapDigest('sis', proofOf(password))).ok).toBe(true);
  });

  test('ends with the password that it was given for', async () => {
    const credentials = room.store.rows('credential');
    const before = await credentials.findOne({ name: 'sis' });
    await credentials.updateOne({ name: 'sis' }, { $set: { secretHash: '$argon2id$another' } });
    room.clock.forward(5_000);
    expect(await room.access.soapDigest('sis', proofOf(password))).toEqual(refused);
    await credentials.updateOne({ name: 'sis' }, { $set: { secretHash: before?.['secretHash'] } });
    room.clock.forward(5_000);
    expect((await room.access.soapDigest('sis', proofOf(password))).ok).toBe(true);
  });

  test('is worth nothing at an instance with another key, nor for another credential', async () => {
    const stranger = makeRoster(room.store, room.clock, { secretsKey: randomBytes(32) });
    expect(await stranger.access.soapDigest('sis', proofOf(password))).toEqual(refused);
    expect((await stranger.credentials.list(admin)).items).toMatchObject([{ name: 'rest' }, { passwordDigest: false }]);
    const row = await room.store.rows('credential').findOne({ name: 'sis' });
    await room.store.rows('credential').insertOne({ ...row, _id: 'first/thief', name: 'thief' });
    expect(await room.access.soapDigest('thief', proofOf(password))).toEqual(refused);
  });

  test('leaves the password nowhere in the store as it is', async () => {
    for (const name of ['credential', 'nonce'] as const) {
      const rows = JSON.stringify(await room.store.rows(name).find({}).toArray());
      expect(rows).not.toContain(password);
    }
  });
});
