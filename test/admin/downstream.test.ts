import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { demo } from '../setup/services.ts';
import { type AdminGateway, startAdmin } from './gateway.ts';

let gateway: AdminGateway;
beforeAll(async () => {
  gateway = await startAdmin();
});
afterAll(() => gateway.close());
afterEach(() => gateway.ask('DELETE', '/downstream'));

const data = { url: 'https://lms.example/soap/ImsEnterpriseServicesPort', user: 'sis', password: 'top-secret' };

describe('The downstream', () => {
  test('is set up, shown without its password, changed setting by setting, and ended', async () => {
    expect((await gateway.ask('GET', '/downstream')).status).toBe(404);
    const put = await gateway.ask('PUT', '/downstream', { data });
    expect(put.status).toBe(200);
    expect(put.json).toMatchObject({
      settings: { protocol: 'ims-es', url: data.url, user: 'sis', batchSize: 100, paused: false },
      state: 'delivering',
      initial: { done: 0, total: 0 },
      deadLetters: 0,
      failing: null,
    });
    await gateway.ask('PUT', '/downstream', { data: { batchSize: 50, paused: true } });
    const got = await gateway.ask('GET', '/downstream');
    expect(got.json).toMatchObject({ settings: { url: data.url, batchSize: 50, paused: true }, state: 'paused' });
    expect(put.text + got.text).not.toContain('top-secret');
    expect((await gateway.ask('POST', '/downstream/resend')).status).toBe(200);
    expect((await gateway.ask('DELETE', '/downstream')).status).toBe(204);
    expect((await gateway.ask('DELETE', '/downstream')).status).toBe(404);
    expect((await gateway.ask('POST', '/downstream/resend')).status).toBe(404);
  });

  test.each([
    ['a private address', { url: 'https://192.168.0.1/soap' }, 'url'],
    ['plain HTTP', { url: 'http://lms.example/soap' }, 'url'],
    ['another scheme', { url: 'ftp://lms.example/soap' }, 'url'],
    ['too large a batch', { batchSize: 1001 }, 'batchSize'],
    ['an unknown setting', { colour: 'red' }, 'colour'],
  ])('%s is a 400 problem that names the setting', async (_name, wrong, field) => {
    const answer = await gateway.ask('PUT', '/downstream', { data: { ...data, ...wrong } });
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code: 'invalid-request', place: { field } });
    expect(answer.text).not.toContain('top-secret');
  });

  test('an unknown setting is called by its name', async () => {
    const answer = await gateway.ask('PUT', '/downstream', { data: { ...data, colour: 'red' } });
    expect(answer.json).toMatchObject({ detail: 'The setting colour is not known here.' });
  });

  test.each([
    ['another host', 'https://elsewhere.example/soap/ImsEnterpriseServicesPort'],
    ['another port', 'https://lms.example:8443/soap/ImsEnterpriseServicesPort'],
  ])('%s without a password is a 400 problem that names the password', async (_name, url) => {
    await gateway.ask('PUT', '/downstream', { data });
    const answer = await gateway.ask('PUT', '/downstream', { data: { url } });
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code: 'invalid-request', place: { field: 'password' } });
    expect((await gateway.ask('GET', '/downstream')).json).toMatchObject({ settings: { url: data.url } });
  });
});

describe('Dead letters', () => {
  test('are listed in pages, sent again one by one or all, and forgotten', async () => {
    await gateway.ask('PUT', '/downstream', { data: { ...data, paused: true } });
    const { tenant } = demo;
    const problem = { code: 'invalid-data', text: 'The server refuses it: invaliddata' };
    const one = { tenant, type: 'person', op: 'write', problem, attempts: 1, at: new Date(), retry: false };
    await gateway.store
      .rows('deadLetter')
      .insertMany(['a', 'b', 'c'].map((guid) => ({ _id: `person-${guid}`, ...one, guid, sourcedId: `p${guid}` })));
    await gateway.store.rows('deadLetter').insertOne({ ...one, _id: 'person-x', tenant: 'other', guid: 'x' });
    const first = (await gateway.ask('GET', '/downstream/dead-letters?limit=2')).json;
    expect(first).toMatchObject({
      total: 3,
      items: [{ id: 'person-a', sourcedId: 'pa', problem }, { id: 'person-b' }],
    });
    const rest = (await gateway.ask('GET', `/downstream/dead-letters?limit=2&cursor=${String(first['next'])}`)).json;
    expect(rest).toMatchObject({ items: [{ id: 'person-c' }], next: null });

    expect((await gateway.ask('POST', '/downstream/dead-letters/person-a/retry')).json).toEqual({ retried: 1 });
    expect((await gateway.ask('POST', '/downstream/dead-letters/person-x/retry')).status).toBe(404);
    expect((await gateway.ask('POST', '/downstream/dead-letters/retry')).json).toEqual({ retried: 3 });
    expect((await gateway.ask('DELETE', '/downstream/dead-letters/person-a')).status).toBe(204);
    expect((await gateway.ask('DELETE', '/downstream/dead-letters/person-a')).status).toBe(404);
    expect((await gateway.ask('DELETE', '/downstream/dead-letters/person-x')).status).toBe(404);
    expect((await gateway.ask('GET', '/downstream')).json).toMatchObject({ deadLetters: 2 });
    await gateway.ask('DELETE', '/downstream');
    expect((await gateway.ask('GET', '/downstream/dead-letters')).json).toEqual({ items: [], total: 0, next: null });
    expect((await gateway.ask('POST', '/downstream/dead-letters/retry')).status).toBe(404);
  });
});
