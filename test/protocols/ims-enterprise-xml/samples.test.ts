import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { noticesOf, readFeed, recordsOf, tally } from './reading.ts';

const folder = new URL('../../../../shared/samples/ims-enterprise/', import.meta.url).pathname;
const present = existsSync(folder);
if (!present) console.log('skipped: the sample files of real exporters are not beside this working copy');
const files = present ? readdirSync(folder).filter((name) => name.endsWith('.xml')) : [];
const read = (name: string) => readFeed(createReadStream(folder + name), { file: name });

(present ? describe : describe.skip)('files of real exporters', () => {
  test.each(files)('%s ends in records or in a clear refusal', async (name) => {
    const outcome = await read(name);
    if (outcome.error === undefined) expect(recordsOf(outcome).length).toBeGreaterThan(0);
    else expect(outcome.error.message).toMatch(/this is no IMS Enterprise file/);
    for (const item of outcome.items) if ('line' in item) expect(item.line).toBeGreaterThan(0);
  });

  test('only those without any record are refused', async () => {
    const refused = [];
    for (const name of files) if ((await read(name)).error !== undefined) refused.push(name);
    expect(refused).toEqual(['banner-basic_file.xml', 'banner-multi_good_form.xml', 'banner-multi_poor_form.xml']);
  });

  test('colleague-tol-data.xml gives 174 persons, 10 groups and 163 members although it is not well-formed', async () => {
    const outcome = await read('colleague-tol-data.xml');
    expect(tally(outcome)).toMatchObject({
      'person upsert': 174,
      'group upsert': 10,
      'membership upsert': 163,
      'listed-group': 10,
      'repair.bare-ampersand': 1,
      'repair.idtype-attribute': 163,
    });
    expect(noticesOf(outcome, 'repair.bare-ampersand')).toMatchObject([{ line: 2821, type: 'group', id: '15021' }]);
  });

  test('a file with blanks in its ids and explicit removals (SITS:Vision)', async () => {
    const outcome = await read('moodle_example-grouped.xml');
    expect(tally(outcome)).toMatchObject({ 'group remove': 1, 'membership remove': 1, 'repair.trimmed-id': 5 });
    const removed = recordsOf(outcome).find((item) => item.change.op === 'remove' && item.type === 'membership');
    expect(removed?.change.key).toBe('ends:person|group:default:PHRE1001A2005/06T1/2|person:default:90078058');
  });

  test('the PIFU example: an id that changes, a top node that is its own parent', async () => {
    const outcome = await read('pifu13_PIFU-IMS_SAS_eksempel.xml');
    const [janne] = recordsOf(outcome);
    expect(janne).toMatchObject({ id: 'global_ID_01235', renamedFrom: 'person:default:Måne_personid_1235' });
    expect(tally(outcome)).toMatchObject({ 'repair.self-parent': 1, 'repair.namespace-ignored': 1, properties: 1 });
  });
});
