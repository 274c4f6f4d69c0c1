import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { defaultTenantSettings } from '../../../src/roster/index.ts';
import { startGateway, type TestGateway } from './gateway.ts';
import { makeClient, sourcedId, texts } from './messages.ts';
import { contentOf, identifier, operationNamed, requestOf } from './requests.ts';
import { makeValidator } from './schemas.ts';

let gateway: TestGateway;
let call: ReturnType<typeof makeClient>;

beforeAll(async () => {
  const settings = {
    ...defaultTenantSettings,
    imsEs: { ...defaultTenantSettings.imsEs, behaviour: 'strict' as const },
  };
  gateway = await startGateway({ settings: () => Promise.resolve(settings) });
  call = makeClient(gateway.soap, makeValidator());
});
afterAll(() => gateway.close());

const done = 'success status';
const ask = (name: string, ids: readonly string[], content?: string) =>
  call(requestOf(operationNamed(name), ids, content === undefined ? undefined : () => content));
const one = async (name: string, id: string, content?: string) => (await ask(name, [id], content)).statuses[0];

describe('what is there and what is not', () => {
  test('the trash counts as there for a create, and as not there for update, replace, delete and read', async () => {
    await ask('createPerson', ['gone']);
    expect(await one('deletePerson', 'gone')).toBe(done);
    expect(await one('createPerson', 'gone')).toBe('failure error idallocinusefail');
    for (const name of ['updatePerson', 'replacePerson', 'deletePerson', 'readPerson', 'changePersonIdentifier']) {
      expect([name, await one(name, 'gone')]).toEqual([name, 'failure error unknownobject']);
    }
  });

  test('an element of a namespace that is no URI is refused as data that do not keep to the schema', async () => {
    const content = '<pd:formatName>Ann</pd:formatName><q:more xmlns:q="\u0242://a b">more</q:more>';
    expect(await one('createPerson', 'odd', content)).toBe('failure error invaliddata');
    expect(await one('readPerson', 'odd')).toBe('failure error unknownobject');
  });

  test('a membership of what is not there is refused and leaves nothing behind', async () => {
    await ask('createGroup', ['half']);
    expect(await one('createMembership', 'half')).toBe('failure error unknownobject');
    expect(await one('readMembership', 'half')).toBe('failure error unknownobject');
    await ask('createPerson', ['half']);
    expect(await one('createMembership', 'half')).toBe(done);
    expect(await one('createByProxyMembership', 'half')).toBe('failure error idallocinusefail');
  });

  test('the ends of a membership do not move', async () => {
    for (const id of ['end-1', 'end-2']) for (const name of ['createGroup', 'createPerson']) await ask(name, [id]);
    await ask('createMembership', ['end-1']);
    const moved = await ask('updateMembership', ['end-1'], contentOf('membership', 'end-2'));
    expect(moved.statuses).toEqual(['failure error invaliddata']);
    expect(texts((await ask('readMembership', ['end-1'])).body, 'identifier')).toEqual(['end-1', 'end-1']);
  });

  test('an update adds a parent to those that a group has; a group cannot be below itself', async () => {
    const parent = (id: string) =>
      contentOf('group', 'child').replace(
        '<gd:description>',
        `<gd:relationship><gd:relation>Parent</gd:relation><gd:sourceId>${identifier(id)}</gd:sourceId><gd:label>in</gd:label></gd:relationship><gd:description>`,
      );
    for (const id of ['parent-1', 'parent-2']) await ask('createGroup', [id]);
    await ask('createGroup', ['child'], parent('parent-1'));
    expect(await one('updateGroup', 'child', parent('parent-2'))).toBe(done);
    expect(texts((await ask('readGroup', ['child'])).body, 'identifier')).toEqual(['parent-1', 'parent-2']);
    expect(await one('updateGroup', 'parent-1', parent('child'))).toBe('failure error invaliddata');
    expect(await one('updateGroup', 'child', parent('nowhere'))).toBe('failure error unknownobject');
  });
});

describe('the schemas', () => {
  const pair = (id: string, content: string) =>
    `<pm:personIdPair>${sourcedId('pm', id)}<pm:person>${content}</pm:person></pm:personIdPair>`;
  const set = (...pairs: readonly string[]) =>
    call(
      `<pm:createPersonsRequest><pm:personIdPairSet>${pairs.join('')}</pm:personIdPairSet></pm:createPersonsRequest>`,
    );
  const good = contentOf('person', 'x');
  const descriptions = (reply: { readonly text: string }) =>
    [...reply.text.matchAll(/<c:text>(.*?)<\/c:text>/g)].map(([, text]) => text);

  test('an item that breaks them fails alone and names its field, never its value', async () => {
    const reply = await set(
      pair('s-1', good),
      pair(
        's-2',
        '<pd:formatName>n</pd:formatName><pd:demographics><pd:gender>Male</pd:gender><pd:bday>last May</pd:bday></pd:demographics>',
      ),
      pair('s-3', '<c:email>a@example.org</c:email><pd:formatName>n</pd:formatName>'),
      pair('s-4', '<pd:formatName>n</pd:formatName><pd:recordInfo/>'),
      pair('s-5', '<pd:formatName>n</pd:formatName><pd:systemRole>is a "valid value" of the set</pd:systemRole>'),
      pair('', good),
      pair('s-7', `<pd:formatName>n</pd:formatName><c:email>${'e'.repeat(2049)}</c:email>`),
      pair('s-8', good),
    );
    const invalid = 'failure error invaliddata';
    const incomplete = 'failure error incompletedata';
    expect(reply.statuses).toEqual([done, invalid, invalid, incomplete, invalid, incomplete, invalid, done]);
    const path = 'createPersonsRequest/personIdPairSet/personIdPair';
    expect(descriptions(reply)).toEqual([
      `${path}/person/demographics/bday: is not a valid xs:date`,
      expect.stringMatching(`^${path}/person/formatName: is not expected here; expected is URL, systemRole, `),
      `${path}/person/recordInfo: lacks comments`,
      expect.stringMatching(`^${path}/person/systemRole: is none of {'SysAdmin', `),
      `${path}/sourcedId/identifier: is empty`,
      `${path}/person/email: is longer than 2048 characters`,
    ]);
    expect(await one('readPerson', 's-1')).toBe(done);
    expect(await one('readPerson', 's-2')).toBe('failure error unknownobject');
  });

  test('the same holds whatever prefixes the message has', async () => {
    const message = 'http://www.imsglobal.org/services/pms/xsd/imsPersonManMessSchema_v1p0';
    const reply = await call(
      `<pm:createPersonsRequest><personIdPairSet xmlns="${message}">${pair('t-1', good)}<personIdPair><sourcedId>${identifier('t-2')}</sourcedId></personIdPair><q:personIdPair xmlns:q="${message}"><q:sourcedId>${identifier('t-3')}</q:sourcedId><q:person><pd:formatName>n</pd:formatName></q:person></q:personIdPair></personIdPairSet></pm:createPersonsRequest>`,
    );
    expect(reply.statuses).toEqual([done, 'failure error incompletedata', done]);
    expect(descriptions(reply)).toEqual(['createPersonsRequest/personIdPairSet/personIdPair: lacks person']);
  });

  test('what breaks them outside the items refuses all of them', async () => {
    const reply = await set(pair('u-1', good), '<pm:note/>', pair('u-2', good));
    const invalid = 'failure error invaliddata';
    expect(reply.statuses).toEqual([invalid, invalid, invalid]);
    expect(descriptions(reply)[0]).toMatch(/personIdPairSet\/note: is not expected here/);
    expect(await one('readPerson', 'u-1')).toBe('failure error unknownobject');
  });

  test('a confused namespace, text between elements and an attribute of no schema are refused', async () => {
    const read = (content: string) => call(`<pm:readPersonRequest>${content}</pm:readPersonRequest>`);
    const replies = await Promise.all([
      read('<sourcedId><identifier>x</identifier></sourcedId>'),
      read(`here: ${sourcedId('pm', 'x')}`),
      read(sourcedId('pm', 'x').replace('<pm:sourcedId', '<pm:sourcedId id="1"')),
      call(`<gm:readPersonRequest>${sourcedId('gm', 'x')}</gm:readPersonRequest>`),
    ]);
    for (const { statuses } of replies) expect(statuses).toEqual(['failure error invaliddata']);
  });

  test('nil and xsi:type, as generated clients send them, are allowed where the schema allows them', async () => {
    const xsi = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:q="urn:types"';
    const person = `<pd:formatName ${xsi} i:nil="true"/><c:email ${xsi} i:type="q:String2048Type">n@example.org</c:email>`;
    expect(await one('createPerson', 'typed', person)).toBe(done);
    expect(await one('createPerson', 'nil', `<pd:formatName>n</pd:formatName><c:email ${xsi} i:nil="true"/>`)).toBe(
      'failure error invaliddata',
    );
  });

  test('10,000 elements in one are refused before they are checked', async () => {
    const streets = '<pd:street/>'.repeat(10_000);
    const reply = await ask(
      'createPerson',
      ['long'],
      `<pd:formatName>n</pd:formatName><pd:address>${streets}</pd:address>`,
    );
    expect(reply.statuses).toEqual(['failure error overflowfail']);
  });
});
