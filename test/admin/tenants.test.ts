import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { adminRoutes } from '../../src/admin/index.ts';
import { enterpriseFile } from '../setup/enterprise-file.ts';
import type { Asked } from './gateway.ts';
import { openTwoTenants, type TwoTenants } from './tenants.ts';

let two: TwoTenants;
let before: ReadonlyMap<string, string>;
beforeAll(async () => {
  two = await openTwoTenants();
  before = await two.stored();
});
afterAll(() => two.gateway.close());

type AdminRoute = (typeof adminRoutes)[number];

/** A body that each schema takes, with ids of the first tenant where it names something. */
const bodies: Readonly<Record<string, () => object>> = {
  FeedSettings: () => ({ mode: 'changes' }),
  SettingsChange: () => ({}),
  OwnPassword: () => ({ password: 'secret' }),
  OwnSecret: () => ({ secret: 'secret' }),
  NewCredential: () => ({ name: 'other-tool', kinds: ['oneroster'] }),
  Scopes: () => ({ scopes: [] }),
  Sharing: () => ({ schools: ['mimosa'] }),
  Restore: () => ({ run: two.runs.done.id }),
  Merge: () => ({ all: true }),
  Rollover: () => ({ under: 'g1', feed: 'mimosa-feed' }),
  LocksChange: () => ({ fields: [] }),
  DownstreamSettings: () => ({ paused: true }),
};

/** What a route is asked for: everything that its query can name is the first tenant's. */
function askedOf({ query, body }: AdminRoute): { search: string; asked: Asked } {
  const named: Readonly<Record<string, string>> = {
    run: two.runs.done.id,
    feed: 'mimosa-feed',
    q: 'Mimosa',
    force: 'true',
  };
  const known = Object.entries(named).filter(([name]) => Object.hasOwn(query, name));
  const search = known.length === 0 ? '' : `?${new URLSearchParams(known)}`;
  const as = { authorization: two.other.authorization };
  if (body === undefined) return { search, asked: { as } };
  if (body === 'file') return { search, asked: { as, body: enterpriseFile({ persons: ['p1', 'gone'] }) } };
  const data = bodies[body];
  if (data === undefined) throw new Error(`say what a body of the schema ${body} is`);
  return { search, asked: { as, data: data() } };
}

/** Routes that make something of the asking tenant’s own under the name of their path. */
const making: ReadonlySet<string> = new Set(['putFeed']);

const withId = adminRoutes.filter(({ id, path }) => path.includes(':') && !making.has(id));
const others = adminRoutes.filter(({ id, path }) => !path.includes(':') || making.has(id));

describe('To an admin of another tenant', () => {
  test.each(withId.map((route) => [route.method.toUpperCase(), route.path, route] as const))(
    '%s %s answers of every id as if nobody had it',
    async (method, path, route) => {
      const { search, asked } = askedOf(route);
      const answerTo = async (id: string) => {
        const { status, text } = await two.gateway.ask(method, path.replace(/:\w+/, id) + search, asked);
        return { status, text: text.replaceAll(id, 'ID') };
      };
      const nobodys = await answerTo('nobody-has-this');
      expect(nobodys.status).toBe(404);
      expect(JSON.parse(nobodys.text)).toMatchObject({ code: 'unknown-object' });
      for (const id of two.ids) expect([id, await answerTo(id)]).toEqual([id, nobodys]);
    },
  );

  test.each(others.map((route) => [route.method.toUpperCase(), route.path, route] as const))(
    '%s %s shows and takes nothing of the first one',
    async (method, path, route) => {
      const { search, asked } = askedOf(route);
      for (const query of new Set(['', search])) {
        const { status, text } = await two.gateway.ask(method, path.replace(/:\w+/, 'mimosa-feed') + query, asked);
        expect([200, 201, 202, 204, 400, 404]).toContain(status);
        for (const secret of two.secrets) expect(text).not.toContain(secret);
      }
    },
  );

  test('After all of that everything of the first tenant is as it was', async () => {
    const mine = await two.gateway.sync.runs(two.other, { limit: 200 });
    if (!mine.ok) throw new Error(mine.problem.text);
    expect(mine.value.total).toBeGreaterThan(0);
    for (const { id } of mine.value.items) await two.gateway.sync.wait(two.other, id);
    expect(await two.stored()).toEqual(before);
  });
});
