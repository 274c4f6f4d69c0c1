import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Doors, startDoors } from '../setup/doors.ts';

let doors: Doors;
beforeAll(async () => {
  doors = await startDoors();
});
afterAll(() => doors.close());

const at = '/api/v1/credentials';
const ask = (method: string, path: string, data?: unknown) =>
  doors.ask(method, at + path, { as: doors.admin, ...(data === undefined ? {} : { data }) });
const tokenStatus = async (id: string, secret: string, scope?: string) =>
  doors.token({ id, secret, ...(scope === undefined ? {} : { scope }) }).then(
    () => 200,
    () => 400,
  );

describe('A credential', () => {
  test('is made with a secret that is told once, and lets its client in with what it may read', async () => {
    const made = await ask('POST', '', { name: 'tool', kinds: ['oneroster'] });
    expect(made.status).toBe(201);
    const { secret, scopes } = made.json;
    expect(secret).toMatch(/^[\w-]{24,}$/);
    expect(scopes).toContain('https://purl.imsglobal.org/spec/or/v1p2/scope/roster.readonly');
    expect(scopes.some((scope: string) => /demographics|createput|delete|import/.test(scope))).toBe(false);
    const bearer = await doors.token({ id: 'tool', secret });
    expect((await doors.ask('GET', '/ims/oneroster/rostering/v1p2/users', { as: bearer })).status).toBe(200);
    expect((await doors.ask('GET', '/ims/oneroster/rostering/v1p2/demographics', { as: bearer })).status).toBe(403);
    expect((await ask('GET', '')).text).not.toContain(secret);
  });

  test('needs a free name, known kinds and known scopes', async () => {
    expect((await ask('POST', '', { name: 'sis', kinds: ['soap'] })).json.code).toBe('already-exists');
    expect((await ask('POST', '', { name: 'x', kinds: ['root'] })).status).toBe(400);
    expect((await ask('POST', '', { name: 'a b', kinds: ['soap'] })).status).toBe(400);
    const unknown = await ask('POST', '', { name: 'x', kinds: ['oneroster'], scopes: ['everything'] });
    expect(unknown.json).toMatchObject({ code: 'invalid-data', place: { field: 'scopes' } });
  });

  test('gets and loses scopes by name; its tokens lose them at once', async () => {
    const { secret } = (await ask('POST', '', { name: 'lab', kinds: ['oneroster'], scopes: ['roster-core.readonly'] }))
      .json;
    expect(
      (await ask('PUT', '/lab/scopes', { scopes: ['roster-core.readonly', 'roster-demographics.readonly'] })).status,
    ).toBe(200);
    const bearer = await doors.token({ id: 'lab', secret });
    const demographics = () => doors.ask('GET', '/ims/oneroster/v1p1/demographics', { as: bearer });
    expect((await demographics()).status).toBe(200);
    expect((await ask('PUT', '/lab/scopes', { scopes: ['roster-core.readonly'] })).json.scopes).toHaveLength(2);
    expect((await demographics()).status).toBe(403);
    expect((await ask('PUT', '/nobody/scopes', { scopes: [] })).status).toBe(404);
  });

  test('is deleted with its tokens at once; the one that asks cannot delete itself', async () => {
    const { secret } = (await ask('POST', '', { name: 'gone', kinds: ['oneroster'] })).json;
    const bearer = await doors.token({ id: 'gone', secret });
    const read = () => doors.ask('GET', '/ims/oneroster/rostering/v1p2/orgs', { as: bearer });
    expect((await read()).status).toBe(200);
    expect((await ask('DELETE', '/gone')).status).toBe(204);
    expect((await read()).status).toBe(401);
    expect(await tokenStatus('gone', secret)).toBe(400);
    expect((await ask('DELETE', '/gone')).status).toBe(404);
    expect((await ask('DELETE', '/sis')).json.code).toBe('conflict');
  });
});
