import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { MongoMemoryServer } from 'mongodb-memory-server-core';
import { silentLog } from '../../../src/base/log.ts';
import { fitness } from '../../../src/store/mongod/data-version.ts';
import { holderOf, takeFolder } from '../../../src/store/mongod/folder-lock.ts';
import { findMongod, openDatabase } from '../../../src/store/mongod/index.ts';
import { versionOfProgram } from '../../../src/store/mongod/program.ts';
import { prepareSocketFolder, socketPathOf } from '../../../src/store/mongod/socket-path.ts';
import { testMongod, testUri } from '../../setup/database.ts';

const root = mkdtempSync(join(tmpdir(), 'rg-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const options = (more: { uri?: string; dataDir?: string; env?: Record<string, string> }) => ({
  dataDir: join(root, 'unused'),
  cacheGb: 0.25,
  env: { MONGOMS_SYSTEM_BINARY: testMongod() },
  progress: () => undefined,
  log: silentLog,
  ...more,
});

const textOf = (result: { ok: true } | { ok: false; problem: { text: string } }) =>
  result.ok ? '' : result.problem.text;

describe('MONGODB_URI', () => {
  test('is used when it leads to a replica set', async () => {
    const database = await openDatabase(options({ uri: testUri('mine') }));
    expect(database).toMatchObject({ ok: true, value: { kind: 'external', name: 'mine' } });
    if (!database.ok) return;
    await database.value.ping();
    await database.value.close();
  });

  test('is refused when it leads to a standalone server, with the remedy', async () => {
    const version = await versionOfProgram(testMongod());
    if (!version.ok) throw new Error(version.problem.text);
    const alone = await MongoMemoryServer.create({ binary: { systemBinary: testMongod(), version: version.value } });
    try {
      const text = textOf(await openDatabase(options({ uri: alone.getUri() })));
      expect(text).toContain('stands alone');
      expect(text).toContain('rs.initiate()');
    } finally {
      await alone.stop();
    }
  });

  test('is refused when nothing answers, without repeating its password', async () => {
    const uri = 'mongodb://me:hunter2@127.0.0.1:9/x?serverSelectionTimeoutMS=200';
    const text = textOf(await openDatabase(options({ uri })));
    expect(text).toContain('cannot be used');
    expect(text).not.toContain('hunter2');
    expect(textOf(await openDatabase(options({ uri: 'mongodb://me:hunter2@' })))).not.toContain('hunter2');
  });
});

describe('the lock of a data folder', () => {
  test('of a dead process, of a process number used again, or unreadable counts for nothing', () => {
    for (const [index, text] of [
      '{"pid":999999999,"start":"x","host":"h"}',
      `{"pid":${process.pid},"start":"x","host":"h"}`,
      '{',
    ].entries()) {
      const folder = join(root, `stale-${index}`);
      mkdirSync(folder);
      writeFileSync(join(folder, 'gateway.lock'), text);
      expect(holderOf(folder)).toBeUndefined();
      expect(takeFolder(folder, 'gateway').ok).toBe(true);
      expect(holderOf(folder)?.pid).toBe(process.pid);
    }
  });

  test('is given to one of many who want it, and says whether a gateway or a command has it', () => {
    const folder = join(root, 'contested');
    mkdirSync(folder);
    const taken = [takeFolder(folder, 'command'), takeFolder(folder, 'gateway'), takeFolder(folder, 'gateway')];
    expect(taken.map((lock) => lock.ok)).toEqual([true, false, false]);
    expect(holderOf(folder)?.holder).toBe('command');
    for (const lock of taken) if (lock.ok) lock.value.release();
    expect(takeFolder(folder, 'gateway').ok).toBe(true);
  });
});

describe('the socket of an embedded server', () => {
  const longest = 107 - '/mongod.sock'.length;

  test('is in the data folder while its path has 107 bytes at most', () => {
    const folder = `/${'x'.repeat(longest - 1)}`;
    expect(socketPathOf(folder, {})).toBe(`${folder}/mongod.sock`);
    expect(socketPathOf(`${folder}x`, {})).toMatch(/\/rostergate-[0-9a-f]{16}\/mongod\.sock$/);
  });

  test('goes to XDG_RUNTIME_DIR when the data folder is too deep or odd, and to /tmp when that is too', () => {
    expect(socketPathOf('/a:b', { XDG_RUNTIME_DIR: '/run/user/1' })).toMatch(/^\/run\/user\/1\/rostergate-/);
    expect(socketPathOf('/a b', { XDG_RUNTIME_DIR: `/${'y'.repeat(100)}` })).toMatch(/^\/tmp.*\/rostergate-/);
  });

  test('is not put into a folder that others may write to', () => {
    const folder = join(root, 'open');
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    expect(textOf(prepareSocketFolder(join(folder, 'mongod.sock'), '/elsewhere'))).toContain(
      'belongs to this user alone',
    );
  });
});

describe('the version of a data folder', () => {
  test('admits the same version and one major version newer, nothing else', () => {
    expect(['6.0.5', '7.0.2', '8.0.1', '5.0.1', '6.1.0'].map((version) => fitness(version, '6.0'))).toEqual([
      'same',
      'newer',
      'unfit',
      'unfit',
      'newer',
    ]);
    expect(fitness('8.0.17', '8.2')).toBe('unfit');
  });

  test('refuses a program that does not fit, before it is tried', async () => {
    const dataDir = join(root, 'old');
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'db-version.json'), '{"program":"3.6.1","compatibility":"3.6"}');
    expect(textOf(await openDatabase(options({ dataDir })))).toContain('cannot open data of MongoDB 3.6');
  });
});

describe('looking for a MongoDB program', () => {
  test('does not go past MONGOMS_SYSTEM_BINARY when that does not run', async () => {
    const text = textOf(await findMongod({ env: { MONGOMS_SYSTEM_BINARY: '/no/mongod' }, progress: () => undefined }));
    expect(text).toContain('there is no such file');
    expect(text).toContain('unset it');
  });

  test('names every source with its answer and the remedy when none has one, within seconds', async () => {
    const home = join(root, 'home');
    const folder = join(root, 'bin');
    mkdirSync(folder);
    writeFileSync(join(folder, 'mongod'), '#!/bin/sh\necho "error while loading libcurl.so.4" >&2\nexit 127\n', {
      mode: 0o755,
    });
    const env = {
      PATH: folder,
      HOME: home,
      XDG_CACHE_HOME: home,
      MONGOMS_DOWNLOAD_DIR: home,
      MONGOMS_DOWNLOAD_MIRROR: 'http://127.0.0.1:9',
    };
    const began = Date.now();
    const text = textOf(await findMongod({ env, progress: () => undefined }));
    expect(Date.now() - began).toBeLessThan(8_000);
    for (const part of [
      'mongod on PATH',
      'apt-get install libcurl4',
      "memory-server's cache",
      'download of 8.0',
      'PyPI',
      'MONGODB_URI',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).toContain('there is no python3');
  });
});

test('A mongod of somebody else on the folder is named as the reason', async () => {
  const dataDir = join(root, 'taken');
  mkdirSync(join(dataDir, 'db'), { recursive: true });
  const socket = join(root, 'other.sock');
  // Started with a configuration file, it is none of ours to end.
  const config = join(root, 'other.conf');
  writeFileSync(config, `storage: {dbPath: ${join(dataDir, 'db')}}\nnet: {bindIp: ${socket}}\n`);
  const other = spawn(testMongod(), ['-f', config, '--nounixsocket'], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    await new Promise<void>((resolve) => {
      other.stdout.on('data', (chunk: Buffer) => {
        if (chunk.includes('Waiting for connections')) resolve();
      });
    });
    const text = textOf(await openDatabase(options({ dataDir })));
    expect(text).toContain('another mongod is running on this data folder');
    expect(other.exitCode).toBeNull();
  } finally {
    other.kill('SIGKILL');
  }
});
