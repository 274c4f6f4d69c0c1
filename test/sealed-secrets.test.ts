import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fixedKeys, type SecretsKeys, secretsKey } from '../src/base/secrets-keys.ts';
import { makeVault } from '../src/roster/access/vault.ts';
import { totpPurpose } from '../src/roster/index.ts';
import { makeSealedSecrets, sealedFields } from '../src/sealed-secrets.ts';
import type { Doc, Store } from '../src/store/index.ts';
import { sectionPurpose, sectionSecrets } from '../src/sync/index.ts';
import { type Doors, startDoors } from './setup/doors.ts';
import { demo } from './setup/services.ts';

const [first, second, third] = [randomBytes(32), randomBytes(32), randomBytes(32)] as const;
const idOf = (key: Uint8Array) => secretsKey(key).id;

let doors: Doors;
let store: Store;
beforeAll(async () => {
  doors = await startDoors({ secretsKey: fixedKeys(first), start: false });
  store = doors.store;
  await fill();
});
afterAll(() => doors.close());

/** Has the gateway store a secret of every kind. */
async function fill(): Promise<void> {
  const { context, credentials, sync, downstreams, providers, vault, audit, notify } = doors;
  const pull = {
    url: 'https://pull.example/',
    tokenUrl: 'https://pull.example/t',
    clientId: 'us',
    secret: 'of a pull',
  };
  const client = { roles: [], issuer: 'https://provider.example', clientId: 'us', clientSecret: 'of a provider' };
  const made = [
    await credentials.allowDigest(context, demo.user, demo.password),
    await credentials.allowOauth1(context, demo.user, demo.password, false),
    await sync.putFeed(context, 'pulled', { pull }),
    await downstreams.put(context, { url: 'https://server.example/soap', user: 'us', password: 'of a server' }),
    await providers.putSettings(context, client),
  ];
  const webhook = await notify.webhooks.add(context, { url: 'https://hook.example/' });
  if (!webhook.ok) throw new Error(webhook.problem.text);
  const rotated = await notify.webhooks.rotate(context, webhook.value.id);
  if (!rotated.ok) throw new Error(rotated.problem.text);
  for (const one of made) if (!one.ok) throw new Error(one.problem.text);
  // What each section of a feed's settings asks for is checked with that section.
  const secrets: Record<string, Record<string, string>> = {};
  for (const { section, field } of sectionSecrets) {
    const text = vault.seal('of a section', sectionPurpose('demo', 'pulled', section, field));
    secrets[section] = { ...secrets[section], [field]: text };
  }
  await store.rows('feed').updateOne({ tenant: 'demo', name: 'pulled' }, { $set: { 'settings.secrets': secrets } });
  // A second factor is set up by an app, which is not what this is about.
  const sealed = vault.seal('of an app', totpPurpose({ _id: 'demo/sis' }));
  const until = new Date(Date.now() + 600_000);
  const totp = { totp: { sealed, step: 0, recovery: [] }, totpBegun: { sealed, until } };
  await store.rows('credential').updateOne({ tenant: 'demo', _id: 'demo/sis' }, { $set: totp as Doc });
  await audit.record(context, { action: 'secrets.read', outcome: 'done' });
}

/** The rooms of an instance with other keys. */
const withKeys = (keys: SecretsKeys, on = store) => makeSealedSecrets({ store: on, vault: makeVault(keys), keys });

/** Every text in the whole database that looks sealed, with its collection and path. */
async function sealedTexts(): Promise<{ at: string; text: string }[]> {
  const found: { at: string; text: string }[] = [];
  for (const { collectionName } of (await store.connection.db?.collections()) ?? []) {
    const rows = store.connection.db?.collection(collectionName).find({});
    for await (const row of rows ?? []) look(row, collectionName, found);
  }
  return found;
}

function look(value: unknown, at: string, found: { at: string; text: string }[]): void {
  if (typeof value === 'string' && /^v\d\.(\w+\.)?[\w-]{38,}$/.test(value)) found.push({ at, text: value });
  if (typeof value !== 'object' || value === null) return;
  for (const [name, one] of Object.entries(value)) look(one, `${at}.${/^\d+$/.test(name) ? '*' : name}`, found);
}

const counts = async (keys: SecretsKeys) => {
  const { sealed } = await withKeys(keys).status();
  return Object.fromEntries(sealed.filter(({ texts }) => texts > 0).map(({ key, texts }) => [key ?? 'lost', texts]));
};

describe('Stored secrets', () => {
  test('are in the fields of the table and nowhere else, each sealed with the id of its key', async () => {
    const found = await sealedTexts();
    const fields = sealedFields.map(({ collection, path }) => `${store.rows(collection).collectionName}.${path}`);
    expect([...new Set(found.map(({ at }) => at))].sort()).toEqual(fields.sort());
    for (const { text } of found) expect(text.startsWith(`v2.${idOf(first)}.`)).toBe(true);
    expect(await counts(fixedKeys(first))).toEqual({ [idOf(first)]: found.length });
    expect(await counts(fixedKeys(second))).toEqual({ lost: found.length });
  });

  test('are sealed by these files only: one more must be in the table, or is not stored', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const sealing = files.filter((name) => /\bvault\.seal\(/.test(readFileSync(join('src', name), 'utf8')));
    expect(sealing.sort()).toEqual([
      // Stands in a mail.
      'notify/subscribers/links.ts',
      'notify/webhooks/room.ts',
      'roster/access/credentials.ts',
      // Decoys, which are compared with and not stored.
      'roster/access/oauth1.ts',
      // Travels with a browser for minutes.
      'roster/access/oidc/oidc.ts',
      'roster/access/oidc/provider-rows.ts',
      'roster/access/password-digest.ts',
      'roster/audit/chain.ts',
      // Stands in a mail.
      'roster/preferences/preferences.ts',
      'roster/sessions/second-factor.ts',
      'sealed-secrets.ts',
      'sync/downstream/downstreams.ts',
      'sync/feeds/feeds.ts',
      'sync/sync.ts',
    ]);
  });

  test('of before keys had ids are opened, counted and sealed anew', async () => {
    const { sealedPassword } = (await store.rows('credential').findOne({ tenant: 'demo', _id: 'demo/sis' })) as Doc;
    const old = String(sealedPassword).replace(/^v2\.\w+\./, 'v1.');
    const all = (await sealedTexts()).length;
    await store.rows('credential').updateOne({ tenant: 'demo', _id: 'demo/sis' }, { $set: { sealedPassword: old } });
    const keys = fixedKeys(second, [first]);
    expect(await counts(keys)).toEqual({ [idOf(first)]: all });
    expect(await withKeys(fixedKeys(first)).rotate()).toMatchObject({ value: { resealed: 1, isNewKey: false } });
    expect(await counts(keys)).toEqual({ [idOf(first)]: all });
    expect((await sealedTexts()).filter(({ text }) => text.startsWith('v1.'))).toEqual([]);
  });

  test('are all sealed anew by a rotation, though it is killed after every single one and begun again', async () => {
    const all = (await sealedTexts()).length;
    const keys = fixedKeys(second, [first]);
    for (let round = 1; round <= all; round += 1) {
      await expect(withKeys(keys, killedAfter(1)).rotate()).rejects.toThrow('killed');
      const left = all - round;
      expect(await counts(keys)).toEqual({ ...(left > 0 ? { [idOf(first)]: left } : {}), [idOf(second)]: round });
    }
    expect(await withKeys(keys).rotate()).toMatchObject({ value: { resealed: 0 } });
    const only = fixedKeys(second);
    expect(await counts(only)).toEqual({ [idOf(second)]: all });
    for (const { text } of await sealedTexts()) expect(text.startsWith(`v2.${idOf(second)}.`)).toBe(true);
  });

  test('that were changed while they were sealed anew stay as they were changed', async () => {
    const keys = fixedKeys(third, [second]);
    const own = { tenant: 'demo', _id: 'demo/sis' };
    const changed = makeVault(keys).seal('of another app', totpPurpose(own));
    const meanwhile = beforeWrite(async () => {
      await store.rows('credential').updateOne(own, { $set: { 'totp.sealed': changed } as Doc });
    });
    await withKeys(keys, meanwhile).rotate();
    const row = (await store.rows('credential').findOne(own)) as unknown as { totp: { sealed: string } };
    expect(row.totp.sealed).toBe(changed);
    expect(Object.keys(await counts(fixedKeys(third)))).toEqual([idOf(third)]);
  });

  test('get another key first where the gateway makes keys itself, but not while a rotation is to be gone on with', async () => {
    let keys = fixedKeys(third);
    const fourth = randomBytes(32);
    const own = {
      current: () => keys.current(),
      find: (id: string) => keys.find(id),
      all: () => keys.all(),
      renew: async () => {
        keys = fixedKeys(fourth, [third]);
        return { ok: true, value: keys.current() } as const;
      },
    };
    const all = (await sealedTexts()).length;
    await expect(withKeys(own, killedAfter(2)).rotate()).rejects.toThrow('killed');
    const gone = { isNewKey: false, resealed: all - 2, current: idOf(fourth), from: 'data-folder' };
    expect(await withKeys(own).rotate()).toMatchObject({ value: gone });
    expect(await counts(fixedKeys(fourth))).toEqual({ [idOf(fourth)]: all });
  });
});

/** The same store, whose process dies once so many texts are written. */
const killedAfter = (writes: number) => beforeWrite(async () => undefined, writes);

/** The same store, with something done before each write, and a process that dies after so many of them. */
function beforeWrite(act: () => Promise<void>, writes = Number.POSITIVE_INFINITY): Store {
  let done = 0;
  return {
    ...store,
    rows(name) {
      const rows = store.rows(name);
      return new Proxy(rows, {
        get(target, method) {
          const value: unknown = Reflect.get(target, method, target);
          if (method !== 'updateOne') return typeof value === 'function' ? value.bind(target) : value;
          return async (...asked: Parameters<typeof rows.updateOne>) => {
            await act();
            const result = await rows.updateOne(...asked);
            done += 1;
            if (done === writes) throw new Error('killed');
            return result;
          };
        },
      });
    },
  };
}
