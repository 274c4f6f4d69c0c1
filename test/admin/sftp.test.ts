import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { logIn, makeKeyPair } from '../transports/sftp-clients.ts';
import { type AdminGateway, type Answer, startAdmin } from './gateway.ts';

let gateway: AdminGateway;
let port: number;
const key = makeKeyPair();
const other = makeKeyPair();

beforeAll(async () => {
  gateway = await startAdmin({ start: false });
  const listening = await gateway.sftpDrop.start(0, '127.0.0.1');
  if (!listening.ok) throw new Error(listening.problem.text);
  ({ port } = listening.value);
});
afterAll(async () => {
  await gateway.sftpDrop.stop();
  await gateway.close();
});

const secretOf = ({ json }: Answer) => String(json['secret']);

/** Whether an account is let in. */
const comesIn = (config: Parameters<typeof logIn>[1]) =>
  logIn(port, config).then(
    (ssh) => {
      ssh.end();
      return true;
    },
    () => false,
  );
const create = (name: string, more: object = {}) =>
  gateway.ask('POST', '/credentials', { data: { name, kinds: ['sftp'], feeds: ['nightly'], ...more } });

describe('The SFTP server by the admin API', () => {
  test('tells its port and the fingerprints of its host keys to those who may see feeds', async () => {
    const answer = await gateway.ask('GET', '/sftp');
    expect([answer.status, answer.json]).toEqual([
      200,
      {
        port,
        hostKeys: ['ssh-ed25519', 'ecdsa-sha2-nistp256'].map((type) => ({
          type,
          fingerprint: expect.stringMatching(/^SHA256:[A-Za-z0-9+/]{43}$/),
          publicKey: expect.stringMatching(new RegExp(`^${type} AAAA`)),
        })),
      },
    ]);
    const made = await gateway.ask('POST', '/credentials', {
      data: { name: 'sender', kinds: ['key'], role: 'sender' },
    });
    const as = { authorization: `Bearer ${secretOf(made)}` };
    expect((await gateway.ask('GET', '/sftp', { as })).status).toBe(403);
  });

  test('makes an account with a password, told once, changes the password, disables it, and deletes it', async () => {
    const made = await create('school');
    expect([made.status, made.json['publicKeys']]).toEqual([201, []]);
    expect(await comesIn({ username: 'school', password: secretOf(made) })).toBe(true);
    const listed = await gateway.ask('GET', '/credentials');
    expect(JSON.stringify(listed.json)).not.toContain(secretOf(made));
    const renewed = await gateway.ask('POST', '/credentials/school/secret');
    expect(await comesIn({ username: 'school', password: secretOf(made) })).toBe(false);
    expect(await comesIn({ username: 'school', password: secretOf(renewed) })).toBe(true);
    expect((await gateway.ask('PUT', '/credentials/school', { data: { disabled: true } })).status).toBe(200);
    expect(await comesIn({ username: 'school', password: secretOf(renewed) })).toBe(false);
    expect((await gateway.ask('PUT', '/credentials/school', { data: { disabled: false } })).status).toBe(200);
    expect(await comesIn({ username: 'school', password: secretOf(renewed) })).toBe(true);
    expect((await gateway.ask('DELETE', '/credentials/school')).status).toBe(204);
    expect(await comesIn({ username: 'school', password: secretOf(renewed) })).toBe(false);
  });

  test('makes an account with public keys, and puts others in their place', async () => {
    const made = await create('keys', { publicKeys: [key.public] });
    expect([made.status, made.json['publicKeys'], 'secret' in made.json]).toEqual([201, [key.public.trim()], false]);
    expect(await comesIn({ username: 'keys', privateKey: key.private })).toBe(true);
    await gateway.ask('PUT', '/credentials/keys', { data: { publicKeys: [other.public] } });
    expect(await comesIn({ username: 'keys', privateKey: key.private })).toBe(false);
    expect(await comesIn({ username: 'keys', privateKey: other.private })).toBe(true);
    const wrong = await gateway.ask('PUT', '/credentials/keys', { data: { publicKeys: ['ssh-rsa AAAA'] } });
    expect([wrong.status, wrong.json['place']]).toEqual([422, { field: 'publicKeys' }]);
    const two = await gateway.ask('PUT', '/credentials/keys', { data: { feeds: ['a', 'b'] } });
    expect([two.status, two.json['place']]).toEqual([422, { field: 'feeds' }]);
  });
});
