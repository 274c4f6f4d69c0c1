import {
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FolderSettings } from '../../src/sync/index.ts';
import { type Arrival, ArrivalBroken, makeFolderLooker, type Taken } from '../../src/transports/index.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { type MovedClock, movedClock } from '../setup/moved-clock.ts';
import { type TestServices, testServices } from '../setup/services.ts';

const tenant = 'demo';
const never = new AbortController().signal;
let root: string;
let outside: string;
let clock: MovedClock;
let services: TestServices;
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'rostergate-drop-')));
  outside = await realpath(await mkdtemp(join(tmpdir(), 'rostergate-outside-')));
  await writeFile(join(outside, 'secret.xml'), 'secret');
  clock = movedClock(new Date());
  services = await testServices({ clock, dropFolders: [root] });
});
afterAll(async () => {
  await services.close();
  await rm(root, { recursive: true });
  await rm(outside, { recursive: true });
});

const school = enterpriseFile({ persons: manyIds('p', 2) });

/** A feed with a folder of its own, which nobody looks at but the test; answers the folder. */
async function feedWith(name: string, settings: Partial<FolderSettings> = {}): Promise<string> {
  const folder = join(root, tenant, name);
  await mkdir(folder, { recursive: true });
  const wanted = { transport: 'folder', schedule: '0 0 29 2 *', folder: { path: name, whole: 'rename', ...settings } };
  const put = await services.sync.putFeed(services.context, name, wanted);
  if (!put.ok) throw new Error(put.problem.text);
  return folder;
}

async function look(name: string, looker = services.transports.lookers.find(({ kind }) => kind === 'folder')) {
  const feed = await services.sync.feed(services.context, name);
  if (feed === undefined || looker === undefined) throw new Error('no feed');
  return looker.look({ tenant, feed: name }, feed, never);
}

async function seen(name: string): Promise<readonly Arrival[]> {
  const found = await look(name);
  if (!found.ok) throw new Error(found.problem.text);
  return found.value;
}

const names = async (name: string) => (await seen(name)).map((arrival) => arrival.name);

async function takeAll(name: string): Promise<Taken[]> {
  const taken: Taken[] = [];
  for (const arrival of await seen(name)) {
    taken.push(await services.transports.intake.take({ tenant, feed: name }, 'folder', arrival, never));
  }
  return taken;
}

describe('A watched folder', () => {
  test('takes a file once and moves it to done, one that is no file of the feed to failed', async () => {
    const folder = await feedWith('moved');
    await writeFile(join(folder, 'a.xml'), school);
    await writeFile(join(folder, 'b.xml'), '');
    const taken = await takeAll('moved');
    expect(taken).toMatchObject([{ state: 'taken' }, { state: 'refused' }]);
    const [first] = taken;
    const run = first?.state === 'taken' ? first.run : '';
    expect(await services.sync.wait(services.context, run)).toMatchObject({ state: 'done', file: { name: 'a.xml' } });
    expect((await readdir(folder)).sort()).toEqual(['done', 'failed']);
    const [kept = ''] = await readdir(join(folder, 'done'));
    expect(kept).toMatch(/^\d{8}T\d{6}\.\d{3}Z-a\.xml$/);
    expect(await readFile(join(folder, 'done', kept), 'utf8')).toBe(school);
    expect(await readdir(join(folder, 'failed'))).toEqual([expect.stringMatching(/-b\.xml$/)]);
    expect(await seen('moved')).toEqual([]);
  });

  test('takes a file of the same name again that was put there anew, and one that was put back', async () => {
    const folder = await feedWith('again');
    await writeFile(join(folder, 'a.xml'), school);
    expect(await takeAll('again')).toMatchObject([{ state: 'taken' }]);
    await writeFile(join(folder, 'a.xml'), school);
    expect(await takeAll('again')).toMatchObject([{ state: 'taken' }]);
    const [old = ''] = await readdir(join(folder, 'done'));
    await rename(join(folder, 'done', old), join(folder, 'a.xml'));
    expect(await takeAll('again')).toMatchObject([{ state: 'taken' }]);
  });

  test('keeps or deletes files, as the feed says; a kept one is taken once', async () => {
    const kept = await feedWith('kept', { after: 'keep' });
    await writeFile(join(kept, 'a.xml'), school);
    expect(await takeAll('kept')).toMatchObject([{ state: 'taken' }]);
    expect(await takeAll('kept')).toMatchObject([{ state: 'known' }]);
    expect(await readdir(kept)).toEqual(['a.xml']);
    await writeFile(join(kept, 'a.xml'), `${school} `);
    expect(await takeAll('kept')).toMatchObject([{ state: 'taken' }]);
    const deleted = await feedWith('deleted', { after: 'delete' });
    await writeFile(join(deleted, 'a.xml'), school);
    expect(await takeAll('deleted')).toMatchObject([{ state: 'taken' }]);
    expect(await readdir(deleted)).toEqual([]);
  });

  test('sees the newest file behind many that it keeps, and says when they are too many', async () => {
    const folder = await feedWith('old', { after: 'keep' });
    const write = (from: number, to: number) =>
      Promise.all(Array.from({ length: to - from }, (_, index) => writeFile(join(folder, `${from + index}.xml`), 'x')));
    await write(0, 150);
    expect(await seen('old')).toHaveLength(150);
    await write(150, 1_001);
    expect(await look('old')).toMatchObject({ ok: false, problem: { code: 'too-large' } });
  });

  test('sees new files behind many that cannot be moved out of the way', async () => {
    const folder = await feedWith('stuck', { pattern: '*.xml' });
    // Files where the folders should be that files are moved to.
    for (const name of ['done', 'failed']) await writeFile(join(folder, name), '');
    for (let index = 0; index < 100; index += 1) await writeFile(join(folder, `${index}.xml`), '');
    const later = new Date(Date.now() + 60_000);
    await writeFile(join(folder, 'new.xml'), school);
    await utimes(join(folder, 'new.xml'), later, later);
    expect(await takeAll('stuck')).toHaveLength(100);
    expect((await takeAll('stuck'))[0]).toMatchObject({ state: 'taken' });
  });

  test('sees only names of its pattern, and never names that files have while they are written', async () => {
    const folder = await feedWith('pattern', { pattern: 'night-?.*' });
    for (const name of [
      'night-1.xml',
      'night-10.xml',
      'Night-1.xml',
      'night-1.xml.part',
      'night-2.TMP',
      '.night-1.xml',
      'night-3.xml.filepart',
      'night-4.xml~',
      'night-a.b.c',
    ]) {
      await writeFile(join(folder, name), school);
    }
    await mkdir(join(folder, 'night-5.xml'));
    expect((await names('pattern')).sort()).toEqual(['night-1.xml', 'night-a.b.c']);
  });

  test('gives the oldest first', async () => {
    const folder = await feedWith('order');
    for (const [at, name] of ['c', 'a', 'b'].entries()) {
      await writeFile(join(folder, name), school);
      await utimes(join(folder, name), at + 1000, at + 1000);
    }
    expect(await names('order')).toEqual(['c', 'a', 'b']);
  });

  test('takes a settled file when nothing was written to it for some time', async () => {
    const folder = await feedWith('settled', { whole: 'settled', settleSeconds: 30 });
    clock.set(new Date());
    await writeFile(join(folder, 'a.xml'), school);
    expect(await names('settled')).toEqual([]);
    clock.pass(20_000);
    expect(await names('settled')).toEqual([]);
    await writeFile(join(folder, 'a.xml'), `${school}\n`);
    clock.pass(15_000);
    await utimes(join(folder, 'a.xml'), clock.now(), clock.now());
    expect(await names('settled')).toEqual([]);
    clock.pass(31_000);
    expect(await names('settled')).toEqual(['a.xml']);
  });

  test('takes a file that looks the same at two looks where its server’s clock is ahead', async () => {
    const folder = await feedWith('ahead', { whole: 'settled', settleSeconds: 30 });
    await writeFile(join(folder, 'a.xml'), school);
    const later = new Date(clock.now().getTime() + 86_400_000);
    await utimes(join(folder, 'a.xml'), later, later);
    expect(await names('ahead')).toEqual([]);
    clock.pass(29_000);
    expect(await names('ahead')).toEqual([]);
    clock.pass(1_000);
    expect(await names('ahead')).toEqual(['a.xml']);
  });

  test('takes a file with a marker when the marker is there, and removes both', async () => {
    const folder = await feedWith('marker', { whole: 'marker', after: 'delete' });
    await writeFile(join(folder, 'a.xml'), school);
    expect(await names('marker')).toEqual([]);
    await writeFile(join(folder, 'a.xml.done'), '');
    expect(await takeAll('marker')).toMatchObject([{ state: 'taken' }]);
    expect(await readdir(folder)).toEqual([]);
  });

  test('two gateways take a file once', async () => {
    const folder = await feedWith('two');
    await writeFile(join(folder, 'a.xml'), school);
    const other = await look('two', makeFolderLooker({ roots: [root], clock }));
    if (!other.ok) throw new Error(other.problem.text);
    const all = [...other.value, ...(await seen('two'))];
    const place = { tenant, feed: 'two' };
    const taken = await Promise.all(all.map((one) => services.transports.intake.take(place, 'folder', one, never)));
    expect(taken.filter(({ state }) => state === 'taken')).toHaveLength(1);
    expect(await readdir(join(folder, 'done'))).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['done']);
  });

  test('a file that changes while it is read is not taken, nor moved away, and is seen again', async () => {
    const folder = await feedWith('changing');
    await writeFile(join(folder, 'a.xml'), Buffer.alloc(600_000, ' '));
    const [arrival] = await seen('changing');
    const bytes = await arrival?.open(never);
    if (bytes?.ok !== true) throw new Error('not opened');
    const reading = async () => {
      let parts = 0;
      for await (const _part of bytes.value) {
        parts += 1;
        if (parts === 1) await writeFile(join(folder, 'a.xml'), 'x', { flag: 'a' });
      }
    };
    await expect(reading()).rejects.toBeInstanceOf(ArrivalBroken);
    await arrival?.settle?.('taken');
    expect(await readdir(folder)).toEqual(['a.xml']);
    expect(await arrival?.open(never)).toMatchObject({ ok: false, problem: { code: 'busy' } });
    expect(await names('changing')).toEqual(['a.xml']);
  });
});

describe('A watched folder leads nowhere else', () => {
  test.each(['../other', 'a/../../b', '/etc', 'a//b', './a', 'a/.', 'a\\b', 'a/'])(
    'the path %j is refused',
    async (path) => {
      const settings = { transport: 'folder', folder: { path } };
      const put = await services.sync.putFeed(services.context, 'escaping', settings);
      expect(put).toMatchObject({ ok: false, problem: { code: 'invalid-request', place: { field: 'folder.path' } } });
    },
  );

  test('another tenant’s folder, one that is a link and one that is not there are no folders of the feed', async () => {
    await feedWith('linked');
    await rm(join(root, tenant, 'linked'), { recursive: true });
    await symlink(outside, join(root, tenant, 'linked'));
    expect(await look('linked')).toMatchObject({ ok: false, problem: { code: 'conflict' } });
    await feedWith('gone');
    await rm(join(root, tenant, 'gone'), { recursive: true });
    expect(await look('gone')).toMatchObject({ ok: false, problem: { text: expect.stringContaining('DROP_FOLDERS') } });
    expect(await look('gone', makeFolderLooker({ roots: [], clock }))).toMatchObject({ ok: false });
    const feed = await services.sync.feed(services.context, 'moved');
    const looker = makeFolderLooker({ roots: [root], clock });
    if (feed === undefined) throw new Error('no feed');
    for (const name of ['other', '..', '../demo', '']) {
      expect(await looker.look({ tenant: name, feed: 'moved' }, feed, never)).toMatchObject({ ok: false });
    }
  });

  test('links, hard links and what is no file are never taken', async () => {
    const folder = await feedWith('links');
    await symlink(join(outside, 'secret.xml'), join(folder, 'soft.xml'));
    await link(join(outside, 'secret.xml'), join(folder, 'hard.xml'));
    await mkdir(join(folder, 'folder.xml'));
    expect(await seen('links')).toEqual([]);
  });

  test('a link swapped in after the look is not followed, for the file or for the folder above it', async () => {
    const folder = await feedWith('swapped');
    await writeFile(join(folder, 'secret.xml'), school);
    const [arrival] = await seen('swapped');
    await rename(join(folder, 'secret.xml'), join(folder, 'old'));
    await symlink(join(outside, 'secret.xml'), join(folder, 'secret.xml'));
    expect(await arrival?.open(never)).toMatchObject({ ok: false, problem: { code: 'busy' } });
    await rename(folder, `${folder}-away`);
    await symlink(outside, folder);
    expect(await arrival?.open(never)).toMatchObject({ ok: false, problem: { code: 'busy' } });
    await arrival?.settle?.('taken');
    expect(await readdir(outside)).toEqual(['secret.xml']);
  });

  test('a link in place of the folder done is not followed', async () => {
    const folder = await feedWith('done');
    await symlink(outside, join(folder, 'done'));
    await writeFile(join(folder, 'a.xml'), school);
    expect(await takeAll('done')).toMatchObject([{ state: 'taken' }]);
    expect(await readdir(outside)).toEqual(['secret.xml']);
    expect(await takeAll('done')).toMatchObject([{ state: 'known' }]);
  });
});
