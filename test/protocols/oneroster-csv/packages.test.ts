import { describe, expect, test } from '@jest/globals';
import { zipLimits } from '../../../src/wire/index.ts';
import { manifest, notices, only, readPackage, zipOf } from './packages.ts';

const orgs = 'sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\no1,,,North,school,,\n';
const org = (row: string) => `${orgs.slice(0, orgs.indexOf('\n') + 1)}${row}\n`;
const bulk = manifest({ orgs: 'bulk' });

const refusal = async (files: Record<string, string | Uint8Array>) => {
  const read = await readPackage(await zipOf(files));
  expect(read.leftOver).toEqual([]);
  return { read, error: read.error };
};

describe('A package', () => {
  test('that holds manifest.csv only asks for nothing', async () => {
    const read = await readPackage(await zipOf({ 'manifest.csv': manifest({ orgs: 'absent', users: 'absent' }) }));
    expect(read.error).toBeUndefined();
    expect(only(read, 'complete')).toEqual([{ kind: 'complete', scopes: [] }]);
    expect([...only(read, 'record'), ...only(read, 'notice')]).toEqual([]);
  });

  test('without a manifest is OneRoster 1.0, bulk', async () => {
    const read = await readPackage(await zipOf({ 'orgs.csv': orgs }));
    expect(only(read, 'complete')).toEqual([{ kind: 'complete', scopes: ['org'] }]);
    expect(only(read, 'record')[0]?.change).toMatchObject({ op: 'replace', key: 'org:default:o1' });
    expect(notices(read)).toEqual({});
  });

  test('in one folder, with other capitals and with what archivers leave behind, is read and told of', async () => {
    const read = await readPackage(
      await zipOf({
        'export/Manifest.csv': bulk,
        'export/ORGS.csv': orgs,
        '__MACOSX/export/._ORGS.csv': 'x',
        'export/.DS_Store': 'x',
      }),
    );
    expect(read.error).toBeUndefined();
    expect(only(read, 'record')).toHaveLength(1);
    expect(only(read, 'notice').map(({ notice }) => notice)).toEqual(Array(3).fill('repair.file-name'));
  });

  test('with files below its root is refused', async () => {
    const { error } = await refusal({ 'manifest.csv': bulk, 'a/orgs.csv': orgs });
    expect(error).toMatchObject({ code: 'forbidden-input', file: 'a/orgs.csv' });
  });

  test('that is a plain CSV file is refused with what is expected instead', async () => {
    const read = await readPackage(Buffer.from(orgs), { file: 'orgs.csv' });
    expect(read.error?.message).toContain('orgs.csv is no zip package');
    expect(read.items).toEqual([]);
  });

  test('that is cut off is refused wherever it is cut, and nothing is left in the work folder', async () => {
    const bytes = await zipOf({ 'manifest.csv': bulk, 'orgs.csv': orgs });
    for (const length of [0, 3, 40, 200, bytes.length - 30, bytes.length - 1]) {
      const read = await readPackage(bytes.subarray(0, length));
      expect([read.error?.code, read.leftOver]).toEqual(['unreadable-input', []]);
      expect(read.error?.message).toContain('package.zip');
      expect(only(read, 'record')).toEqual([]);
    }
  });

  test('that unpacks to far more than its size is refused with the name of the file', async () => {
    const { read, error } = await refusal({ 'orgs.csv': org(`o1,,,${' '.repeat(5_000_000)},school,,`) });
    expect(error).toMatchObject({ code: 'too-large', file: 'orgs.csv' });
    expect(only(read, 'record')).toEqual([]);
  });

  test('beyond the limits that are set is refused', async () => {
    const bytes = await zipOf({ 'orgs.csv': orgs });
    const read = await readPackage(bytes, { settings: { limits: { ...zipLimits, totalBytes: 20 } } });
    expect(read.error?.code).toBe('too-large');
  });

  test('with files that the roster has no place for names them as ignored', async () => {
    const read = await readPackage(
      await zipOf({ 'manifest.csv': bulk, 'orgs.csv': orgs, 'results.csv': 'x\n1\n', 'notes.txt': 'x' }),
    );
    const ignored = only(read, 'notice').filter(({ notice }) => notice === 'warning.file-ignored');
    expect(ignored.map(({ file }) => file)).toEqual(['results.csv', 'notes.txt']);
    const files = only(read, 'packaged').map(({ file }) => [file.name, file.imported, file.records]);
    expect(files).toEqual([
      ['manifest.csv', true, 3],
      ['results.csv', false, 0],
      ['notes.txt', false, 0],
      ['orgs.csv', true, 1],
    ]);
  });

  test('whose manifest disagrees with its files says so; a file that is not announced removes nothing', async () => {
    const read = await readPackage(await zipOf({ 'manifest.csv': manifest({ users: 'bulk' }), 'orgs.csv': orgs }));
    const told = only(read, 'notice').filter(({ notice }) => notice === 'warning.manifest-mismatch');
    expect(told.map(({ file }) => file)).toEqual(['manifest.csv', 'orgs.csv']);
    expect(only(read, 'complete')).toEqual([{ kind: 'complete', scopes: [] }]);
    expect(only(read, 'record')[0]?.change).toMatchObject({ op: 'upsert', moveParents: true });
  });

  test('gives the same records in pieces of any size', async () => {
    const bytes = await zipOf({ 'manifest.csv': bulk, 'orgs.csv': `\uFEFF${orgs}o2,,,"Sør, ""B""",school,,o1\r\n` });
    const whole = await readPackage(bytes);
    for (const chunk of [1, 7]) expect((await readPackage(bytes, { chunk })).items).toEqual(whole.items);
    expect(only(whole, 'record')).toHaveLength(2);
  });
});

describe('A header', () => {
  test.each([
    ['lacks a required column', 'sourcedId,status,dateLastModified,type\n1,,,school\n', 'lacks name'],
    ['names a column twice', `${orgs.replace('identifier', 'Name')}`, 'the column name twice'],
    ['is missing', '', 'is empty'],
    ['cannot be read', 'sourcedId,na"me\n', 'column 2 of the header, na"me, holds a double quote'],
  ])('that %s stops the package with file and line before any record', async (_, text, message) => {
    const { read, error } = await refusal({ 'manifest.csv': bulk, 'orgs.csv': text });
    expect(error).toMatchObject({ code: 'unreadable-input', file: 'orgs.csv', line: 1 });
    expect(error?.message).toContain(message);
    expect(only(read, 'record')).toEqual([]);
    expect(only(read, 'packaged').at(-1)?.file).toMatchObject({ name: 'orgs.csv', imported: false });
  });

  test('in another spelling and order, with columns of others, is read and told of once', async () => {
    const text =
      'SourcedID,status,dataLastModified,type,name,identifier,parentSourcedId,colour,\n1,,,school,X,,,red,\n';
    const read = await readPackage(await zipOf({ 'manifest.csv': bulk, 'orgs.csv': text }));
    const told = only(read, 'notice').map(({ notice, field }) => [notice, field]);
    expect(told).toEqual([
      ['repair.header-spelling', 'sourcedId'],
      ['repair.header-spelling', 'dateLastModified'],
      ['warning.column-ignored', undefined],
      ['repair.column-order', 'type'],
    ]);
    expect(only(read, 'record')[0]?.change).toMatchObject({ data: { description: { short: 'X' }, orgType: 'school' } });
  });

  test('may name what only JavaScript knows: such columns are no more than ignored', async () => {
    const names = ['__proto__', 'constructor', 'metadata.__proto__', 'metadata.constructor', 'metadata.a.b'];
    const text = `${orgs.replace('parentSourcedId', `parentSourcedId,${names.join(',')}`).trim()},1,2,3,4,5\n`;
    const read = await readPackage(await zipOf({ 'manifest.csv': bulk, 'orgs.csv': text }));
    const { change } = only(read, 'record')[0] ?? {};
    expect(change).toMatchObject({ data: { extension: { oneRoster: { metadata: { constructor: '4' } } } } });
    expect(Object.hasOwn(Object.prototype, '2')).toBe(false);
    expect(only(read, 'notice').filter(({ notice }) => notice === 'warning.column-ignored')).toHaveLength(4);
  });
});

describe('A row', () => {
  const rejected = async (rows: string) => {
    const read = await readPackage(await zipOf({ 'manifest.csv': bulk, 'orgs.csv': org(rows) }));
    expect(read.error).toBeUndefined();
    return {
      read,
      found: only(read, 'rejected').map(({ notice, line, id, key, field }) => [notice, line, id, key, field]),
    };
  };

  test('that cannot be used is rejected with its line alone, and still protects its record', async () => {
    const { read, found } = await rejected(
      [
        ',,,No id,school,,',
        'o2,,,,school,,',
        'o3,,,"a"b,school,,',
        'o4,,,Short',
        'o5,,,One,school,,,comma',
        'o6,,,"open,school,,',
        'o7,,,Good,school,,',
      ].join('\n'),
    );
    expect(found).toEqual([
      ['rejected.missing-id', 2, undefined, undefined, 'sourcedId'],
      ['rejected.invalid-data', 3, 'o2', 'org:default:o2', 'name'],
      ['rejected.unreadable', 4, 'o3', 'org:default:o3', undefined],
      ['rejected.invalid-data', 5, 'o4', 'org:default:o4', 'type'],
      ['rejected.invalid-data', 6, 'o5', 'org:default:o5', undefined],
      ['rejected.unreadable', 7, 'o6', 'org:default:o6', undefined],
    ]);
    expect(only(read, 'record').map(({ id }) => id)).toEqual(['o7']);
    expect(only(read, 'packaged').at(-1)?.file).toMatchObject({ imported: true, records: 7, rejected: 6 });
    expect(only(read, 'packaged').at(-1)?.file.comment).toContain('rejected.unreadable (2 times), line 4 (o3)');
  });

  test('with a field beyond all measure is rejected with its line, and its neighbours are read', async () => {
    const noise = Array.from({ length: 40_000 }, (_, at) => `${(at * 7919) % 999_983}`).join('');
    const { read, found } = await rejected(`big,,,"${noise.repeat(8)}",school,,\no2,,,Next,school,,`);
    expect(found).toEqual([['rejected.too-large', 2, 'big', 'org:default:big', undefined]]);
    expect(only(read, 'record').map(({ id, line }) => [id, line])).toEqual([['o2', 3]]);
  });

  test('that is too short is filled where only optional fields are missing; control characters go', async () => {
    const { read } = await rejected('o2 ,,,B\u0000ad,School');
    expect(only(read, 'record')[0]).toMatchObject({
      id: 'o2',
      change: { data: { description: { short: 'Bad' }, orgType: 'school' } },
    });
    expect(Object.keys(notices(read))).toEqual([
      'repair.control-character',
      'repair.field-count',
      'repair.trimmed-id',
      'repair.case-folded',
    ]);
  });

  test('in another encoding is read as such; a file that mixes two is refused with file and line', async () => {
    const latin = Buffer.from(org('o2,,,Bj\xf8rk,school,,'), 'latin1');
    const read = await readPackage(await zipOf({ 'manifest.csv': bulk, 'orgs.csv': latin }));
    expect(only(read, 'record')[0]?.change).toMatchObject({ data: { description: { short: 'Bjørk' } } });
    expect(notices(read)).toEqual({ 'repair.encoding': 'orgs.csv:2' });

    const utf16 = Buffer.from(`\uFEFF${org('o2,,,Bjørk,school,,')}`, 'utf16le');
    const wide = await readPackage(await zipOf({ 'manifest.csv': bulk, 'orgs.csv': utf16 }));
    expect(only(wide, 'record')[0]?.change).toMatchObject({ data: { description: { short: 'Bjørk' } } });

    const mixed = Buffer.concat([Buffer.from(org('o2,,,Bjørk,school,,')), latin.subarray(latin.indexOf('o2'))]);
    const { error } = await refusal({ 'manifest.csv': bulk, 'orgs.csv': mixed });
    expect(error).toMatchObject({ code: 'unreadable-input', file: 'orgs.csv', line: 3 });
  });

  test('that is known by its bytes is passed by, until its header or mode changes', async () => {
    const files = { 'manifest.csv': bulk, 'orgs.csv': orgs };
    const { hashes } = await readPackage(await zipOf(files));
    const again = await readPackage(await zipOf({ ...files, 'orgs.csv': orgs.replaceAll('\n', '\r\n') }), {
      known: hashes,
    });
    expect(only(again, 'record')).toEqual([]);
    expect(only(again, 'packaged').at(-1)?.file).toMatchObject({ records: 1, imported: true });
    const delta = await readPackage(await zipOf({ ...files, 'manifest.csv': manifest({ orgs: 'delta' }) }), {
      known: hashes,
    });
    expect(only(delta, 'record')).toHaveLength(1);
    const other = await readPackage(await zipOf({ ...files, 'orgs.csv': orgs.replace('identifier', 'Identifier') }), {
      known: hashes,
    });
    expect(only(other, 'record')).toHaveLength(1);
  });
});
