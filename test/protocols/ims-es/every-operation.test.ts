import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { nounOf } from '../../../src/protocols/ims-es/items.ts';
import { type Act, type Operation, operations } from '../../../src/protocols/ims-es/operations.ts';
import { defaultTenantSettings, type TenantSettings } from '../../../src/roster/index.ts';
import { startGateway, type TestGateway } from './gateway.ts';
import { find, makeClient, type Reply, texts } from './messages.ts';
import { type Noun, operationNamed as named, requestOf } from './requests.ts';
import { makeValidator } from './schemas.ts';

type Behaviour = TenantSettings['imsEs']['behaviour'];

const done = 'success status';
const failed = (word: string) => `failure error ${word}`;

/** What an item on a record that is there and one on an unknown identifier are answered. */
const answers: Readonly<Record<Behaviour, Partial<Readonly<Record<Act, readonly [there: string, unknown: string]>>>>> =
  {
    compatible: {
      create: [done, done],
      update: [done, done],
      replace: [done, done],
      delete: [done, failed('unknownobject')],
      read: [done, failed('unknownobject')],
      changeIdentifier: [done, failed('unknownobject')],
    },
    strict: {
      create: [failed('idallocinusefail'), done],
      update: [done, failed('unknownobject')],
      replace: [done, failed('unknownobject')],
      delete: [done, failed('unknownobject')],
      read: [done, failed('unknownobject')],
      changeIdentifier: [done, failed('unknownobject')],
    },
  };

const readers = { person: named('readPerson'), group: named('readGroup'), membership: named('readMembership') };

describe.each<Behaviour>(['compatible', 'strict'])('a %s tenant', (behaviour) => {
  let gateway: TestGateway;
  let call: ReturnType<typeof makeClient>;

  beforeAll(async () => {
    const settings = { ...defaultTenantSettings, imsEs: { ...defaultTenantSettings.imsEs, behaviour } };
    gateway = await startGateway({ settings: () => Promise.resolve(settings) });
    call = makeClient(gateway.soap, makeValidator());
  });
  afterAll(() => gateway.close());

  const ask = (operation: Operation, ...ids: string[]): Promise<Reply> => call(requestOf(operation, ids));
  const read = async (noun: Noun, id: string): Promise<Reply> => ask(readers[noun], id);

  /** Writes a person, a group and their membership, all of one identifier. */
  const writeAll = async (id: string): Promise<void> => {
    for (const name of ['createGroup', 'createPerson', 'createMembership']) {
      expect((await ask(named(name), id)).statuses).toEqual([done]);
    }
  };

  /** Both items in one call where the operation takes a set, else in two. */
  const askBoth = async (operation: Operation, first: string, second: string): Promise<Reply[]> =>
    operation.many
      ? [await ask(operation, first, second)]
      : [await ask(operation, first), await ask(operation, second)];

  const onRecords = operations.filter(({ act }) => answers.compatible[act] !== undefined);
  test.each(onRecords.map((operation) => [operation.name, operation] as const))('%s', async (name, operation) => {
    const [there, unknown] = [`${name}-there`, `${name}-unknown`];
    await writeAll(there);
    if (operation.service === 'mms' && !['read', 'delete'].includes(operation.act)) {
      for (const end of ['createGroup', 'createPerson']) await ask(named(end), unknown);
    }
    const expected = answers[behaviour][operation.act] ?? [];
    const replies = await askBoth(operation, there, unknown);
    expect(replies.flatMap(({ statuses }) => statuses)).toEqual(expected);

    const noun = nounOf[operation.service];
    const readBack = async (id: string) => (await read(noun, id)).statuses[0];
    switch (operation.act) {
      case 'read':
        expect(replies.flatMap(({ body }) => texts(body, noun))).toHaveLength(1);
        expect(replies.at(-1)?.body.children).toHaveLength(operation.many ? 1 : 0);
        break;
      case 'delete':
        expect(await readBack(there)).toBe(failed('unknownobject'));
        break;
      case 'changeIdentifier':
        expect(await readBack(`${there}-new`)).toBe(done);
        break;
      default:
        expect(replies.map(({ body }) => body.children)).toEqual(replies.map(() => []));
        expect(await readBack(unknown)).toBe(expected[1]);
    }
  });

  const byProxy = operations.filter(({ act }) => act === 'createByProxy');
  test.each(byProxy.map((operation) => [operation.name, operation] as const))('%s', async (name, operation) => {
    const ids = [`${name}-a`, `${name}-b`].slice(0, operation.many ? 2 : 1);
    if (operation.service === 'mms') {
      for (const id of ids) for (const end of ['createGroup', 'createPerson']) await ask(named(end), id);
    }
    const reply = await ask(operation, ...ids);
    expect(reply.statuses).toEqual(ids.map(() => done));
    const made = texts(reply.body, 'identifier');
    expect(new Set(made).size).toBe(ids.length);
    const noun = nounOf[operation.service];
    const read = await Promise.all(made.map(async (id) => (await ask(readers[noun], id)).text));
    for (const [at, id] of ids.entries()) expect(read[at]).toContain(`>${id}<`);
  });

  const ofOthers = operations.filter(({ act }) => act === 'readFor');
  test.each(ofOthers.map((operation) => [operation.name, operation] as const))('%s', async (name, operation) => {
    await writeAll(name);
    const reply = await ask(operation, name);
    expect(reply.statuses).toEqual([done]);
    const noun = nounOf[operation.service];
    expect(texts(reply.body, `${noun}IdPair`)).toHaveLength(1);
    expect(find(reply.body, 'identifier')).toBe(name);
    const unknown = await ask(operation, `${name}-unknown`);
    expect([unknown.statuses, unknown.body.children]).toEqual([[failed('unknownobject')], []]);
  });

  const ofAll = operations.filter(({ act }) => act === 'readAll');
  test.each(ofAll.map((operation) => [operation.name, operation] as const))('%s', async (name, operation) => {
    await writeAll(name);
    const reply = await ask(operation);
    expect(reply.statuses).toEqual([done]);
    const noun = nounOf[operation.service];
    expect(Number(find(reply.body, 'virtualCount'))).toBe(texts(reply.body, `${noun}IdPair`).length);
    expect(texts(reply.body, 'identifier')).toContain(name);
  });
});
