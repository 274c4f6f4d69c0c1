import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Change } from '../../src/roster/index.ts';
import { type CommandLine, makeCommandLine } from '../cli/command-line.ts';
import { group, member, p, person, remove } from '../roster/roster.ts';
import { demo } from '../setup/services.ts';
import { type AdminGateway, startAdmin } from './gateway.ts';

let gateway: AdminGateway;
let guid: string;
let parent: string;
const execute = (...changes: Change[]) => gateway.roster.execute(gateway.context, changes);
const ask = (id: string) => gateway.ask('GET', `/persons/${id}/access-export`);

/** A change as the document has it. */
interface Shown {
  readonly type: string;
  readonly what: string;
  readonly before: unknown;
}

beforeAll(async () => {
  gateway = await startAdmin();
  const secret = [{ value: 'ada', password: 'tell-nobody' }];
  await execute(
    group('k', 'class'),
    person('ada', { email: 'ada@old', name: { family: 'Byron' }, userIds: secret }),
    person('mum', { name: { family: 'Milbanke' }, relationships: [{ relation: 'child', target: p('ada') }] }),
    person('other', { email: 'other@x', name: { family: 'Somebody' } }),
    member('k', 'ada'),
    member('k', 'other'),
  );
  await execute(person('ada', { email: 'ada@new', name: { family: 'Lovelace' }, userIds: secret }));
  guid = String((await gateway.ask('GET', '/records/ada')).json['guid']);
  parent = String((await gateway.ask('GET', '/records/mum')).json['guid']);
});
afterAll(() => gateway.close());

describe('GET /persons/:id/access-export', () => {
  test('shows the record, memberships, who names the person and every change, and nothing of others', async () => {
    const { status, json, text, headers } = await ask('ada');
    expect(status).toBe(200);
    expect(headers.get('content-disposition')).toBe(`attachment; filename="person-${guid}.json"`);
    expect(json).toMatchObject({
      format: 'rostergate-person-1',
      guid,
      person: { ids: { ims: 'ada' }, data: { email: 'ada@new', userIds: [{ value: 'ada', password: '***' }] } },
      purged: null,
      memberships: [{ type: 'membership', data: { member: guid } }],
      namedBy: [{ guid: parent, sourcedId: 'mum' }],
    });
    const changes = json['changes'] as Shown[];
    expect(changes.map(({ type, what }) => [type, what])).toEqual([
      ['person', 'created'],
      ['membership', 'created'],
      ['person', 'changed'],
    ]);
    expect(changes[2]?.before).toMatchObject({ data: { email: 'ada@old', name: { family: 'Byron' } } });
    for (const other of ['tell-nobody', 'Milbanke', 'Somebody', 'other@x']) expect(text).not.toContain(other);
  });

  test('is as the document of the API describes it', async () => {
    const document = (await gateway.ask('GET', '/openapi.json', { as: 'nobody' })).json;
    const ajv = new Ajv2020({ strict: false });
    (addFormats as unknown as (to: Ajv2020) => void)(ajv);
    ajv.addSchema({ ...document, $id: 'api' });
    const check = ajv.getSchema('api#/components/schemas/PersonExport');
    expect([check?.((await ask('ada')).json), check?.errors]).toEqual([true, null]);
  });

  test('is on record with the guid of the person, and the entry is part of the next', async () => {
    await ask('ada');
    const { json } = await ask(guid);
    const exported = (json['audit'] as { action: string }[]).filter(({ action }) => action === 'persons.export');
    expect(exported.at(-1)).toMatchObject({ subject: { type: 'person', id: guid }, outcome: 'done' });
    expect((await ask('nobody')).status).toBe(404);
    expect((await ask('k')).status).toBe(404);
  });

  test('names the runs that changed the person, and how long their files are kept', async () => {
    const run = await gateway.import(
      '<enterprise><properties><datasource>S</datasource><datetime>2026-01-01T00:00:00</datetime></properties>' +
        '<person><sourcedid><source>S</source><id>filed</id></sourcedid><name><fn>Ida Filed</fn></name></person></enterprise>',
    );
    const { json } = await ask('filed');
    expect(json['changes']).toMatchObject([{ what: 'created', run: run.id }]);
    expect(json['runs']).toMatchObject([{ id: run.id, feed: 'default', fileKeptUntil: expect.stringMatching(/^20/) }]);
  });

  test('tells of a person in the trash and, without values, of one that was purged', async () => {
    await execute(person('gone', { email: 'gone@x' }));
    await execute(remove('person', p('gone')));
    const trashed = (await ask('gone')).json;
    expect(trashed).toMatchObject({
      person: { state: 'trashed', trash: { by: 'admin:sis' }, data: { email: 'gone@x' } },
    });
    const id = String(trashed['guid']);
    expect((await gateway.ask('DELETE', `/trash/${id}?force=true`)).status).toBe(204);
    for (const name of [id, 'gone']) {
      const { json, text } = await ask(name);
      expect(json).toMatchObject({ guid: id, person: null, purged: { at: expect.stringMatching(/^20/) } });
      expect((json['changes'] as Shown[]).map(({ what }) => what)).toContain('purged');
      expect(text).not.toContain('gone@x');
    }
  });
});

describe('rostergate person-export', () => {
  let line: CommandLine;
  beforeAll(async () => {
    const url = gateway.url.replace(/\/api\/v1$/, '');
    line = await makeCommandLine({ ROSTERGATE_URL: url, ROSTERGATE_KEY: demo.password });
  });
  afterAll(() => line.close());

  test('writes the document to a file that only its owner may read, or to standard output', async () => {
    const file = join(line.folder, 'ada.json');
    const { code, value } = await line.json<{ bytes: number }>('person-export', 'ada', '-o', file);
    const { size, mode } = await stat(file);
    expect([code, value, mode & 0o777]).toEqual([0, { file, bytes: size }, 0o600]);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ guid, person: { data: { email: 'ada@new' } } });
    expect(JSON.parse((await line.run(['person-export', guid, '-o', '-'])).stdout)).toMatchObject({ guid });
    expect((await line.run(['person-export', 'nobody'])).code).toBe(1);
    expect((await line.run(['person-export', 'ada', '-o', join(line.folder, 'no', 'file')])).code).toBe(2);
  });
});
