import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { adminRoutes } from '../../src/admin/index.ts';
import { sha256 } from '../../src/base/ids.ts';
import {
  type Action,
  type AdminRole,
  actions,
  adminRoles,
  gatewayActions,
  isGatewayAction,
  mayDo,
} from '../../src/roster/index.ts';
import { demo } from '../setup/services.ts';
import { type AdminGateway, startAdmin } from './gateway.ts';

let gateway: AdminGateway;
beforeAll(async () => {
  gateway = await startAdmin({ start: false });
  await gateway.store.rows('credential').insertMany(
    adminRoles.map((role) => ({
      _id: `${demo.tenant}/${role}`,
      tenant: demo.tenant,
      name: role,
      kinds: ['admin'],
      role,
      keyHash: sha256(keyOf(role)),
      namespace: 'default',
    })),
  );
});
afterAll(() => gateway.close());

const keyOf = (role: AdminRole) => `key-of-the-${role}`;
const as = (role: AdminRole) => ({ authorization: `Bearer ${keyOf(role)}` });

/** A request of a route that reaches its handler or its check of the body, and changes nothing. */
async function ask(role: AdminRole, method: string, path: string, body: boolean) {
  const query = method === 'GET' ? '' : '?reason=matrix';
  return gateway.ask(method.toUpperCase(), path.replace(/:\w+/g, 'nobody-has-this') + query, {
    as: as(role),
    ...(body ? { data: { 'not a field': 1 } } : {}),
  });
}

describe('every role at every route', () => {
  const cases = adminRoutes
    // A stream that does not end by itself; its action is tried by the other routes that have it.
    .filter(({ id, action }) => id !== 'watchRun' && !isGatewayAction(action))
    .flatMap((route) => adminRoles.map((role) => [role, route.id, route] as const));

  test.each(cases)('%s at %s is let in or refused as the table says', async (role, _id, route) => {
    const answer = await ask(role, route.method, route.path, route.body !== undefined);
    if (!isGatewayAction(route.action) && mayDo(role, route.action)) {
      expect([role, route.id, answer.status]).not.toEqual([role, route.id, 403]);
      expect(answer.status).not.toBe(401);
      expect(answer.status).toBeLessThan(500);
      return;
    }
    expect(answer.status).toBe(403);
    expect(answer.json).toMatchObject({ code: 'forbidden' });
    expect(answer.text).toContain(route.action);
  });
});

test('an admin may do everything, and no other role may purge, read credentials or change settings', () => {
  for (const action of actions) expect(mayDo('admin', action)).toBe(true);
  for (const action of ['trash.purge', 'credentials.read', 'credentials.write', 'settings.write'] satisfies Action[]) {
    expect(adminRoles.filter((role) => mayDo(role, action))).toEqual(['admin']);
  }
});

test('an auditor sees the audit log, runs and reports, and nothing else', () => {
  expect(actions.filter((action) => mayDo('auditor', action)).sort()).toEqual([
    'account.own',
    'audit.read',
    'reports.read',
    'runs.read',
  ]);
});

test('each route names what it does by the table, and the document of the API says which roles may', async () => {
  const document = (await gateway.ask('GET', '/openapi.json', { as: 'nobody' })).json as unknown as {
    paths: Record<string, Record<string, { operationId: string; description?: string }>>;
  };
  const described = new Map(
    Object.values(document.paths).flatMap((path) => Object.values(path).map((one) => [one.operationId, one] as const)),
  );
  for (const { id, action } of adminRoutes) {
    expect([...actions, ...gatewayActions]).toContain(action);
    expect(described.get(id)?.description).toContain(`\`${action}\``);
  }
});

test('the table has no action that no route asks for', () => {
  const asked = new Set<string>(adminRoutes.flatMap(({ action, also = [] }) => [action, ...also]));
  expect([...actions, ...gatewayActions].filter((action) => !asked.has(action))).toEqual([]);
});

test('a credential without a stored role, as those of before, is an admin', async () => {
  expect((await gateway.ask('GET', '/credentials')).status).toBe(200);
});
