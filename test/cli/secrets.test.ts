import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SecretsRotation, SecretsStatus } from '../../src/roster/index.ts';
import { startAdmin } from '../admin/gateway.ts';
import { testDatabase } from '../setup/database.ts';
import { demo } from '../setup/services.ts';
import { type CommandLine, makeCommandLine } from './command-line.ts';

const key = 'the-operators-key-of-this-gateway';
const adminKey = demo.password;

describe('secrets by a running gateway', () => {
  let line: CommandLine;
  let stranger: CommandLine;
  let close: () => Promise<void>;
  beforeAll(async () => {
    const gateway = await startAdmin({ start: false });
    await gateway.tenants.operatorKey('operator', key);
    const url = gateway.url.replace(/\/api\/v1$/, '');
    line = await makeCommandLine({ ROSTERGATE_URL: url, ROSTERGATE_KEY: key });
    stranger = await makeCommandLine({ ROSTERGATE_URL: url, ROSTERGATE_KEY: adminKey });
    await gateway.credentials.allowDigest(gateway.context, demo.user, demo.password);
    close = () => gateway.close();
  });
  afterAll(async () => {
    await Promise.all([line.close(), stranger.close()]);
    await close();
  });

  test('status counts texts by key; rotate with a key of the settings seals what another key has sealed', async () => {
    const { code, value } = await line.json<SecretsStatus>('secrets', 'status');
    expect({ code, from: value.from }).toEqual({ code: 0, from: 'settings' });
    expect(value.sealed.map(({ key: id, current }) => [id, current])).toEqual([[value.current, true]]);
    expect(value.sealed[0]?.texts).toBeGreaterThan(0);
    const rotated = await line.run(['secrets', 'rotate']);
    expect(rotated).toMatchObject({ code: 0 });
    expect(rotated.stdout).toContain(`0 stored secrets are sealed anew with the key ${value.current}.`);
    expect(rotated.stdout).toMatch(new RegExp(`^${value.current} +seals \\(SECRETS_KEY\\) +\\d+$`, 'm'));
  });

  test('is for operators of the gateway: an admin of a tenant is refused', async () => {
    for (const command of ['status', 'rotate']) {
      const refused = await stranger.run(['secrets', command]);
      expect({ command, code: refused.code, out: refused.stdout }).toEqual({ command, code: 1, out: '' });
      expect(refused.stderr).toContain('operators of the gateway');
    }
  });
});

describe('secrets by the database itself', () => {
  let line: CommandLine;
  let close: () => Promise<void>;
  beforeAll(async () => {
    const { uri, close: closeDatabase } = await testDatabase();
    const first = { BOOTSTRAP_TENANT: demo.tenant, BOOTSTRAP_USER: demo.user, BOOTSTRAP_PASSWORD: demo.password };
    line = await makeCommandLine({ MONGODB_URI: uri, PORT: '1', ...first });
    close = closeDatabase;
  });
  afterAll(async () => {
    await line.close();
    await close();
  });

  test('rotate makes a key in the data folder, and what was sealed before still opens', async () => {
    const before = (await line.json<SecretsStatus>('secrets', 'status')).value;
    expect(before.from).toBe('data-folder');
    const { code, value } = await line.json<SecretsRotation>('secrets', 'rotate');
    expect({ code, isNewKey: value.isNewKey }).toEqual({ code: 0, isNewKey: true });
    expect(value.current).not.toBe(before.current);
    expect(value.resealed).toBeGreaterThan(0);
    expect(value.sealed.filter(({ texts }) => texts > 0)).toEqual([
      { key: value.current, current: true, texts: value.resealed },
    ]);
    expect((await line.run(['audit', 'verify'])).code).toBe(0);
  });
});
