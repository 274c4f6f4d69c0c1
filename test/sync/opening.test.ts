import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as openpgp from 'openpgp';
import { problem } from '../../src/base/problem.ts';
import { makeImsEnterpriseXmlReader } from '../../src/protocols/ims-enterprise-xml/index.ts';
import { makeOneRosterCsvReader } from '../../src/protocols/oneroster-csv/index.ts';
import type { Run } from '../../src/sync/index.ts';
import { ArrivalBroken } from '../../src/transports/index.ts';
import { writeZip } from '../../src/wire/index.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { type TestServices, testServices } from '../setup/services.ts';

type Keys = { readonly privateKey: string; readonly publicKey: string };
let services: TestServices;
let own: Keys;
let sender: Keys;
let stranger: Keys;

const newKeys = async (passphrase?: string): Promise<Keys> =>
  openpgp.generateKey({
    type: 'ecc',
    userIDs: [{ name: 'Test', email: 'test@example.org' }],
    format: 'armored',
    ...(passphrase === undefined ? {} : { passphrase }),
  });

beforeAll(async () => {
  services = await testServices({
    readers: [makeImsEnterpriseXmlReader(), makeOneRosterCsvReader()],
    maxFileBytes: 6_000_000,
  });
  [own, sender, stranger] = await Promise.all([newKeys('pass'), newKeys(), newKeys()]);
  await services.sync.putFeed(services.context, 'plain', {});
  const pgp = { privateKey: own.privateKey, passphrase: 'pass' };
  await services.sync.putFeed(services.context, 'pgp', { pgp });
  const verificationKeys = sender.publicKey;
  await services.sync.putFeed(services.context, 'signed', { pgp: { ...pgp, required: true, verificationKeys } });
});
afterAll(() => services.close());

const school = Buffer.from(enterpriseFile({ persons: manyIds('p', 3) }));

async function* chunksOf(bytes: Uint8Array, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function zipOf(files: Readonly<Record<string, Uint8Array>>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const all = (async function* () {
    for (const [name, bytes] of Object.entries(files)) yield { name, bytes: chunksOf(bytes) };
  })();
  for await (const part of writeZip(all)) parts.push(part);
  return Buffer.concat(parts);
}

async function encipher(bytes: Uint8Array, { to = own, by, armor = false, compressed = false }: Enciphering = {}) {
  const options = {
    message: await openpgp.createMessage({ binary: bytes }),
    encryptionKeys: await openpgp.readKey({ armoredKey: to.publicKey }),
    ...(by === undefined ? {} : { signingKeys: await openpgp.readPrivateKey({ armoredKey: by.privateKey }) }),
    config: { preferredCompressionAlgorithm: openpgp.enums.compression[compressed ? 'zlib' : 'uncompressed'] },
  };
  return armor
    ? Buffer.from(await openpgp.encrypt({ ...options, format: 'armored' }))
    : Buffer.from(await openpgp.encrypt({ ...options, format: 'binary' }));
}

interface Enciphering {
  readonly to?: Keys;
  readonly by?: Keys;
  readonly armor?: boolean;
  readonly compressed?: boolean;
}

const submit = (feed: string, bytes: AsyncIterable<Uint8Array> | Uint8Array) =>
  services.sync.submit(
    services.context,
    { feed, dryRun: false, fileName: 'file' },
    bytes instanceof Uint8Array ? chunksOf(bytes, 1000) : bytes,
  );

async function imported(feed: string, bytes: Uint8Array): Promise<Run> {
  const run = await submit(feed, bytes);
  if (!run.ok) throw new Error(run.problem.text);
  const ended = await services.sync.wait(services.context, run.value.id);
  if (ended === undefined) throw new Error('the run is gone');
  return ended;
}

async function refusal(feed: string, bytes: AsyncIterable<Uint8Array> | Uint8Array): Promise<string> {
  const before = await services.store.originals('files').countDocuments({ tenant: services.context.tenant });
  const run = await submit(feed, bytes);
  if (run.ok) throw new Error('it was taken');
  const after = await services.store.originals('files').countDocuments({ tenant: services.context.tenant });
  expect(after).toBe(before);
  return `${run.problem.code}: ${run.problem.text}`;
}

describe('A wrapped file', () => {
  test.each([
    ['gzip', async () => gzipSync(school), 'plain'],
    [
      'gzip of two members',
      async () => Buffer.concat([school.subarray(0, 99), school.subarray(99)].map((part) => gzipSync(part))),
      'plain',
    ],
    ['a zip package of one file', () => zipOf({ 'night.xml': school }), 'plain'],
    ['a binary OpenPGP message', () => encipher(school), 'pgp'],
    ['an OpenPGP message in ASCII armor', () => encipher(school, { armor: true }), 'pgp'],
    ['a compressed OpenPGP message', () => encipher(school, { compressed: true }), 'pgp'],
    ['a signed OpenPGP message', () => encipher(school, { by: sender }), 'signed'],
    ['gzip in OpenPGP', () => encipher(gzipSync(school)), 'pgp'],
    ['OpenPGP in a zip package in gzip', async () => gzipSync(await zipOf({ 'a.pgp': await encipher(school) })), 'pgp'],
  ] as const)('is opened: %s', async (_what, make, feed) => {
    const run = await imported(feed, await make());
    expect(run).toMatchObject({ state: 'done', file: { bytes: school.length }, counts: { person: { inFile: 3 } } });
  });

  test('is opened for a new feed, too, and says what the feed takes', async () => {
    expect(await imported('new', gzipSync(school))).toMatchObject({ state: 'done', protocol: 'ims-enterprise-xml' });
    const packaged = gzipSync(await zipOf({ 'manifest.csv': Buffer.from('propertyName,value\n') }));
    expect(await imported('new-csv', packaged)).toMatchObject({ protocol: 'oneroster-csv' });
  });

  test('that is a package of OneRoster CSV stays one', async () => {
    await services.sync.putFeed(services.context, 'csv', { protocol: 'oneroster-csv' });
    const zip = await zipOf({ 'users.csv': Buffer.from('sourcedId\n') });
    expect(await imported('csv', zip)).toMatchObject({ file: { bytes: zip.length } });
  });
});

describe('A wrapped file is refused, with nothing kept of it', () => {
  test.each([
    ['gzip in gzip', async () => gzipSync(gzipSync(school)), 'plain', /^forbidden-input: .*gzip inside gzip/],
    [
      'a zip package in a zip package',
      async () => zipOf({ 'a.xml': await zipOf({ 'b.xml': school }) }),
      'plain',
      /^forbidden-input/,
    ],
    [
      'a zip package of two files',
      () => zipOf({ 'a.xml': school, 'b.xml': school }),
      'plain',
      /^forbidden-input: .*2 files/,
    ],
    ['an empty zip package', () => zipOf({}), 'plain', /^unreadable-input: .*no file/],
    ['a zip package with a folder', () => zipOf({ 'a/b.xml': school }), 'plain', /^forbidden-input: .*folder/],
    ['a cut gzip file', async () => gzipSync(school).subarray(0, -9), 'plain', /^unreadable-input: .*cut off/],
    ['a damaged gzip file', async () => damaged(gzipSync(school), 30), 'plain', /^unreadable-input: .*gzip/],
    ['a cut zip package', async () => (await zipOf({ a: school })).subarray(0, -30), 'plain', /^unreadable-input/],
    [
      'a message to somebody else',
      () => encipher(school, { to: stranger }),
      'pgp',
      /^unreadable-input: .*cannot be deciphered/,
    ],
    ['a cut message', async () => (await encipher(school)).subarray(0, -20), 'pgp', /^unreadable-input/],
    ['a changed message', async () => damaged(await encipher(school), -40), 'pgp', /^unreadable-input/],
    ['a message where the feed has no key', () => encipher(school), 'plain', /^conflict: .*setting pgp/],
    ['a plain file where it must be enciphered', async () => school, 'signed', /^forbidden-input: .*pgp.required/],
    ['a message that is not signed', () => encipher(school), 'signed', /^forbidden-input: .*not signed/],
    [
      'a message signed by a stranger',
      () => encipher(school, { by: stranger }),
      'signed',
      /^forbidden-input: .*not signed/,
    ],
    ['nothing in gzip', async () => gzipSync(''), 'plain', /^unreadable-input: The file is empty/],
  ] as const)('%s', async (_what, make, feed, told) => {
    expect(await refusal(feed, await make())).toMatch(told);
  });

  test('a gzip file of 10 GB of nothing, after little of it was read', async () => {
    const member = gzipSync(Buffer.alloc(100_000_000));
    let read = 0;
    const bomb = (async function* () {
      for (let part = 0; part < 100; part += 1) {
        for await (const chunk of chunksOf(member, 4096)) {
          read += chunk.length;
          yield chunk;
        }
      }
    })();
    expect(await refusal('plain', bomb)).toMatch(/^too-large: .*100 times/);
    expect(read).toBeLessThan(200_000);
  });

  test('a zip package that unpacks to more than a hundred times its size, and one that lies about it', async () => {
    const honest = await zipOf({ 'a.xml': Buffer.alloc(5_000_000) });
    expect(await refusal('plain', honest)).toMatch(/^too-large: .*100 times/);
    const lying = Buffer.from(honest);
    // The size unpacked, in the list at the end and in what follows the file.
    const size = Buffer.alloc(4);
    size.writeUInt32LE(5_000_000);
    const small = Buffer.alloc(4);
    small.writeUInt32LE(1000);
    for (let at = lying.indexOf(size); at >= 0; at = lying.indexOf(size)) small.copy(lying, at);
    expect(await refusal('plain', lying)).toMatch(/^(forbidden|unreadable)-input/);
  });

  test('an OpenPGP message that unpacks to more than it should', async () => {
    const bomb = await encipher(Buffer.alloc(5_000_000), { compressed: true });
    expect(await refusal('pgp', bomb)).toMatch(/^too-large: .*100 times/);
  });

  test('what is larger than MAX_IMPORT_BYTES when it is opened', async () => {
    const noise = Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * at) % 9973).join(','));
    const packed = gzipSync(Buffer.concat(Array.from({ length: 7 }, () => noise)));
    expect(packed.length).toBeLessThan(5_000_000);
    expect(await refusal('plain', packed)).toMatch(/^too-large/);
  });

  test.each(['plain', 'pgp'])('what breaks while it is read says why, and not that it is damaged: %s', async (feed) => {
    const packed = feed === 'pgp' ? await encipher(school) : gzipSync(school);
    const broken = (async function* () {
      yield packed.subarray(0, 100);
      throw new ArrivalBroken(problem('busy', 'It has changed.'));
    })();
    await expect(submit(feed, broken)).rejects.toThrow('It has changed.');
  });
});

describe('The setting pgp', () => {
  test('shows no key and no passphrase, and takes only keys', async () => {
    const shown = await services.sync.feed(services.context, 'signed');
    expect(shown?.pgp).toEqual({ required: true, verificationKeys: sender.publicKey });
    for (const pgp of [{ privateKey: 'secret' }, { verificationKeys: own.privateKey }]) {
      expect(await services.sync.putFeed(services.context, 'signed', { pgp })).toMatchObject({
        ok: false,
        problem: { code: 'invalid-request' },
      });
    }
  });

  test('a wrong passphrase is told as a fault of the setting', async () => {
    const pgp = { privateKey: own.privateKey, passphrase: 'wrong' };
    await services.sync.putFeed(services.context, 'wrong', { pgp });
    expect(await refusal('wrong', await encipher(school))).toMatch(/^conflict: .*setting pgp/);
  });
});

function damaged(bytes: Uint8Array, at: number): Buffer {
  const copy = Buffer.from(bytes);
  const place = at < 0 ? copy.length + at : at;
  copy[place] = (copy[place] ?? 0) ^ 0x55;
  return copy;
}

describe('An OpenPGP message without an end', () => {
  const forever = (start: Uint8Array, fill: string) => {
    const facts = { given: 0 };
    async function* bytes(): AsyncGenerator<Uint8Array> {
      yield start;
      for (; facts.given < 5_900_000; facts.given += 65_536) yield Buffer.alloc(65_536, fill);
    }
    return { facts, bytes: bytes() };
  };
  const submit = (bytes: AsyncIterable<Uint8Array>) =>
    services.sync.submit(services.context, { feed: 'pgp', dryRun: true, fileName: 'file' }, bytes);

  test.each([
    ['in a header of its armor', Buffer.from('-----BEGIN PGP MESSAGE-----\nComment: ')],
    ['in the first key of its session', Buffer.from('c1ff0055000003', 'hex')],
    ['in an old packet before what is enciphered', Buffer.from('840203008e00500000', 'hex')],
    ['in keys of its session without end', Buffer.from('840203008f', 'hex')],
    // The first four bytes are those of a key of 5 MB.
    [
      'in a key of its session in armor',
      Buffer.from('-----BEGIN PGP MESSAGE-----\n\nwf8AVQAAA'),
      `${'A'.repeat(63)}\n`,
    ],
  ])('%s is refused before it is in memory', async (_where, start, fill = 'A') => {
    const { facts, bytes } = forever(start, fill);
    const refused = await submit(bytes);
    expect(refused).toMatchObject({ ok: false, problem: { code: 'unreadable-input' } });
    expect(facts.given).toBeLessThan(2_000_000);
  });
});
