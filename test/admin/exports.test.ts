import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { file, group, ids, membership, person } from '../sync/feeds.ts';
import { type AdminGateway, startAdmin } from './gateway.ts';

let gateway: AdminGateway;
beforeAll(async () => {
  gateway = await startAdmin();
  const members = ids('p', 3);
  await gateway.import(file(...members.map((id) => person(id)), group('k'), membership('k', members)));
});
afterAll(() => gateway.close());

describe('GET /export', () => {
  test('sends a package as a download that is made as it is sent', async () => {
    const answer = await gateway.ask('GET', '/export');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/zip']);
    expect(answer.headers.get('content-disposition')).toMatch(
      /^attachment; filename="rostergate-export-\d{4}-\d\d-\d\d\.zip"$/,
    );
    expect(answer.headers.get('content-length')).toBeNull();
    expect(answer.text.startsWith('PK')).toBe(true);
  });

  test('sends IMS Enterprise XML', async () => {
    const answer = await gateway.ask('GET', '/export?format=ims-enterprise-xml');
    expect(answer.headers.get('content-disposition')).toMatch(/\.xml"$/);
    expect(answer.text.match(/<person>/g)).toHaveLength(3);
    expect(answer.text.trimEnd().endsWith('</enterprise>')).toBe(true);
  });

  test.each([
    ['format=pdf', 400, 'invalid-request'],
    ['since=yesterday', 400, 'invalid-request'],
    ['since=2026-02-30', 400, 'invalid-request'],
    ['since=2026-01-01T00:00', 400, 'invalid-request'],
    ['format=ims-enterprise-xml&since=2026-01-01', 400, 'invalid-request'],
    ['since=2026-01-01&run=x', 400, 'invalid-request'],
    ['run=nobody', 404, 'unknown-object'],
  ])('%s is refused as a problem', async (query, status, code) => {
    const answer = await gateway.ask('GET', `/export?${query}`);
    expect([answer.status, answer.json['code']]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toMatch('application/problem+json');
  });

  test('needs an administrator', async () => {
    expect((await gateway.ask('GET', '/export', { as: 'nobody' })).status).toBe(401);
  });

  test('answers HEAD without a body', async () => {
    const answer = await gateway.ask('HEAD', '/export');
    expect([answer.status, answer.text]).toEqual([200, '']);
  });
});
