import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { demo } from '../setup/services.ts';
import { type AdminGateway, startAdmin } from './gateway.ts';

let gateway: AdminGateway;
beforeAll(async () => {
  gateway = await startAdmin({ start: false });
});
afterAll(() => gateway.close());

/** Whether a body is what the API's own OpenAPI document says. */
async function isDescribed(name: string, body: unknown): Promise<unknown> {
  const document = (await gateway.ask('GET', '/openapi.json', { as: 'nobody' })).json;
  const ajv = new Ajv2020({ strict: false });
  (addFormats as unknown as (to: Ajv2020) => void)(ajv);
  ajv.addSchema({ ...document, $id: 'api' });
  const check = ajv.getSchema(`api#/components/schemas/${name}`);
  return check?.(body) === true ? true : check?.errors;
}

describe('settings', () => {
  test('GET gives all of them, PUT changes what is named, and both are as the OpenAPI document says', async () => {
    const before = await gateway.ask('GET', '/settings');
    expect([before.status, await isDescribed('Settings', before.json)]).toEqual([200, true]);
    expect(before.json).toMatchObject({ imsEs: { behaviour: 'compatible', lengths: { personId: null } } });
    const change = { imsEs: { behaviour: 'strict', lengths: { personId: 64 } } };
    const after = await gateway.ask('PUT', '/settings', { data: change });
    expect([after.status, await isDescribed('Settings', after.json)]).toEqual([200, true]);
    expect(after.json).toMatchObject({ imsEs: { ...change.imsEs, itemsPerRequest: 1000 } });
    expect((await gateway.ask('GET', '/settings')).json).toEqual(after.json);
    expect((await gateway.ask('PUT', '/settings', { data: after.json })).json).toEqual(after.json);
  });

  test.each([
    ['a wrong value', { imsEs: { behaviour: 'kind' } }, 'imsEs.behaviour', 'must be one of compatible, strict'],
    ['an unknown setting', { imsEs: { colour: 1 } }, 'imsEs.colour', 'is not known here'],
    ['a number beyond the limit', { imsEs: { itemsPerRequest: 1001 } }, 'imsEs.itemsPerRequest', 'must be <= 1000'],
  ])('%s is a 400 problem that names the setting', async (_name, data, field, text) => {
    const answer = await gateway.ask('PUT', '/settings', { data });
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code: 'invalid-request', place: { field } });
    expect(answer.json['detail']).toContain(text);
  });
});

describe('credentials', () => {
  const digest = `/credentials/${demo.user}/digest`;
  const shown = async () => (await gateway.ask('GET', '/credentials')).json;

  test('are listed without their secrets, as the OpenAPI document says', async () => {
    const list = await gateway.ask('GET', '/credentials');
    expect([list.status, await isDescribed('CredentialList', list.json)]).toEqual([200, true]);
    expect(list.json).toMatchObject({ items: [{ name: demo.user, passwordDigest: false }] });
    expect(list.text).not.toMatch(/argon|hash|sealed/i);
  });

  test('PUT digest with the own password allows PasswordDigest, DELETE takes it away', async () => {
    const allowed = await gateway.ask('PUT', digest, { data: { password: demo.password } });
    expect([allowed.status, await isDescribed('Credential', allowed.json)]).toEqual([200, true]);
    expect(allowed.json).toMatchObject({ name: demo.user, passwordDigest: true });
    expect(allowed.text).not.toContain(demo.password);
    expect(await shown()).toMatchObject({ items: [{ passwordDigest: true }] });
    const denied = await gateway.ask('DELETE', digest);
    expect([denied.status, denied.json['passwordDigest']]).toEqual([200, false]);
    expect(await shown()).toMatchObject({ items: [{ passwordDigest: false }] });
  });

  test.each([
    ['a password that is not its own', digest, { password: 'wrong-secret' }, 422],
    ['an unknown credential', '/credentials/nobody/digest', { password: 'wrong-secret' }, 404],
    ['no password', digest, {}, 400],
    ['an empty password', digest, { password: '' }, 400],
    ['a password that is no text', digest, { password: { $ne: 'wrong-secret' } }, 400],
    ['an endless password', digest, { password: 'wrong-secret'.repeat(100) }, 400],
  ])('%s is refused, and the answer does not repeat it', async (_name, path, data, status) => {
    const answer = await gateway.ask('PUT', path, { data });
    expect(answer.status).toBe(status);
    expect(answer.text).not.toContain('wrong-secret');
    expect(await shown()).toMatchObject({ items: [{ passwordDigest: false }] });
  });

  test('DELETE of an unknown credential is a 404', async () => {
    expect((await gateway.ask('DELETE', '/credentials/nobody/digest')).status).toBe(404);
  });
});
