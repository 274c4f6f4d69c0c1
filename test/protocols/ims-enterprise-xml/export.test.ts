import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DtdValidator, XmlDocument, XmlDtd } from 'libxml2-wasm';
import { file, group, membership, person } from '../../sync/feeds.ts';
import { type ExportRoom, openExportRoom } from '../export-room.ts';
import { sample, samplesThere } from '../oneroster-csv/packages.ts';

let room: ExportRoom;
beforeAll(async () => {
  room = await openExportRoom();
});
afterAll(() => room.end());

const format = 'ims-enterprise-xml';
const samples = new URL('../../../../shared/samples/ims-enterprise/', import.meta.url);
const dtd = readFileSync(new URL('./enterprise-1.1.dtd', import.meta.url), 'utf8');

/** What is wrong with a file by the content model of IMS Enterprise 1.1. */
function faultsOf(bytes: Uint8Array): string[] {
  const model = XmlDtd.fromString(dtd);
  const validator = new DtdValidator(model);
  const document = XmlDocument.fromBuffer(bytes);
  try {
    validator.validate(document);
    return [];
  } catch (error) {
    const { message, details = [] } = error as { message: string; details?: { message: string }[] };
    const all = details.length > 0 ? details.map((one) => one.message) : [message];
    // Elements of a sender's own may stand in `extension`, and nowhere else by the content model.
    return all.filter((text) => {
      const name = /^No declaration for .*element (\S+)/.exec(text)?.[1];
      return name === undefined || dtd.includes(`<!ELEMENT ${name} `);
    });
  } finally {
    document.dispose();
    validator.dispose();
  }
}

describe('An export as IMS Enterprise 1.1', () => {
  // Of Banner's and PIFU's files some hold what no content model allows; it is given back as it came.
  (existsSync(samples) ? test : test.skip).each([
    ['moodle_example.xml', true],
    ['moodle_example-grouped.xml', true],
    ['colleague-ims-data-20120906113000.xml', true],
    ['colleague-handmade-one-course-one-student.xml', true],
    ['pifu13_PIFU-IMS_SAS_eksempel.xml', true],
    ['banner-term.xml', false],
    ['banner-person_member.xml', false],
  ] as const)('of %s gives the same roster again', async (name, valid) => {
    const from = await room.tenant(name);
    await room.takeIn(from, readFileSync(new URL(name, samples)), format, 'changes');
    const bytes = await room.export(from, { format, passwords: true });
    if (valid) expect(faultsOf(bytes)).toEqual([]);
    const to = await room.tenant(`${name} again`);
    const run = await room.takeIn(to, bytes, format);
    expect(run.state).toBe('done');
    expect(await room.known(to)).toEqual(await room.known(from));
    expect((await room.export(to, { format, passwords: true })).length).toBe(bytes.length);
  });

  (samplesThere ? test : test.skip)(
    'of a OneRoster package is valid and keeps kinds, names, roles and members',
    async () => {
      const from = await room.tenant('one-roster');
      await room.takeIn(from, await sample('grand-bend-1.1'), 'oneroster-csv');
      const bytes = await room.export(from, { format });
      expect(faultsOf(bytes)).toEqual([]);
      const to = await room.tenant('one-roster again');
      await room.takeIn(to, bytes, format);
      const told = async (context: typeof from) => {
        const { user = [], class: classes = [], org = [], enrollment = [] } = await room.shown(context, '1.1');
        const fields = (all: unknown[], ...names: string[]) =>
          (all as Record<string, unknown>[]).map((one) => JSON.stringify(names.map((name) => one[name]))).sort();
        return [
          fields(user, 'givenName', 'familyName', 'username', 'email', 'role'),
          fields(classes, 'title', 'classType'),
          fields(org, 'name', 'type'),
          fields(enrollment, 'role').length,
        ];
      };
      expect(await told(to)).toEqual(await told(from));
    },
  );

  test('names nothing that is not in it: what is in the trash or archived goes with all that points at it', async () => {
    const from = await room.tenant('pointing');
    const known =
      '<relationship relation="3"><sourcedid><source>t</source><id>gone</id></sourcedid><label/></relationship>';
    const pointing = group('k').replace('</group>', `${known}</group>`);
    const all = file(person('p'), person('gone'), group('gone'), pointing, membership('k', ['p', 'gone']));
    await room.takeIn(from, all, format, 'changes');
    const removed = (text: string) => text.replace(/^<(\w+)>/, '<$1 recstatus="3">');
    await room.takeIn(from, file(removed(person('gone')), removed(group('gone'))), format, 'changes');
    await room.takeIn(from, file(membership('k', ['gone'])), format, 'changes');
    const bytes = await room.export(from, { format });
    expect(String(bytes)).not.toContain('gone');
    const run = await room.takeIn(await room.tenant('pointing again'), bytes, format);
    expect([run.state, run.problems]).toEqual(['done', []]);
  });

  test('leaves passwords out unless they are asked for, and characters that XML cannot carry', async () => {
    const context = await room.tenant('secret');
    const one = person('a').replace('<name>', '<userid password="top-secret">ann</userid><name>');
    await room.takeIn(context, file(one, group('k'), membership('k', ['a'])), format);
    const [record] = await room.roster.find(context, 'person', ['person:default:a']);
    if (record === undefined) throw new Error('no person');
    const data = { email: 'a\u0001@\uffffx.example' };
    await room.roster.execute(context, [{ op: 'upsert', type: 'person', key: 'person:default:a', data }]);
    const text = String(await room.export(context, { format }));
    expect(text).not.toContain('top-secret');
    expect(text).toContain('<userid>ann</userid>');
    expect(text).toContain('<email>a@x.example</email>');
    expect(faultsOf(Buffer.from(text))).toEqual([]);
    expect(String(await room.export(context, { format, passwords: true }))).toContain('password="top-secret"');
  });

  test('names its source, its kind and its time, and has persons before groups before memberships', async () => {
    const context = await room.tenant('order');
    await room.takeIn(context, file(group('k'), person('a'), membership('k', ['a'])), format);
    const lines = String(await room.export(context, { format })).split('\n');
    expect(lines[2]).toMatch(
      /^<properties><datasource>Rostergate<\/datasource><type>full<\/type><datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d<\/datetime>/,
    );
    expect(lines.slice(3).map((line) => /^<\/?\w+/.exec(line)?.[0])).toEqual([
      '<person',
      '<group',
      '<membership',
      '<member',
      '</membership',
      '</enterprise',
      undefined,
    ]);
  });

  test('cannot be one of changes alone', async () => {
    const context = await room.tenant('order');
    const opened = await room.exports.open(context, { format, passwords: false, since: '2026-01-01' });
    expect(opened).toMatchObject({ ok: false, problem: { code: 'invalid-request', place: { field: 'since' } } });
  });
});
