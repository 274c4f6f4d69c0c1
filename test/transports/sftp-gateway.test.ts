import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { basic } from '../setup/doors.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { demo } from '../setup/services.ts';
import { watchedLog } from '../setup/watched-log.ts';
import { startWholeGateway, type WholeGateway } from '../setup/whole-gateway.ts';
import { sftpClient } from './sftp-clients.ts';

let gateway: WholeGateway;
const logged: object[] = [];
beforeAll(async () => {
  const info = (fields: object, message: string) => {
    watchedLog.info({ ...fields }, message);
    logged.push({ ...fields, message });
  };
  gateway = await startWholeGateway({ SFTP_PORT: '0' }, { ...watchedLog, info });
});
afterAll(() => gateway?.close());

async function ask<T>(method: string, path: string, data?: object): Promise<T> {
  const response = await fetch(`${gateway.url}/api/v1${path}`, {
    method,
    headers: { authorization: basic(demo.user, demo.password), 'content-type': 'application/json' },
    ...(data === undefined ? {} : { body: JSON.stringify(data) }),
  });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as T;
}

test('A gateway with SFTP_PORT says its host keys at its start, and takes in what an account sends', async () => {
  await ask('PUT', '/feeds/nightly', { transport: 'sftp-drop' });
  const account = { name: 'school', kinds: ['sftp'], feeds: ['nightly'] };
  const { secret } = await ask<{ secret: string }>('POST', '/credentials', account);
  const { port, hostKeys } = await ask<{ port: number; hostKeys: { type: string; fingerprint: string }[] }>(
    'GET',
    '/sftp',
  );
  for (const { type, fingerprint } of hostKeys) {
    expect(logged).toContainEqual({ type, fingerprint, message: 'SFTP host key' });
  }
  const school = await sftpClient(port, { username: 'school', password: secret });
  await school.put('/night.xml', enterpriseFile({ persons: manyIds('sent-', 3) }));
  for (;;) {
    const { items } = await ask<{ items: { state: string; feed: string; counts: object }[] }>('GET', '/runs');
    if (items[0]?.state === 'done') {
      expect(items[0]).toMatchObject({ feed: 'nightly', counts: { person: { created: 3 } } });
      break;
    }
    await pause(100);
  }
  school.ssh.end();
  await school.ended();
});

test('A port for SFTP that is taken keeps the gateway from starting, and says so', async () => {
  const { port } = await ask<{ port: number }>('GET', '/sftp');
  await expect(startWholeGateway({ SFTP_PORT: String(port) })).rejects.toThrow('choose another SFTP_PORT or SFTP_HOST');
});
