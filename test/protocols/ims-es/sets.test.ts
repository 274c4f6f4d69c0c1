import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { problem, problemCodes } from '../../../src/base/problem.ts';
import { failedStatus } from '../../../src/protocols/ims-es/status.ts';
import { defaultTenantSettings, type TenantSettings } from '../../../src/roster/index.ts';
import { startGateway, type TestGateway } from './gateway.ts';
import { find, makeClient, message, post, type Reply, sourcedId, texts } from './messages.ts';
import { contentOf, identifier, operationNamed, requestOf } from './requests.ts';
import { makeValidator } from './schemas.ts';

let gateway: TestGateway;
let call: ReturnType<typeof makeClient>;
let settings: TenantSettings['imsEs'] = defaultTenantSettings.imsEs;

beforeAll(async () => {
  gateway = await startGateway({
    settings: () => Promise.resolve({ ...defaultTenantSettings, imsEs: settings }),
    maxBodyBytes: 10_000_000,
  });
  call = makeClient(gateway.soap, makeValidator());
});
afterAll(() => gateway.close());

const done = 'success status';
const unknown = 'failure error unknownobject';
const inUse = 'failure error idallocinusefail';
const ask = (name: string, ids: readonly string[], write?: (id: string) => string) =>
  call(requestOf(operationNamed(name), ids, write === undefined ? undefined : (_noun, id) => write(id)));
/** Asks with other settings than the usual ones. */
const under = async <T>(other: Partial<TenantSettings['imsEs']>, act: () => Promise<T>): Promise<T> => {
  settings = { ...defaultTenantSettings.imsEs, ...other };
  return act().finally(() => {
    settings = defaultTenantSettings.imsEs;
  });
};
const renames = (...pairs: readonly (readonly [string, string])[]) =>
  call(
    `<pm:changePersonsIdentifierRequest><pm:pairSourcedIdSet>${pairs
      .map(
        ([from, to]) =>
          `<c:identifierPair><c:firstId>${from}</c:firstId><c:secondId>${to}</c:secondId></c:identifierPair>`,
      )
      .join('')}</pm:pairSourcedIdSet></pm:changePersonsIdentifierRequest>`,
  );

describe('items of one request that meet', () => {
  test('the same identifier twice in createPersons is written twice, or in use the second time for a strict tenant', async () => {
    const ids = ['twice', 'other', 'twice'];
    expect((await ask('createPersons', ids)).statuses).toEqual([done, done, done]);
    const strict = await under({ behaviour: 'strict' }, () =>
      ask(
        'createPersons',
        ids.map((id) => `${id}-s`),
      ),
    );
    expect(strict.statuses).toEqual([done, done, inUse]);
  });

  test('the last of two writes of one identifier counts', async () => {
    let nth = 0;
    await ask('updatePersons', ['last', 'last'], () => {
      nth += 1;
      return `<c:email>${nth}@example.org</c:email>`;
    });
    expect(find((await ask('readPerson', ['last'])).body, 'email')).toBe('2@example.org');
  });

  test('the same identifier twice in deletePersons is gone the second time', async () => {
    await ask('createPersons', ['del-1', 'del-2']);
    const deleted = await ask('deletePersons', ['del-1', 'del-2', 'del-1', 'never']);
    expect(deleted.statuses).toEqual([done, done, 'failure error deletefailure', unknown]);
    await under({ behaviour: 'strict' }, async () => {
      await ask('createPersons', ['del-3']);
      expect((await ask('deletePersons', ['del-3', 'del-3'])).statuses).toEqual([done, unknown]);
    });
  });

  test('a person that goes takes memberships along, which are then gone for their own delete', async () => {
    for (const name of ['createGroup', 'createPerson', 'createMembership']) await ask(name, ['along']);
    expect((await ask('deletePersons', ['along'])).statuses).toEqual([done]);
    expect((await ask('deleteMemberships', ['along'])).statuses).toEqual(['failure error deletefailure']);
  });

  test('a rename is seen by the next item: the old name goes on as an alias, a taken name is refused', async () => {
    await ask('createPersons', ['r-1', 'r-2']);
    const renamed = await renames(['r-1', 'r-3'], ['r-2', 'r-3'], ['r-3', 'r-4'], ['never', 'r-5'], ['r-2', '']);
    expect(renamed.statuses).toEqual([done, inUse, done, unknown, 'failure error incompletedata']);
    const read = await ask('readPersons', ['r-4', 'r-3', 'r-5']);
    expect(read.statuses).toEqual([done, done, unknown]);
    expect(texts(read.body, 'email')).toEqual(['r-1@example.org', 'r-1@example.org']);
  });

  test('an item that cannot be read stops no other one, in every set that writes', async () => {
    const bad = '<pd:demographics><pd:bday>soon</pd:bday></pd:demographics>';
    for (const name of ['createPersons', 'updatePersons', 'replacePersons', 'createByProxyPersons']) {
      const reply = await ask(name, ['ok-1', 'bad', 'ok-2'], (id) => (id === 'bad' ? bad : contentOf('person', id)));
      expect([name, reply.statuses]).toEqual([name, [done, 'failure error invaliddata', done]]);
      expect(reply.text).toContain('person/demographics/bday: is not a date; write YYYY-MM-DD');
      const made = texts(reply.body, 'identifier');
      if (name !== 'createByProxyPersons') expect(made).toEqual([]);
      else expect(texts((await ask('readPersons', made)).body, 'formatName')).toEqual(['ok-1', 'ok-2']);
    }
  });

  test('an identifier of a membership goes to another group in one request once it is in the trash, not before', async () => {
    await ask('createGroups', ['moves', 'moves-2']);
    await ask('createPerson', ['moves']);
    const to = (id: string) => () => contentOf('membership', 'moves').replace(identifier('moves'), identifier(id));
    expect((await ask('createMemberships', ['moves', 'moves'], to('moves'))).statuses).toEqual([done, done]);
    expect((await ask('replaceMemberships', ['moves', 'moves-b'], to('moves-2'))).statuses).toEqual([
      'failure error invaliddata',
      done,
    ]);
    await ask('deleteMemberships', ['moves', 'moves-b']);
    expect((await ask('replaceMemberships', ['moves', 'moves'], to('moves-2'))).statuses).toEqual([done, done]);
    const read = await ask('readMembershipsForPerson', ['moves']);
    expect(texts(read.body, 'identifier')).toEqual(['moves-b', 'moves-2', 'moves']);
    expect(texts((await ask('readMembership', ['moves'])).body, 'identifier')).toEqual(['moves-2', 'moves']);
  });

  test('a membership by proxy between ends that have one answers its identifier', async () => {
    for (const name of ['createGroup', 'createPerson', 'createMembership']) await ask(name, ['ends']);
    const reply = await ask('createByProxyMembership', ['ends']);
    expect([reply.statuses, texts(reply.body, 'identifier')]).toEqual([[done], ['ends']]);
  });

  test('readPersons gives successes only, in the order of the request, as often as they are asked for', async () => {
    await ask('createPersons', ['s-1', 's-2']);
    const read = await ask('readPersons', ['s-2', 'nobody', 's-1', '', 's-2']);
    expect(read.statuses).toEqual([done, unknown, done, 'failure error incompletedata', done]);
    expect(texts(read.body, 'formatName')).toEqual(['s-2', 's-1', 's-2']);
  });
});

describe('limits', () => {
  test('more items than the tenant may send are each refused, and none is done', async () => {
    await under({ itemsPerRequest: 3 }, async () => {
      for (const name of [
        'createPersons',
        'createByProxyGroups',
        'deletePersons',
        'readPersons',
        'changeGroupsIdentifier',
      ]) {
        const reply = await ask(name, ['cap-1', 'cap-2', 'cap-3', 'cap-4']);
        expect([name, reply.statuses]).toEqual([name, Array.from({ length: 4 }, () => 'failure error overflowfail')]);
        expect(reply.description).toContain('holds 4 items; at most 3 are taken at once');
      }
      expect((await ask('readPerson', ['cap-1'])).statuses).toEqual([unknown]);
      expect((await ask('createPersons', ['cap-1', 'cap-2', 'cap-3'])).statuses).toEqual([done, done, done]);
    });
  });

  test('so many items that their statuses would be a burden get one fault', async () => {
    const ids = Array.from({ length: 10_001 }, () => 'x');
    const request = requestOf(operationNamed('deletePersons'), ids);
    const reply = await post(`${gateway.soap}/PersonManagementServiceSync`, message(request));
    expect(reply.fault).toContain('s:Client: The request holds 10001 items; at most 1000 are taken at once.');
  });

  test('a large record that is asked for many times is given until the answer is too large', async () => {
    await ask(
      'createPerson',
      ['large'],
      () => `<pd:address><pd:street>${'s'.repeat(1_000_000)}</pd:street></pd:address>`,
    );
    const request = requestOf(
      operationNamed('readPersons'),
      Array.from({ length: 50 }, () => 'large'),
    );
    const response = await fetch(`${gateway.soap}/PersonManagementServiceSync`, {
      method: 'POST',
      headers: { 'content-type': 'text/xml' },
      body: message(request),
    });
    const text = await response.text();
    const count = (part: string) => text.split(part).length - 1;
    expect([count('<codeMajor>success<'), count('<d:address>'), count('>overflowfail<')]).toEqual([19, 19, 31]);
  });

  test('300 groups are made in one request, and beyond the brake deletes are refused while those before it are done', async () => {
    const ids = Array.from({ length: 300 }, (_, index) => `brake-${index}`);
    const own = await startGateway();
    try {
      const callOwn = makeClient(own.soap, makeValidator());
      const create = await callOwn(requestOf(operationNamed('createGroups'), ids));
      expect(new Set(create.statuses)).toEqual(new Set([done]));
      const { statuses } = await callOwn(requestOf(operationNamed('deleteGroups'), ids));
      expect(statuses.slice(0, 100)).toEqual(Array.from({ length: 100 }, () => done));
      expect(statuses.slice(100)).toEqual(Array.from({ length: 200 }, () => 'failure error deletefailure'));
      const read = await callOwn(requestOf(operationNamed('readGroups'), ids));
      expect(texts(read.body, 'descShort')).toEqual(ids.slice(100));
      const single = await callOwn(requestOf(operationNamed('deleteGroup'), ['brake-299']));
      expect(single.statuses).toEqual(['failure error deletefailure']);
      expect(single.description).toContain('This record was not removed; wait, or ask an administrator.');
    } finally {
      await own.close();
    }
  });

  test("a tenant's own limits on identifiers hold for what is made and renamed, not for what is read", async () => {
    const lengths = { ...defaultTenantSettings.imsEs.lengths, personId: 5, groupId: 6 };
    await under({ lengths }, async () => {
      const reply = await ask('createPersons', ['short', 'longer']);
      expect(reply.statuses).toEqual([done, 'failure error invaliddata']);
      expect(reply.text).toContain('person identifier: ');
      expect((await renames(['short', 'longer'])).statuses).toEqual(['failure error invaliddata']);
      expect((await ask('createGroup', ['longer'])).statuses).toEqual([done]);
      expect((await ask('readPerson', ['longer'])).statuses).toEqual([unknown]);
    });
  });
});

describe('what belongs to others', () => {
  test('readPersonsForGroup and readGroupsForPerson give each record once, members that are groups left out', async () => {
    for (const id of ['rf-1', 'rf-2']) for (const name of ['createGroup', 'createPerson']) await ask(name, [id]);
    const member = (group: string, person: string, idType = '') =>
      `<md:groupSourcedId>${identifier(group)}</md:groupSourcedId><md:member><md:memberSourcedId>${identifier(person)}</md:memberSourcedId>${idType}<md:role><md:roleType>Learner</md:roleType></md:role></md:member>`;
    await ask('createMembership', ['rf-a'], () => member('rf-1', 'rf-2'));
    await ask('createMembership', ['rf-b'], () => member('rf-1', 'rf-1'));
    await ask('createMembership', ['rf-c'], () => member('rf-2', 'rf-2'));
    await ask('createMembership', ['rf-d'], () => member('rf-1', 'rf-2', '<md:idType>Group</md:idType>'));
    await ask('createMembership', ['rf-e'], () => member('rf-1', 'rf-later'));
    const persons = await ask('readPersonsForGroup', ['rf-1']);
    expect(texts(persons.body, 'formatName')).toEqual(['rf-2', 'rf-1']);
    const groups = await ask('readGroupsForPerson', ['rf-2']);
    expect(groups.body.children.map(({ name }) => name)).toEqual(['groupSet', 'groupIdPairSet']);
    for (const set of groups.body.children) expect(texts(set, 'descShort')).toEqual(['rf-1', 'rf-2']);
    await ask('deletePerson', ['rf-2']);
    expect(texts((await ask('readPersonsForGroup', ['rf-1'])).body, 'formatName')).toEqual(['rf-1']);
    await ask('deleteMembership', ['rf-b']);
    expect(texts((await ask('readPersonsForGroup', ['rf-1'])).body, 'formatName')).toEqual([]);
  });

  test('they have no limit on what comes back', async () => {
    await ask('createGroup', ['wide']);
    const ids = Array.from({ length: 5 }, (_, index) => `wide-${index}`);
    await ask('createPersons', ids);
    await ask('createMemberships', ids, (id) =>
      contentOf('membership', id).replace(identifier(id), identifier('wide')),
    );
    const read = await under({ itemsPerRequest: 2 }, () => ask('readPersonsForGroup', ['wide']));
    expect(texts(read.body, 'formatName').toSorted()).toEqual(ids);
  });
});

describe('groups of compatible tenants', () => {
  test('a group whose update names another parent moves there', async () => {
    const parent = (id: string) =>
      `${contentOf('group', 'moving').replace('<gd:description>', `<gd:relationship><gd:relation>Parent</gd:relation><gd:sourceId>${identifier(id)}</gd:sourceId></gd:relationship><gd:description>`)}`;
    await ask('createGroups', ['from', 'to']);
    await ask('createGroup', ['moving'], () => parent('from'));
    await ask('updateGroup', ['moving'], () => parent('to'));
    expect(texts((await ask('readGroup', ['moving'])).body, 'identifier')).toEqual(['to']);
    await ask('updateGroup', ['moving'], () => contentOf('group', 'moving'));
    expect(texts((await ask('readGroup', ['moving'])).body, 'identifier')).toEqual(['to']);
  });
});

test('every problem has words of the standard, and its description begins with the field', () => {
  for (const code of problemCodes) {
    const status = failedStatus(problem(code, 'is wrong', { field: 'person/email' }));
    expect(`${status.codeMajor} ${status.severity}`).toMatch(/^(failure error|unsupported status)$/);
    expect(status.codeMinor).toMatch(/^[a-z]+$/);
    expect(status.text).toBe('person/email: is wrong');
  }
});

describe('nothing of a request is dropped without a word', () => {
  const invalid = 'failure error invaliddata';
  const warned = 'success warning';
  const pair = (id: string, more = '') =>
    `<pm:personIdPair>${sourcedId('pm', id)}<pm:person>${contentOf('person', id)}</pm:person>${more}</pm:personIdPair>`;
  const pairSet = (...pairs: readonly string[]) => `<pm:personIdPairSet>${pairs.join('')}</pm:personIdPairSet>`;
  const create = (content: string) => call(`<pm:createPersonsRequest>${content}</pm:createPersonsRequest>`);
  const descriptions = ({ text }: Reply) => [...text.matchAll(/<c:text>(.*?)<\/c:text>/g)].map(([, each]) => each);

  test('a request without its set, or with a nil one, is refused as a whole', async () => {
    const nil = '<gm:sourcedIdSet xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>';
    for (const content of [sourcedId('gm', 'x'), nil]) {
      const reply = await call(`<gm:readGroupsRequest>${content}</gm:readGroupsRequest>`);
      expect(reply.statuses).toEqual(['failure error incompletedata']);
      expect(reply.description).toBe('readGroupsRequest/sourcedIdSet: is missing');
    }
  });

  test('the items of all sets of the right name count', async () => {
    const reply = await create(pairSet(pair('two-1'), pair('two-2')) + pairSet() + pairSet(pair('two-3')));
    expect(reply.statuses).toEqual([done, done, done]);
    const ids = (...all: readonly string[]) => `<pm:sourcedIdSet>${all.map(identifier).join('')}</pm:sourcedIdSet>`;
    const read = await call(`<pm:readPersonsRequest>${ids('two-3')}${ids('two-1', 'nobody')}</pm:readPersonsRequest>`);
    expect([read.statuses, texts(read.body, 'formatName')]).toEqual([
      [done, done, unknown],
      ['two-3', 'two-1'],
    ]);
  });

  test('what stands between the items and is none fails in its place', async () => {
    const foreign = '<x:personIdPair xmlns:x="urn:x"/>';
    const reply = await create(pairSet(pair('st-1'), '<pm:PersonIdPair/>', foreign, pair('st-2')));
    expect(reply.statuses).toEqual([done, invalid, invalid, done]);
    const text = 'is not known here; expected is personIdPair';
    expect(descriptions(reply)).toEqual([
      `createPersonsRequest/personIdPairSet/PersonIdPair: ${text}`,
      `createPersonsRequest/personIdPairSet/personIdPair: ${text}`,
    ]);
    const made = await call(
      `<pm:createByProxyPersonsRequest><pm:personSet><pm:person>${contentOf('person', 'st-3')}</pm:person><pm:Person/></pm:personSet></pm:createByProxyPersonsRequest>`,
    );
    expect([made.statuses, texts(made.body, 'identifier')]).toEqual([[done, invalid], [expect.any(String)]]);
    const removed = await call(
      `<pm:deletePersonsRequest><pm:sourcedIdSet>${identifier('st-1')}${sourcedId('pm', 'st-2')}</pm:sourcedIdSet></pm:deletePersonsRequest>`,
    );
    expect(removed.statuses).toEqual([done, invalid]);
    expect((await ask('readPersons', ['st-1', 'st-2'])).statuses).toEqual([unknown, done]);
  });

  test('what nobody knows beside the set, in a pair or in a single request is named in a warning', async () => {
    const beside = await create(`<pm:extraneous/>${pairSet(pair(''), pair('w-1'), pair('w-2', '<pm:surplus/>'))}`);
    expect(beside.statuses).toEqual(['failure error incompletedata', warned, warned]);
    expect(descriptions(beside).slice(1)).toEqual([
      'createPersonsRequest/extraneous is not known here and was left out',
      'personIdPair/surplus is not known here and was left out',
    ]);
    const failed = await create(`<pm:extraneous/>${pairSet(pair(''))}`);
    expect(failed.description).toContain('createPersonsRequest/extraneous is not known here');
    const single = `<pm:person>${contentOf('person', 'w-3')}</pm:person>`;
    const inSourcedId = sourcedId('pm', 'w-3').replace('</pm:sourcedId>', '<c:source/></pm:sourcedId>');
    const group = '<pm:groupSourcedId><c:identifier>g</c:identifier></pm:groupSourcedId>';
    await ask('createGroup', ['g']);
    for (const [request, content, named] of [
      ['createPerson', `${sourcedId('pm', 'w-3')}${single}<pm:extraneous/>`, 'extraneous'],
      ['createPerson', `${inSourcedId}${single}`, 'sourcedId/source'],
      ['readPerson', `${sourcedId('pm', 'w-3')}<pm:extraneous/>`, 'extraneous'],
      ['readPersonsForGroup', `${group}<pm:extraneous/>`, 'extraneous'],
      [
        'changePersonIdentifier',
        `${sourcedId('pm', 'w-3')}<pm:x/>${sourcedId('pm', 'w-4').replaceAll('sourcedId', 'newSourcedId')}`,
        'x',
      ],
      ['deletePerson', `<pm:extraneous/>${sourcedId('pm', 'w-4')}`, 'extraneous'],
    ] as const) {
      const reply = await call(`<pm:${request}Request>${content}</pm:${request}Request>`);
      expect([request, reply.statuses, reply.description]).toEqual([
        request,
        [warned],
        `${request}Request/${named} is not known here and was left out`,
      ]);
    }
  });

  test('of several that stand where one may be, the one in the right namespace is read, and a warning says so', async () => {
    const person = (prefix: string, email: string) => `<${prefix}person><c:email>${email}</c:email></${prefix}person>`;
    const reply = await call(
      `<pm:createPersonRequest><sourcedId>${identifier('several-0')}</sourcedId>${sourcedId('pm', 'several-1')}${sourcedId('pm', 'several-2')}${person('', 'a@example.org')}${person('pm:', 'b@example.org')}</pm:createPersonRequest>`,
    );
    expect([reply.statuses, reply.description]).toEqual([
      [warned],
      'createPersonRequest/sourcedId comes more than once; only one was read; createPersonRequest/person comes more than once; only one was read',
    ]);
    const read = await ask('readPersons', ['several-0', 'several-1', 'several-2']);
    expect([read.statuses, texts(read.body, 'email')]).toEqual([[unknown, done, unknown], ['b@example.org']]);
    expect(
      (
        await call(
          `<pm:deletePersonRequest>${sourcedId('pm', 'several-1')}${sourcedId('pm', 'x')}</pm:deletePersonRequest>`,
        )
      ).statuses,
    ).toEqual([warned]);
  });

  test('a warning names a few of the elements that nobody knows, and says that there are more', async () => {
    const reply = await create(pairSet(pair('many', '<pm:a/>'.repeat(100))));
    expect([reply.statuses, reply.description]).toEqual([
      [warned],
      `${'personIdPair/a is not known here and was left out; '.repeat(3)}what else was left out or not followed is not listed`,
    ]);
  });
});

test('a membership by proxy in an archived course is not made, and the warning says why', async () => {
  const course =
    '<gd:groupType><gd:scheme>Luminis</gd:scheme><gd:typeValue><gd:type>Course</gd:type></gd:typeValue></gd:groupType>';
  await ask('createGroup', ['archived'], () => course);
  await ask('createPerson', ['archived']);
  expect((await ask('deleteGroup', ['archived'])).statuses).toEqual([done]);
  const reply = await ask('createByProxyMembership', ['archived']);
  expect([reply.statuses, texts(reply.body, 'identifier')]).toEqual([['success warning'], []]);
  expect(reply.description).toContain('archived');
});
