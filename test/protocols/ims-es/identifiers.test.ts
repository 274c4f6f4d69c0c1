import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { key } from '../../../src/model/index.ts';
import { type Context, defaultTenantSettings } from '../../../src/roster/index.ts';
import { startGateway, type TestGateway } from './gateway.ts';
import { find, makeClient, texts } from './messages.ts';
import { contentOf, identifier, type Noun, operationNamed, requestOf } from './requests.ts';
import { makeValidator } from './schemas.ts';

const done = 'success status';
const nouns = ['person', 'group', 'membership'] as const;
const near: Context = { tenant: 'school', writer: 'credential:sis', namespace: 'default', source: 'soap' };
const plural = (noun: Noun) => `${noun[0]?.toUpperCase()}${noun.slice(1)}`;

let gateway: TestGateway;
let call: ReturnType<typeof makeClient>;
afterAll(() => gateway.close());

async function open(behaviour: 'compatible' | 'strict'): Promise<void> {
  const settings = { ...defaultTenantSettings, imsEs: { ...defaultTenantSettings.imsEs, behaviour } };
  gateway = await startGateway({ settings: () => Promise.resolve(settings) });
  call = makeClient(gateway.soap, makeValidator());
}

const ask = (name: string, ids: readonly string[], write?: (noun: Noun, id: string) => string) =>
  call(requestOf(operationNamed(name), ids, write));
const one = async (name: string, id: string, content?: string) =>
  (await ask(name, [id], content === undefined ? undefined : () => content)).statuses[0];
const membershipOf = (group: string, person: string, role = 'Learner') =>
  `<md:groupSourcedId>${identifier(group)}</md:groupSourcedId><md:member><md:memberSourcedId>${identifier(person)}</md:memberSourcedId><md:idType>Person</md:idType><md:role><md:roleType>${role}</md:roleType></md:role></md:member>`;
const related = (noun: 'person' | 'group', id: string) => {
  const prefix = noun === 'person' ? 'c' : 'gd';
  return `<${prefix}:relationship><${prefix}:relation>Parent</${prefix}:relation><${prefix}:sourceId>${identifier(id)}</${prefix}:sourceId><${prefix}:label>of</${prefix}:label></${prefix}:relationship>`;
};
const guidOf = async (noun: Noun, id: string, context = near) => {
  const [record] = await gateway.rooms.roster.find(context, noun, [key(noun, context.namespace, id)]);
  if (record === undefined) throw new Error(`there is no ${noun} ${id}`);
  return record.guid;
};

describe.each(['compatible', 'strict'] as const)('A guid in place of an identifier (%s)', (behaviour) => {
  beforeAll(async () => {
    await gateway?.close();
    await open(behaviour);
    for (const name of ['createGroups', 'createPersons', 'createMemberships']) {
      expect((await ask(name, ['a', 'b'])).statuses).toEqual([done, done]);
    }
  });

  test.each(nouns)('is read, written, renamed and removed as the %s itself', async (noun) => {
    const guid = await guidOf(noun, 'a');
    const of = plural(noun);
    const content = noun === 'membership' ? membershipOf('a', 'a', 'Mentor') : contentOf(noun, 'new');
    for (const name of [`update${of}`, `replace${of}`])
      expect([name, await one(name, guid, content)]).toEqual([name, done]);
    const [byId, byGuid] = [await ask(`read${of}`, ['a']), await ask(`read${of}`, [guid])];
    expect([byId.statuses, byId.text.includes(noun === 'membership' ? 'Mentor' : 'new')]).toEqual([[done], true]);
    expect(byGuid.text).toBe(byId.text);
    expect(await one(`change${of}Identifier`, guid)).toBe(done);
    expect(await one(`read${of}`, `${guid}-new`)).toBe(done);
    expect(await one(`create${of}`, guid, content)).toBe(
      behaviour === 'strict' ? 'failure error idallocinusefail' : done,
    );
    expect(
      find(
        (await call(`<${noun === 'person' ? 'pm:readAllPersonsRequest' : `x:readAll${of}sRequest`}/>`)).body,
        'virtualCount',
      ),
    ).toBe('2');
    expect(await one(`delete${of}`, guid)).toBe(done);
    expect(await one(`read${of}`, 'a')).toBe('failure error unknownobject');
    await gateway.rooms.roster.execute(near, [{ op: 'restore', type: noun, key: guid }]);
  });

  test('is a member, a group and a relative', async () => {
    const [person, group] = [await guidOf('person', 'b'), await guidOf('group', 'b')];
    expect(await one('createMembership', 'new-ends', membershipOf(group, person))).toBe(
      behaviour === 'strict' ? 'failure error idallocinusefail' : done,
    );
    expect(await one('updateMembership', 'b', membershipOf(group, person))).toBe(done);
    const child = contentOf('group', 'child').replace('<gd:description>', `${related('group', group)}<gd:description>`);
    expect(await one('createGroup', 'child', child)).toBe(done);
    expect(texts((await ask('readGroup', ['child'])).body, 'identifier')).toEqual(['b']);
    const relative = `<pd:formatName>R</pd:formatName><c:email>r@example.org</c:email><pd:extension>${related('person', person)}</pd:extension>`;
    expect(await one('createPerson', 'relative', relative)).toBe(done);
    expect(texts((await ask('readPerson', ['relative'])).body, 'identifier')).toEqual(['b']);
    expect(await one('readMembershipsForPerson', person)).toBe(done);
  });
});

describe('Records of another namespace', () => {
  const far: Context = { ...near, writer: 'feed:far', namespace: 'far', source: 'file' };
  let guids: Record<Noun, string>;
  beforeAll(async () => {
    await gateway.close();
    await open('compatible');
    for (const name of ['createGroup', 'createPerson', 'createMembership']) expect(await one(name, 'twin')).toBe(done);
    const email = 'far@example.org';
    const ends = { group: key('group', 'far', 'twin'), member: key('person', 'far', 'twin') };
    const results = await gateway.rooms.roster.execute(far, [
      { op: 'upsert', type: 'group', key: ends.group, data: { kind: 'class', email } },
      { op: 'upsert', type: 'person', key: ends.member, data: { email } },
      {
        op: 'upsert',
        type: 'person',
        key: key('person', 'far', 'child'),
        data: { relationships: [{ relation: 'parent', target: ends.member }] },
      },
      {
        op: 'upsert',
        type: 'group',
        key: key('group', 'far', 'below'),
        data: { relationships: [{ relation: 'parent', target: ends.group }] },
      },
      {
        op: 'upsert',
        type: 'membership',
        key: key('membership', 'far', 'twin'),
        data: { ...ends, roles: [{ type: 'Mentor' }] },
      },
    ]);
    expect(results.map(({ ok }) => ok)).toEqual(results.map(() => true));
    const [person = '', group = '', membership = ''] = await Promise.all(
      nouns.map((noun) => guidOf(noun, 'twin', far)),
    );
    guids = { person, group, membership };
  });

  test.each(nouns)('are listed by identifiers that find each %s', async (noun) => {
    const of = plural(noun);
    const list = await call(`<${noun === 'person' ? 'pm:readAllPersonsRequest' : `x:readAll${of}sRequest`}/>`);
    const ids = list.body.children[0]?.children.map((pair) => texts(pair, 'identifier')[0] ?? '') ?? [];
    expect(new Set(ids).size).toBe(ids.length);
    expect([ids.includes('twin'), ids.includes(guids[noun])]).toEqual([true, true]);
    const read = await ask(`read${of}s`, ids);
    expect(read.statuses).toEqual(ids.map(() => done));
    const listed = list.body.children[0]?.children.map((pair) =>
      texts(pair, noun === 'membership' ? 'roleType' : 'email'),
    );
    expect(
      read.body.children[0]?.children.map((record) => texts(record, noun === 'membership' ? 'roleType' : 'email')),
    ).toEqual(listed);
  });

  test('are named so as ends, relatives and what belongs to a record', async () => {
    expect(texts((await ask('readMembership', [guids.membership])).body, 'identifier')).toEqual([
      guids.group,
      guids.person,
    ]);
    expect(texts((await ask('readMembership', ['twin'])).body, 'identifier')).toEqual(['twin', 'twin']);
    const [child, below] = [await guidOf('person', 'child', far), await guidOf('group', 'below', far)];
    expect(texts((await ask('readPerson', [child])).body, 'identifier')).toEqual([guids.person]);
    expect(texts((await ask('readPerson', [guids.person])).body, 'identifier')).toEqual([child]);
    expect(texts((await ask('readGroup', [below])).body, 'identifier')).toEqual([guids.group]);
    const sourcedIds = async (name: string, id: string) => {
      const { body } = await ask(name, [id]);
      return texts(body, 'sourcedId').length === 0 ? [] : texts(body, 'identifier');
    };
    expect((await sourcedIds('readPersonsForGroup', guids.group))[0]).toBe(guids.person);
    expect((await sourcedIds('readGroupsForPerson', guids.person))[0]).toBe(guids.group);
    expect((await sourcedIds('readMembershipsForPerson', guids.person))[0]).toBe(guids.membership);
    expect((await sourcedIds('readMembershipsForPerson', 'twin'))[0]).toBe('twin');
  });

  test('are written and answered by those identifiers, and have none of their own anew', async () => {
    const made = await ask('createByProxyMembership', ['x'], () => membershipOf(guids.group, guids.person));
    expect(texts(made.body, 'identifier')).toEqual([guids.membership]);
    expect(await one('updatePerson', guids.person, '<pd:formatName>Far Twin</pd:formatName>')).toBe(done);
    expect(texts((await ask('readPersons', ['twin', guids.person])).body, 'formatName')).toEqual(['twin', 'Far Twin']);
    expect(await one('changePersonIdentifier', guids.person)).toBe(done);
    expect(texts((await ask('readMembership', [guids.membership])).body, 'identifier')[1]).toBe(`${guids.person}-new`);
  });
});
