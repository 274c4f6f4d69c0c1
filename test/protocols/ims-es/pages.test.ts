import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Context } from '../../../src/roster/index.ts';
import { startGateway, type TestGateway } from './gateway.ts';
import { find, makeClient, texts } from './messages.ts';
import { operationNamed, requestOf } from './requests.ts';
import { makeValidator } from './schemas.ts';

let gateway: TestGateway;
let call: ReturnType<typeof makeClient>;
const done = 'success status';
const ids = Array.from({ length: 7 }, (_, index) => `person-${index}`);
const admin: Context = { tenant: 'school', writer: 'admin:anna', namespace: 'default', source: 'admin' };

beforeAll(async () => {
  gateway = await startGateway();
  call = makeClient(gateway.soap, makeValidator());
  for (const name of ['createGroups', 'createPersons', 'createMemberships']) {
    expect((await call(requestOf(operationNamed(name), ids))).statuses).toEqual(ids.map(() => done));
  }
});
afterAll(() => gateway.close());

type Parameters = Readonly<Record<string, string>>;
const nil = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"';
const page = (parameters: Parameters, prefix = 'pm', noun = 'Persons') => {
  const content = Object.entries(parameters).map(([name, value]) =>
    value === 'nil' ? `<${prefix}:${name} ${nil}/>` : `<${prefix}:${name}>${value}</${prefix}:${name}>`,
  );
  return call(`<${prefix}:readAll${noun}Request>${content.join('')}</${prefix}:readAll${noun}Request>`);
};

describe('readAllPersons', () => {
  test('gives every person once over its pages, with the number of all on each', async () => {
    const seen: string[] = [];
    for (const index of ['1', '2', '3', '4']) {
      const reply = await page({ PageIndex: index, PageSize: '3' });
      expect([reply.statuses, find(reply.body, 'virtualCount')]).toEqual([[done], '7']);
      seen.push(...texts(reply.body, 'formatName'));
      expect(texts(reply.body, 'personIdPair')).toHaveLength([3, 3, 1, 0][Number(index) - 1] ?? -1);
    }
    expect(seen.toSorted()).toEqual(ids);
  });

  test('absent, nil and empty parameters are the usual ones', async () => {
    const names = ['PageIndex', 'PageSize', 'CreatedFrom', 'OnlyManuallyCreatedUsers', 'ConvertFromManual'];
    for (const value of ['nil', '']) {
      const reply = await page(Object.fromEntries(names.map((name) => [name, value])));
      expect([reply.statuses, texts(reply.body, 'formatName')]).toEqual([[done], expect.any(Array)]);
      expect(texts(reply.body, 'formatName')).toHaveLength(7);
    }
  });

  test('a page larger than there is is cut with a warning; numbers below 1 and no numbers are refused', async () => {
    const large = await page({ PageSize: '5000' });
    expect(large.statuses).toEqual(['success warning']);
    expect(large.description).toContain('PageSize is 1000, the largest there is');
    const wrong = [
      { PageSize: '0' },
      { PageIndex: '0' },
      { PageIndex: '-1' },
      { PageSize: 'all' },
      { CreatedFrom: 'May' },
      { CreatedFrom: '2026-02-30' },
      { CreatedFrom: '2026-02-30T10:00:00Z' },
      { CreatedFrom: '2026-02-28T25:00:00' },
    ];
    for (const parameters of wrong) {
      const reply = await page(parameters as Parameters);
      expect([reply.statuses, reply.body.children]).toEqual([['failure error invaliddata'], []]);
      expect(reply.description).toContain(`readAllPersonsRequest/${Object.keys(parameters)[0]}: `);
    }
  });

  test('CreatedFrom counts from its moment on, with and without a zone', async () => {
    for (const CreatedFrom of [
      '2000-01-01T00:00:00',
      '0001-01-01T00:00:00',
      '2000-01-01T00:00:00+02:00',
      '2000-01-01',
    ]) {
      expect(find((await page({ CreatedFrom })).body, 'virtualCount')).toBe('7');
    }
    for (const CreatedFrom of ['9000-01-01T00:00:00Z', '9000-01-01T00:00:00.000-05:00']) {
      expect(find((await page({ CreatedFrom })).body, 'virtualCount')).toBe('0');
    }
  });

  test('persons made by hand can be asked for and become the caller’s own', async () => {
    const [made] = await gateway.rooms.roster.execute(admin, [
      { op: 'upsert', type: 'person', key: 'person:default:by-hand', data: { name: { formatted: 'by-hand' } } },
    ]);
    expect(made?.ok).toBe(true);
    const manual = { OnlyManuallyCreatedUsers: 'true' };
    expect(texts((await page(manual)).body, 'formatName')).toEqual(['by-hand']);
    const converted = await page({ ...manual, ConvertFromManual: 'true' });
    expect([converted.statuses, texts(converted.body, 'formatName')]).toEqual([[done], ['by-hand']]);
    expect(find((await page(manual)).body, 'virtualCount')).toBe('0');
    expect(find((await page({})).body, 'virtualCount')).toBe('8');
  });
});

test('readAllGroups and readAllMemberships page in the same way', async () => {
  for (const [noun, type] of [
    ['Groups', 'group'],
    ['Memberships', 'membership'],
  ] as const) {
    const first = await page({ PageIndex: '1', PageSize: '4' }, 'x', noun);
    const second = await page({ PageIndex: '2', PageSize: '4' }, 'x', noun);
    expect([first, second].map(({ body }) => find(body, 'virtualCount'))).toEqual(['7', '7']);
    const found = [first, second].flatMap(({ body }) =>
      body.children[0]?.children.map((pair) => find(pair, 'identifier')),
    );
    expect([type, found.toSorted()]).toEqual([type, ids]);
  }
});
