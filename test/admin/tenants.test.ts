import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { adminRoutes } from '../../src/admin/index.ts';
import { isGuid } from '../../src/base/ids.ts';
import { isGatewayAction } from '../../src/roster/index.ts';
import { enterpriseFile } from '../setup/enterprise-file.ts';
import { demo } from '../setup/services.ts';
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
  OwnPassword: () => ({ password: demo.password }),
  OwnSecret: () => ({ secret: 'secret' }),
  NewCredential: () => ({ name: 'other-tool', kinds: ['oneroster'] }),
  CredentialChange: () => ({ disabled: true }),
  ProviderSettings: () => ({}),
  Proof: () => ({}),
  Code: () => ({}),
  Scopes: () => ({ scopes: [] }),
  Sharing: () => ({ schools: ['mimosa'] }),
  Restore: () => ({ run: two.runs.done.id }),
  Merge: () => ({ all: true }),
  Rollover: () => ({ under: 'g1', feed: 'mimosa-feed' }),
  LocksChange: () => ({ fields: [] }),
  DownstreamSettings: () => ({ paused: true }),
  NewWebhook: () => ({ url: 'https://hook.example/' }),
  WebhookChange: () => ({ state: 'off' }),
  WebhookReplay: () => ({ since: '2026-01-01T00:00:00Z' }),
  NewSubscriber: () => ({ address: 'head@school.example' }),
  MailWishesChange: () => ({ optOut: true }),
  PersonIdentifier: () => ({ identifier: 'mimosa' }),
  AccountNames: () => ({ accounts: two.ids.filter(isGuid).map((id) => ({ sourcedId: id })) }),
  NewTenant: () => ({ id: 'new-tenant' }),
};

/** What a route is asked for: everything that its query can name is the first tenant's. */
function askedOf({ query, body }: AdminRoute): { search: string; asked: Asked } {
  const named: Readonly<Record<string, string>> = {
    run: two.runs.done.id,
    feed: 'mimosa-feed',
    q: 'Mimosa',
    id: 'nobody-has-this',
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

/** What an answer must not hold; its own log tells the asking tenant which guids it has asked for itself. */
function secretsFor({ path }: AdminRoute): readonly string[] {
  return path.startsWith('/audit') ? two.secrets.filter((secret) => !isGuid(secret)) : two.secrets;
}

/** The newest entries of the asking tenant's log. */
async function newest(limit: number) {
  const page = await two.gateway.audit.list(two.other, { limit });
  return page.ok ? page.value.items : [];
}

/** How often it says, behind an entry, that something was not found. */
async function refusedSince(before: number): Promise<number> {
  const refused = (await newest(100)).filter(
    ({ sequence, outcome, problem }) => sequence > before && outcome === 'refused' && problem === 'unknown-object',
  );
  return refused.reduce((sum, { count = 1 }) => sum + count, 0);
}

/** Routes that make something of the asking tenant’s own under the name of their path. */
const making: ReadonlySet<string> = new Set(['putFeed']);

/** Routes of the gateway's operators, to whom no admin of a tenant belongs. */
const ofOperators = adminRoutes.filter(({ action }) => isGatewayAction(action));
const ofTenants = adminRoutes.filter(({ action }) => !isGatewayAction(action));
const withId = ofTenants.filter(({ id, path }) => path.includes(':') && !making.has(id));
const others = ofTenants.filter(({ id, path }) => !path.includes(':') || making.has(id));

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
      const [last] = await newest(1);
      for (const id of two.ids) expect([id, await answerTo(id)]).toEqual([id, nobodys]);
      expect(await refusedSince(last?.sequence ?? 0)).toBe(two.ids.length);
    },
  );

  test.each(others.map((route) => [route.method.toUpperCase(), route.path, route] as const))(
    '%s %s shows and takes nothing of the first one',
    async (method, path, route) => {
      const { search, asked } = askedOf(route);
      for (const query of new Set(['', search])) {
        const { status, text } = await two.gateway.ask(method, path.replace(/:\w+/, 'mimosa-feed') + query, asked);
        expect([200, 201, 202, 204, 400, 404, 409]).toContain(status);
        for (const secret of secretsFor(route)) expect(text).not.toContain(secret);
      }
    },
  );

  test.each(ofOperators.map((route) => [route.method.toUpperCase(), route.path, route] as const))(
    '%s %s is closed, whatever tenant it names, and on record',
    async (method, path, route) => {
      const { asked } = askedOf(route);
      const [last] = await newest(1);
      for (const id of [demo.tenant, two.other.tenant, 'nobody-has-this']) {
        const { status, text } = await two.gateway.ask(method, path.replace(/:\w+/, id), asked);
        expect([status, JSON.parse(text)]).toMatchObject([403, { code: 'forbidden' }]);
      }
      const entries = (await newest(10)).filter(({ sequence }) => sequence > (last?.sequence ?? 0));
      expect(new Set(entries.map(({ action, problem }) => `${action} ${problem}`))).toEqual(
        new Set([`${route.action} forbidden`]),
      );
    },
  );

  test('After all of that everything of the first tenant is as it was', async () => {
    const mine = await two.gateway.sync.runs(two.other, { limit: 200 });
    if (!mine.ok) throw new Error(mine.problem.text);
    expect(mine.value.total).toBeGreaterThan(0);
    for (const { id } of mine.value.items) await two.gateway.sync.wait(two.other, id);
    expect(await two.stored()).toEqual(before);
    const { audit, context } = two.gateway;
    const foreign = await audit.list(context, { who: two.other.writer, limit: 1 });
    expect(foreign.ok && foreign.value.items).toEqual([]);
  });
});
