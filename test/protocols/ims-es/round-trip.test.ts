import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { key } from '../../../src/model/index.ts';
import type { Context } from '../../../src/roster/index.ts';
import { startGateway, type TestGateway } from './gateway.ts';
import { find, makeClient, sourcedId, texts } from './messages.ts';
import { group, membership, person, plainOfElement, plainOfTree, type Tree, write } from './records.ts';
import { makeValidator } from './schemas.ts';

let gateway: TestGateway;
let call: ReturnType<typeof makeClient>;

beforeAll(async () => {
  gateway = await startGateway({ maxBodyBytes: 5_000_000 });
  call = makeClient(gateway.soap, makeValidator());
});
afterAll(() => gateway.close());

type Prefix = 'pm' | 'gm' | 'mm';

/** Writes a record and reads it; the answer also keeps to the schemas, or `call` throws. */
async function comesBackEqual(prefix: Prefix, noun: string, op: string, id: string, tree: Tree): Promise<void> {
  const request = `${prefix}:${op}${noun}Request`;
  const written = await call(`<${request}>${sourcedId(prefix, id)}${write(tree)}</${request}>`);
  expect(written.statuses[0]).toMatch(/^success /);
  const read = await call(`<${prefix}:read${noun}Request>${sourcedId(prefix, id)}</${prefix}:read${noun}Request>`);
  expect(read.body.children.map(plainOfElement)).toEqual([plainOfTree(tree)]);
}

const runs = { numRuns: 50 };

describe('what a client wrote comes back equal', () => {
  test.each(['create', 'replace'])('persons, by %sPerson', async (op) => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(person, async (tree) => {
        count += 1;
        await comesBackEqual('pm', 'Person', op, op === 'create' ? `new-${count}` : 'same', tree);
      }),
      runs,
    );
  });

  test.each(['create', 'replace'])('groups, by %sGroup', async (op) => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(group, async (tree) => {
        count += 1;
        await comesBackEqual('gm', 'Group', op, op === 'create' ? `new-group-${count}` : 'same-group', tree);
      }),
      runs,
    );
  });

  test('memberships, by createMembership', async () => {
    let count = 0;
    // Each of ends of its own, since those of a known identifier stay, and so does a home organisation.
    const fresh = fc.uuid().chain((id) => membership('of-create', id));
    await fc.assert(
      fc.asyncProperty(fresh, async (tree) => {
        count += 1;
        await comesBackEqual('mm', 'Membership', 'create', `m-${count}`, tree);
      }),
      runs,
    );
  });

  test('memberships, by replaceMembership', async () => {
    await fc.assert(
      fc.asyncProperty(membership('of-replace', 'by-replace'), async (tree) => {
        await comesBackEqual('mm', 'Membership', 'replace', 'same-m', tree);
      }),
      runs,
    );
  });

  test('memberships of groups in groups', async () => {
    await fc.assert(
      fc.asyncProperty(membership('outer', 'inner', 'group'), async (tree) => {
        await comesBackEqual('mm', 'Membership', 'replace', 'nested', tree);
      }),
      runs,
    );
  });

  test('what was written twice is the same as what was written once', async () => {
    await fc.assert(
      fc.asyncProperty(person, async (tree) => {
        await comesBackEqual('pm', 'Person', 'replace', 'twice', tree);
        await comesBackEqual('pm', 'Person', 'create', 'twice', tree);
      }),
      { numRuns: 30 },
    );
  });
});

describe('sets come back equal and in order', () => {
  const twenty = { minLength: 20, maxLength: 20 };
  const sets: readonly (readonly [Prefix, string, fc.Arbitrary<readonly Tree[]>])[] = [
    ['pm', 'Person', fc.array(person, twenty)],
    ['gm', 'Group', fc.array(group, twenty)],
    ['mm', 'Membership', fc.tuple(...Array.from({ length: 20 }, (_, at) => membership(`set-${at % 4}`, `set-${at}`)))],
  ];

  test.each(sets)('%s create%ss, update…, replace… and read…', async (prefix, noun, arbitrary) => {
    const lower = noun.toLowerCase();
    const idOf = (at: number) => `set-${lower}-${(at * 7) % 20}`;
    const identifiers = Array.from({ length: 20 }, (_, at) => `<c:identifier>${idOf(at)}</c:identifier>`).join('');
    const readRequest = `${prefix}:read${noun}sRequest`;
    let first = true;
    await fc.assert(
      fc.asyncProperty(arbitrary, async (trees) => {
        const pairs = trees.map(
          (tree, at) =>
            `<${prefix}:${lower}IdPair>${sourcedId(prefix, idOf(at))}${write(tree)}</${prefix}:${lower}IdPair>`,
        );
        const ops = first ? ['create', 'update', 'replace'] : ['replace', 'create', 'update'];
        first = false;
        for (const op of ops) {
          const request = `${prefix}:${op}${noun}sRequest`;
          const set = `<${prefix}:${lower}IdPairSet>${pairs.join('')}</${prefix}:${lower}IdPairSet>`;
          const written = await call(`<${request}>${set}</${request}>`);
          expect(written.statuses.map((status) => status.split(' ')[0])).toEqual(Array(20).fill('success'));
          const read = await call(
            `<${readRequest}><${prefix}:sourcedIdSet>${identifiers}</${prefix}:sourcedIdSet></${readRequest}>`,
          );
          expect(read.statuses).toEqual(Array(20).fill('success status'));
          expect(read.body.children[0]?.children.map(plainOfElement)).toEqual(trees.map(plainOfTree));
        }
      }),
      { numRuns: 5 },
    );
  });
});

describe('texts that XML cannot carry', () => {
  test('are left out of an answer where another door stored them (half characters are U+FFFD in the store)', async () => {
    const credential = await gateway.rooms.access.soapUser('sis', 'open sesame');
    if (!credential.ok) throw new Error('no credential');
    const context: Context = { ...credential.value, source: 'rest' };
    const dirty = 'A\u0000B\u0001\ud800C\udc00\uffffD';
    const [done] = await gateway.rooms.roster.execute(context, [
      {
        op: 'upsert',
        type: 'person',
        key: key('person', context.namespace, 'dirty'),
        data: {
          name: { family: dirty, given: '\u0002' },
          email: '\ufffe',
          phones: [{ type: dirty, value: dirty }],
          institutionRoles: [{ type: '\u0003', primary: true }],
          extension: { imsEs: { fields: [{ name: dirty, value: '\u0004' }] } },
        },
      },
    ]);
    expect(done?.ok).toBe(true);
    const read = await call(`<pm:readPersonRequest>${sourcedId('pm', 'dirty')}</pm:readPersonRequest>`);
    expect([texts(read.body, 'namePartValue'), find(read.body, 'telValue')]).toEqual([
      ['AB\ufffdC\ufffdD'],
      'AB\ufffdC\ufffdD',
    ]);
  });

  test.each(['&#0;', '&#1;', '\u0001', '&#xD800;', '\ufffe', '&#xFFFF;'])(
    'are refused in a request (%j), and nothing is written',
    async (bad) => {
      const name = `<pd:name><pd:partName><pd:namePartValue>${bad}</pd:namePartValue></pd:partName></pd:name>`;
      const body = `<pm:createPersonRequest>${sourcedId('pm', 'bad')}<pm:person>${name}</pm:person></pm:createPersonRequest>`;
      await expect(call(body)).rejects.toThrow(/Client/);
      const read = await call(`<pm:readPersonRequest>${sourcedId('pm', 'bad')}</pm:readPersonRequest>`);
      expect(read.statuses).toEqual(['failure error unknownobject']);
    },
  );
});
