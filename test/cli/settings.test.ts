import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CredentialItem, MadeCredential, Sharing, TenantSettings } from '../../src/roster/index.ts';
import { startAdmin } from '../admin/gateway.ts';
import { demo } from '../setup/services.ts';
import { type CommandLine, makeCommandLine } from './command-line.ts';
import { ways } from './ways.ts';

describe.each(Object.entries(ways))('settings and credentials by %s', (_way, start) => {
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

  test('settings shows each as --set takes it, and changes those that are named', async () => {
    const shown = await line.run(['settings']);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain('imsEs.behaviour=compatible\nimsEs.itemsPerRequest=1000\n');
    const set = ['--set', 'imsEs.behaviour=strict', 'imsEs.lengths.personId=64'];
    const { code, value } = await line.json<TenantSettings>('settings', ...set);
    expect(code).toBe(0);
    expect(value.imsEs).toMatchObject({ behaviour: 'strict', itemsPerRequest: 1000, lengths: { personId: 64 } });
    const again = await line.run(['settings']);
    expect(again.stdout).toContain('imsEs.behaviour=strict\n');
    const pairs = again.stdout.trim().split('\n');
    expect(await line.json('settings', '--set', ...pairs)).toMatchObject({ code: 0, value });
  });

  test('a wrong setting exits with 2 and is named', async () => {
    for (const [pair, text] of [
      ['imsEs.behaviour=kind', /imsEs\.behaviour must be one of compatible, strict/],
      ['imsEs.itemsPerRequest=0', /imsEs\.itemsPerRequest must be >= 1/],
      ['imsEs.colour=red', /imsEs\.colour is not known here/],
    ] as const) {
      const { code, stdout, stderr } = await line.run(['settings', '--set', pair]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(text);
    }
  });

  test('digest --allow reads the password from standard input, --deny needs none, credentials lists', async () => {
    const allowed = await line.spawn(['digest', demo.user, '--allow'], `${demo.password}\n`);
    expect(allowed).toMatchObject({ code: 0, stdout: `${demo.user} may log in by PasswordDigest.\n` });
    const listed = await line.run(['credentials']);
    expect(listed.stdout).toMatch(
      new RegExp(`^${demo.user} +soap, oneroster, admin +allowed +no +\\d{4}-.* all$`, 'm'),
    );
    const denied = await line.json<CredentialItem>('digest', demo.user, '--deny');
    expect(denied).toMatchObject({ code: 0, value: { name: demo.user, passwordDigest: false } });
    const { value } = await line.json<{ items: CredentialItem[] }>('credentials');
    expect(value.items).toMatchObject([{ name: demo.user, passwordDigest: false }]);
  });

  test('a wrong password and an unknown name fail with 1, and the password is not repeated', async () => {
    for (const name of [demo.user, 'nobody']) {
      const { code, stdout, stderr } = await line.spawn(['digest', name, '--allow'], 'not-the-password');
      expect({ name, code, stdout }).toEqual({ name, code: 1, stdout: '' });
      expect(stderr).not.toContain('not-the-password');
    }
  });

  test('credential makes one, changes its scopes, lets it sign, and deletes it', async () => {
    const made = await line.json<MadeCredential>('credential', 'tool', '--create', 'oneroster', '--scopes', 'import');
    expect(made).toMatchObject({ code: 0, value: { name: 'tool', kinds: ['oneroster'], oauth1: 'denied' } });
    expect(made.value.secret?.length).toBeGreaterThan(20);
    expect((await line.run(['credential', 'tool', '--create', 'oneroster'])).code).toBe(1);
    const changed = await line.json<CredentialItem>('credential', 'tool', '--scopes', 'roster-core.readonly');
    expect(changed.value.scopes).toHaveLength(2);
    const signs = await line.spawn(['credential', 'tool', '--oauth1', '--sha1', '--json'], made.value.secret);
    expect(JSON.parse(signs.stdout)).toMatchObject({ oauth1: 'HMAC-SHA256 and HMAC-SHA1' });
    const denied = await line.json<CredentialItem>('credential', 'tool', '--no-oauth1');
    expect(denied.value.oauth1).toBe('denied');
    expect((await line.run(['credential', 'tool'])).code).toBe(2);
    expect((await line.run(['credential', 'tool', '--sha1', '--delete'])).code).toBe(2);
    expect((await line.run(['credential', 'tool', '--delete'])).code).toBe(0);
    expect((await line.run(['credential', 'tool', '--delete'])).code).toBe(1);
  });

  test('credential makes an API key with limits, changes them, and gives it another secret', async () => {
    const limits = ['--feeds', 'sis', 'lab', '--networks', '192.0.2.0/24', '--expires', '2099-07-31T00:00:00Z'];
    const made = await line.json<MadeCredential>(
      'credential',
      'night',
      '--create',
      'key',
      '--role',
      'viewer',
      ...limits,
    );
    expect(made).toMatchObject({
      code: 0,
      value: {
        kinds: ['key'],
        role: 'viewer',
        state: 'active',
        expiresAt: '2099-07-31T00:00:00.000Z',
        networks: ['192.0.2.0/24'],
        feeds: ['sis', 'lab'],
        lastUsedAt: null,
      },
    });
    const free = ['--networks', 'any', '--feeds', 'all', '--expires', 'never', '--role', 'operator', '--disable'];
    const changed = await line.json<CredentialItem>('credential', 'night', ...free);
    const none = { networks: null, feeds: null, expiresAt: null };
    expect(changed.value).toMatchObject({ ...none, role: 'operator', state: 'disabled' });
    expect((await line.run(['credential', 'night', '--enable'])).stdout).toMatch(
      /^night +key .* operator +active +never/m,
    );
    const renewed = await line.json<MadeCredential>('credential', 'night', '--new-secret');
    expect(renewed.value.secret).toMatch(/^rg_/);
    expect(renewed.value.secret).not.toBe(made.value.secret);
    expect((await line.run(['credential', 'night', '--enable', '--disable'])).code).toBe(2);
    expect((await line.run(['credential', 'night', '--new-secret', '--delete'])).code).toBe(2);
    expect((await line.run(['credential', 'other', '--create', 'key'])).code).toBe(1);
    expect((await line.run(['credential', 'night', '--delete'])).code).toBe(0);
  });

  test('sharing sets all rules at once, shows them and what they leave, and takes them away', async () => {
    await line.run(['credential', 'library', '--create', 'oneroster']);
    expect((await line.run(['sharing', 'library'])).stdout).toContain('all of the tenant');
    const rules = [
      '--schools',
      'north',
      '--roles',
      'student',
      '--hide',
      'user.email',
      'user.sms',
      '--show',
      'class.grades',
    ];
    const set = await line.json<Sharing>('sharing', 'library', ...rules);
    const fields = { user: { hidden: ['email', 'sms'] }, class: { allowed: ['grades'] } };
    expect(set).toMatchObject({ code: 0, value: { schools: ['north'], roles: ['student'], fields } });
    expect((await line.json<Sharing>('sharing', 'library')).value).toEqual(set.value);
    const preview = await line.run(['sharing', 'library', '--preview']);
    expect(preview.stdout).toContain('There is no org north');
    expect(preview.stdout).toMatch(/^users +0 +0$/m);
    const wrong = await line.run(['sharing', 'library', '--hide', 'user.givenName']);
    expect([wrong.code, wrong.stdout]).toEqual([2, '']);
    expect((await line.run(['sharing', 'library', '--all', '--preview'])).code).toBe(2);
    expect((await line.json<Sharing>('sharing', 'library', '--all')).value).toEqual({});
    expect((await line.run(['sharing', 'nobody'])).code).toBe(1);
  });
});

test('sessions lists who is signed in, and session-end ends one of them', async () => {
  const { url, sessions, close } = await startAdmin({ start: false });
  const line = await makeCommandLine({ ROSTERGATE_URL: url.replace(/\/api\/v1$/, ''), ROSTERGATE_KEY: demo.password });
  const signedIn = await sessions.signIn(demo.user, { password: demo.password });
  if (!signedIn.ok) throw new Error(signedIn.problem.text);
  const { session, token } = signedIn.value;
  expect((await line.run(['sessions'])).stdout).toMatch(new RegExp(`^${session.id} +${demo.user} +admin `, 'm'));
  expect(await line.run(['session-end', session.id])).toMatchObject({ code: 0, stdout: 'The session is over.\n' });
  expect((await sessions.find(token)).ok).toBe(false);
  expect((await line.run(['session-end', session.id])).code).toBe(1);
  await line.close();
  await close();
});
