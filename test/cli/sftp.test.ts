import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CredentialItem, MadeCredential } from '../../src/roster/index.ts';
import type { SftpServerInfo } from '../../src/transports/index.ts';
import { makeKeyPair } from '../transports/sftp-clients.ts';
import { type CommandLine, makeCommandLine } from './command-line.ts';
import { ways } from './ways.ts';

describe.each(Object.entries(ways))('SFTP accounts by %s', (_way, start) => {
  let line: CommandLine;
  let folder: string;
  let close: () => Promise<void>;
  const key = makeKeyPair();
  beforeAll(async () => {
    const started = await start();
    line = await makeCommandLine(started.settings);
    ({ close } = started);
    folder = await mkdtemp(join(tmpdir(), 'rostergate-keys-'));
    await writeFile(join(folder, 'id.pub'), `# of the school\n${key.public.trim()} roster@school\n`);
    await writeFile(join(folder, 'id'), key.private);
    await writeFile(join(folder, 'empty.pub'), '\n');
  });
  afterAll(async () => {
    await line.close();
    await close();
    await rm(folder, { recursive: true });
  });
  const create = (name: string, ...more: string[]) =>
    line.json<MadeCredential>('credential', name, '--create', 'sftp', '--feeds', 'nightly', ...more);

  test('sftp shows the fingerprints of the host keys, and that no server runs', async () => {
    const { code, value } = await line.json<SftpServerInfo>('sftp');
    expect([code, value.port]).toEqual([0, null]);
    expect(value.hostKeys.map(({ type }) => type)).toEqual(['ssh-ed25519', 'ecdsa-sha2-nistp256']);
    const shown = await line.run(['sftp']);
    expect(shown.stdout).toContain('set SFTP_PORT');
    for (const { fingerprint } of value.hostKeys) expect(shown.stdout).toContain(fingerprint);
  });

  test('credential makes one with a password, which is told once, and another password for it', async () => {
    const made = await create('school');
    expect(made).toMatchObject({ code: 0, value: { kinds: ['sftp'], feeds: ['nightly'], publicKeys: [] } });
    expect(made.value.secret?.length).toBeGreaterThan(20);
    const again = await line.json<MadeCredential>('credential', 'school', '--new-secret');
    expect(again.value.secret).not.toBe(made.value.secret);
    const listed = await line.run(['credentials', '--json']);
    expect(listed.stdout).not.toContain(again.value.secret);
  });

  test('credential makes one with public keys and no password, and takes the keys away again', async () => {
    const made = await create('keys', '--public-keys', join(folder, 'id.pub'));
    expect(made).toMatchObject({ code: 0, value: { publicKeys: [key.public.trim()] } });
    expect(made.value).not.toHaveProperty('secret');
    expect((await line.run(['credentials'])).stdout).toContain('1 public key');
    const none = await line.json<CredentialItem>('credential', 'keys', '--public-keys', 'none');
    expect(none).toMatchObject({ code: 0, value: { publicKeys: [] } });
    const told = await line.run([
      'credential',
      'more-keys',
      '--create',
      'sftp',
      '--feeds',
      'nightly',
      '--public-keys',
      join(folder, 'id.pub'),
    ]);
    expect(told.stdout).toContain('comes in by its public keys');
  });

  test('what is no public key, or another kind of credential, is refused with what is wrong', async () => {
    for (const [file, text] of [
      ['id', 'holds a private key'],
      ['empty.pub', 'holds no public key'],
      ['gone.pub', 'cannot be read'],
    ] as const) {
      const wrong = await line.run([
        'credential',
        'wrong',
        '--create',
        'sftp',
        '--feeds',
        'nightly',
        '--public-keys',
        join(folder, file),
      ]);
      expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining(text)]);
    }
    const other = await line.run(['credential', 'wrong', '--create', 'soap', '--public-keys', join(folder, 'id.pub')]);
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining('Only an SFTP account has public keys')]);
    const nobodys = await line.run(['credential', 'wrong', '--create', 'sftp']);
    expect([nobodys.code, nobodys.stderr]).toEqual([1, expect.stringContaining('of one feed')]);
  });

  test('credential disables and deletes one', async () => {
    await create('leaver');
    const changed = await line.json<CredentialItem>('credential', 'leaver', '--disable');
    expect(changed).toMatchObject({ code: 0, value: { state: 'disabled' } });
    expect((await line.run(['credential', 'leaver', '--delete'])).code).toBe(0);
    expect((await line.run(['credential', 'leaver', '--delete'])).code).toBe(1);
  });
});
