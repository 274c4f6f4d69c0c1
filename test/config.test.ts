import { describe, expect, test } from '@jest/globals';
import { readConfig, settings, settingsTable } from '../src/config.ts';

const files = (content: Record<string, string>) => (path: string) => {
  const text = content[path];
  if (text === undefined) throw Object.assign(new Error('missing'), { code: 'ENOENT' });
  return text;
};
const none = files({});

const faultsOf = (env: Record<string, string>, read = none) => {
  const config = readConfig(env, read);
  return config.ok ? '' : config.problem.text;
};

describe('the settings', () => {
  test('have a sensible value each when nothing is set', () => {
    const config = readConfig({}, none);
    expect(config).toMatchObject({
      ok: true,
      value: { port: 3000, host: '127.0.0.1', soapPlainHttp: 'loopback', trustProxy: false, trashDays: 30 },
    });
    expect(config.ok && config.value.mongodbUri).toBeUndefined();
    expect(config.ok && config.value.dataDir).toBe(`${process.cwd()}/data`);
  });

  test('are frozen', () => {
    const config = readConfig({}, none);
    expect(config.ok && Object.isFrozen(config.value)).toBe(true);
  });

  test('report all their faults at once', () => {
    const text = faultsOf({
      PORT: '70000',
      LOG_LEVEL: 'loud',
      MONGODB_URI: 'http://db',
      TRASH_DAYS: '1.5',
      TRUST_PROXY: 'true',
      PUBLIC_URL: 'rostergate.example',
      MONGOD_CACHE_GB: 'much',
    });
    for (const name of [
      'PORT',
      'LOG_LEVEL',
      'MONGODB_URI',
      'TRASH_DAYS',
      'TRUST_PROXY',
      'PUBLIC_URL',
      'MONGOD_CACHE_GB',
    ]) {
      expect(text).toContain(`- ${name}: `);
    }
  });

  test('treat an empty variable as unset', () => {
    expect(readConfig({ PORT: '', MONGODB_URI: '' }, none)).toMatchObject({ ok: true, value: { port: 3000 } });
  });

  test('come from the file that ROSTERGATE_CONFIG names, and a variable goes before it', () => {
    const read = files({ '/etc/rg.json': '{"PORT": 4000, "TRASH_DAYS": "7", "TRUST_PROXY": false}' });
    const config = readConfig({ ROSTERGATE_CONFIG: '/etc/rg.json', TRASH_DAYS: '9' }, read);
    expect(config).toMatchObject({ ok: true, value: { port: 4000, trashDays: 9 } });
  });

  test('refuse a file with unknown keys, bad values or bad syntax', () => {
    const text = faultsOf({ ROSTERGATE_CONFIG: '/a' }, files({ '/a': '{"PROT": 1, "PORT": [1], "TRASH_DAYS": -1}' }));
    expect(text).toContain('unknown key "PROT"');
    expect(text).toContain('under PORT');
    expect(text).toContain('TRASH_DAYS: "-1" is not between');
    expect(faultsOf({ ROSTERGATE_CONFIG: '/a' }, files({ '/a': '{' }))).toContain('bad syntax');
    expect(faultsOf({ ROSTERGATE_CONFIG: '/gone' })).toContain('ENOENT');
  });

  test('take a secret from a file, without the end of its line', () => {
    const read = files({ '/run/secrets/pw': 'open sesame\n' });
    const config = readConfig({ BOOTSTRAP_PASSWORD_FILE: '/run/secrets/pw' }, read);
    expect(config).toMatchObject({ ok: true, value: { bootstrapPassword: 'open sesame' } });
    expect(faultsOf({ BOOTSTRAP_PASSWORD: 'x', BOOTSTRAP_PASSWORD_FILE: '/run/secrets/pw' }, read)).toContain(
      'both set',
    );
    expect(faultsOf({ MONGODB_URI_FILE: '/gone' })).toContain('MONGODB_URI_FILE: /gone cannot be read: ENOENT');
  });

  test('never repeat a secret in a fault', () => {
    expect(faultsOf({ MONGODB_URI: 'mongo://user:hunter2@db' })).not.toContain('hunter2');
  });

  test('take SECRETS_KEY as 32 bytes in base64 or hexadecimal digits, or from a file', () => {
    const key = Buffer.alloc(32, 0xfb);
    for (const text of [
      key.toString('base64'),
      key.toString('base64url'),
      key.toString('hex'),
      `${key.toString('hex')} `,
    ]) {
      expect(readConfig({ SECRETS_KEY: text }, none)).toMatchObject({ ok: true, value: { secretsKey: key } });
    }
    const read = files({ '/run/secrets/key': `${key.toString('base64')}\n` });
    expect(readConfig({ SECRETS_KEY_FILE: '/run/secrets/key' }, read)).toMatchObject({ value: { secretsKey: key } });
    const unset = readConfig({}, none);
    expect(unset.ok && unset.value.secretsKey).toBeUndefined();
  });

  test('take SECRETS_KEYS_OLD as such keys with commas between, and refuse the list where one is none', () => {
    const keys = [Buffer.alloc(32, 0xfb), Buffer.alloc(32, 7)] as const;
    const text = `${keys[0].toString('hex')}, ${keys[1].toString('base64')}`;
    expect(readConfig({ SECRETS_KEYS_OLD: text }, none)).toMatchObject({ value: { secretsKeysOld: keys } });
    const faults = faultsOf({ SECRETS_KEYS_OLD: `${text},hunter2` });
    expect(faults).toContain('SECRETS_KEYS_OLD: its value (a secret, not shown) is no list of keys');
    expect(faults).not.toContain('hunter2');
  });

  test('refuse a SECRETS_KEY of another size or alphabet, and do not repeat it', () => {
    for (const text of [
      'hunter2',
      'a'.repeat(63),
      'a'.repeat(65),
      Buffer.alloc(31, 1).toString('base64'),
      'ü'.repeat(43),
    ]) {
      expect(faultsOf({ SECRETS_KEY: text })).toBe(
        'The settings have faults:\n  - SECRETS_KEY: its value (a secret, not shown) is not 32 bytes as base64 or as 64 hexadecimal digits',
      );
    }
  });

  test('refuse an OPERATOR_KEY that could be guessed or sent wrongly, and do not repeat it', () => {
    const key = 'k'.repeat(32);
    expect(readConfig({ OPERATOR_KEY: key }, none)).toMatchObject({ ok: true, value: { operatorKey: key } });
    for (const text of ['k'.repeat(31), 'with a space'.repeat(4), 'ü'.repeat(40)]) {
      expect(faultsOf({ OPERATOR_KEY: text })).toBe(
        'The settings have faults:\n  - OPERATOR_KEY: its value (a secret, not shown) is not 32 to 1,024 visible ASCII characters without spaces',
      );
    }
  });

  test('are all in the table for the README', () => {
    const table = settingsTable();
    for (const { name } of Object.values(settings)) expect(table).toContain(`\`${name}\``);
  });
});
