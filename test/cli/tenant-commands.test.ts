import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MadeTenant, TenantItem } from '../../src/roster/index.ts';
import { startAdmin } from '../admin/gateway.ts';
import { testDatabase } from '../setup/database.ts';
import { demo } from '../setup/services.ts';
import { type CommandLine, makeCommandLine } from './command-line.ts';

const key = 'the-operators-key-of-this-gateway';
const ways = {
  'a running gateway': async () => {
    const { url, close, tenants } = await startAdmin({ start: false });
    await tenants.operatorKey('operator', key);
    return { settings: { ROSTERGATE_URL: url.replace(/\/api\/v1$/, ''), ROSTERGATE_KEY: key }, close };
  },
  'the database itself': async () => {
    const { uri, close } = await testDatabase();
    return { settings: { MONGODB_URI: uri, PORT: '1', BOOTSTRAP_TENANT: demo.tenant }, close };
  },
} as const;

describe.each(Object.entries(ways))('tenants by %s', (_way, start) => {
  let line: CommandLine;
  let close: () => Promise<void>;
  beforeAll(async () => {
    const started = await start();
    line = await makeCommandLine(started.settings);
    ({ close } = started);
  });
  afterAll(async () => {
    await line.close();
    await close();
  });

  test('the only one need not be named; of several each is acted on by its name', async () => {
    expect((await line.run(['runs'])).code).toBe(0);
    const made = await line.json<MadeTenant>('tenant-create', 'birch', '--time-zone', 'Europe/Oslo');
    expect(made).toMatchObject({ code: 0, value: { id: 'birch', state: 'active', user: 'birch-sis' } });
    const unnamed = await line.run(['runs']);
    expect(unnamed.code).toBe(2);
    expect(unnamed.stderr).toContain('--tenant');
    expect((await line.run(['--tenant', 'birch', 'feed', 'f', '--set', 'mode=full'])).code).toBe(0);
    expect((await line.json<{ items: unknown[] }>('--tenant', 'birch', 'feeds')).value.items).toHaveLength(1);
    expect((await line.json<{ items: unknown[] }>('--tenant', demo.tenant, 'feeds')).value.items).toHaveLength(0);
    expect((await line.run(['--tenant', 'nowhere', 'feeds'])).code).not.toBe(0);
  });

  test('one is suspended, resumed, deleted and restored, with the reason beside it', async () => {
    const suspended = await line.json<TenantItem>('tenant-suspend', 'birch', '--reason', 'contract ends');
    expect(suspended).toMatchObject({ code: 0, value: { state: 'suspended', reason: 'contract ends' } });
    expect((await line.run(['--tenant', 'birch', 'feeds'])).code).not.toBe(0);
    expect((await line.run(['tenants'])).stdout).toMatch(/birch +suspended .*contract ends/);
    expect((await line.json<TenantItem>('tenant-resume', 'birch')).value.state).toBe('active');
    const deleted = await line.run(['tenant-delete', 'birch']);
    expect(deleted.stdout).toMatch(/birch +deleted/);
    expect((await line.run(['tenant-resume', 'birch'])).code).toBe(1);
    expect((await line.json<TenantItem>('tenant-restore', 'birch')).value.state).toBe('active');
    expect((await line.run(['tenant-delete', 'birch', '--force'])).code).toBe(0);
    expect((await line.json<{ items: TenantItem[] }>('tenants')).value.items.map(({ id }) => id)).toEqual([
      demo.tenant,
    ]);
    expect((await line.run(['tenant-restore', 'birch'])).code).toBe(1);
  });

  test('an id that cannot be one is refused, and said to be', async () => {
    const { code, stderr } = await line.run(['tenant-create', 'no good']);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/id/);
  });
});
