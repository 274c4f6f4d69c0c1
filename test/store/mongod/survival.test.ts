import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import mongoose from 'mongoose';
import { gatewayIsAlive } from '../../../src/store/mongod/index.ts';
import { killServer, makeHolders, serverPid, until } from './holders.ts';

const holders = makeHolders();
afterAll(holders.close);

const marksIn = (uri: string) => {
  const client = new mongoose.mongo.MongoClient(uri, { serverSelectionTimeoutMS: 3_000, socketTimeoutMS: 5_000 });
  return { marks: client.db('rostergate').collection('marks'), close: () => client.close() };
};

describe('an embedded database', () => {
  test('keeps its data over orderly stops, kill -9 of the server, of the gateway and of both, and a move', async () => {
    const dataDir = holders.path('a');
    const first = await holders.start(dataDir);
    expect(first.outcome).toMatchObject({ ok: true, marks: 1 });
    expect(gatewayIsAlive(dataDir)).toBe(true);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    expect(statSync(join(dataDir, 'mongod.sock')).mode & 0o777).toBe(0o700);
    expect(await first.end('SIGTERM')).toBe(0);
    expect(gatewayIsAlive(dataDir)).toBe(false);
    expect(serverPid(dataDir)).toBeNaN();

    const second = await holders.start(dataDir);
    expect(second.outcome).toMatchObject({ ok: true, marks: 2 });
    await second.end('SIGKILL');
    expect(gatewayIsAlive(dataDir)).toBe(false);

    const afterGateway = await holders.start(dataDir);
    expect(afterGateway.outcome).toMatchObject({ ok: true, marks: 3 });
    await afterGateway.end('SIGKILL');
    killServer(dataDir);

    const afterBoth = await holders.start(dataDir);
    expect(afterBoth.outcome).toMatchObject({ ok: true, marks: 4 });
    await afterBoth.end('SIGKILL');

    const movedTo = holders.path('b');
    renameSync(dataDir, movedTo);
    const afterMove = await holders.start(movedTo);
    expect(afterMove.outcome).toMatchObject({ ok: true, marks: 5 });
    expect(await afterMove.end('SIGTERM')).toBe(0);
  });

  test('is brought back while the gateway runs, and clients reconnect', async () => {
    const dataDir = holders.path('c');
    const holder = await holders.start(dataDir);
    if (!holder.outcome.ok) throw new Error(holder.outcome.text);
    const { marks, close } = marksIn(holder.outcome.uri);
    expect(await marks.countDocuments()).toBe(1);
    const before = serverPid(dataDir);
    killServer(dataDir);
    await until(() => serverPid(dataDir) > 0 && serverPid(dataDir) !== before);
    // The new process listens a moment after it has written its number; what meets the gap is retried, as a client does.
    await until(async () => (await marks.countDocuments().catch(() => 0)) > 0);
    await until(async () =>
      marks.updateOne({ _id: 'again' as never }, { $set: { at: new Date() } }, { upsert: true }).then(
        () => true,
        () => false,
      ),
    );
    expect(await marks.countDocuments()).toBe(2);
    await close();
    expect(await holder.end('SIGTERM')).toBe(0);
  });

  test('refuses a second gateway on its folder and names the first', async () => {
    const dataDir = holders.path('d');
    const first = await holders.start(dataDir);
    const second = await holders.start(dataDir);
    expect(second.outcome).toMatchObject({ ok: false, code: 'conflict' });
    expect(second.outcome.ok ? '' : second.outcome.text).toMatch(
      /Another gateway \(process \d+\) is running on the data folder/,
    );
    expect(await first.end('SIGTERM')).toBe(0);
  });

  test('raises the compatibility of data that an older program wrote, and remembers it', async () => {
    const dataDir = holders.path('e');
    const first = await holders.start(dataDir);
    if (!first.outcome.ok) throw new Error(first.outcome.text);
    const { uri, version } = first.outcome;
    const major = Number(version.split('.')[0]);
    const client = new mongoose.mongo.MongoClient(uri);
    const confirm = major >= 7 ? { confirm: true } : {};
    await client.db('admin').command({ setFeatureCompatibilityVersion: `${major - 1}.0`, ...confirm });
    await client.close();
    await first.end('SIGTERM');
    writeFileSync(join(dataDir, 'db-version.json'), JSON.stringify({ program: 'x', compatibility: `${major - 1}.0` }));
    const second = await holders.start(dataDir);
    expect(second.outcome).toMatchObject({ ok: true, marks: 2 });
    expect(JSON.parse(readFileSync(join(dataDir, 'db-version.json'), 'utf8'))).toEqual({
      program: version,
      compatibility: `${major}.0`,
    });
    expect(await second.end('SIGTERM')).toBe(0);
  });

  test('works in a folder whose path is too long, or too odd, for a Unix socket', async () => {
    const dataDir = holders.path(`${'deep/'.repeat(25)}a folder, with: everything`);
    const holder = await holders.start(dataDir);
    expect(holder.outcome).toMatchObject({ ok: true, marks: 1 });
    expect(await holder.end('SIGTERM')).toBe(0);
  });
});
