import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { startGateway, type TestGateway } from './gateway.ts';
import { makeClient, sourcedId } from './messages.ts';
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

  test.each(['create', 'replace'])('memberships, by %sMembership', async (op) => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(membership(`of-${op}`, `by-${op}`), async (tree) => {
        count += 1;
        await comesBackEqual('mm', 'Membership', op, op === 'create' ? `m-${count % 3}` : 'same-m', tree);
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
