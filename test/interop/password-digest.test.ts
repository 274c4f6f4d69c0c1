import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createClientAsync, WSSecurity } from 'soap';
import { soapUser, startGateway, type TestGateway } from '../protocols/ims-es/gateway.ts';

const run = promisify(execFile);
const python = process.env['ROSTERGATE_ZEEP_PYTHON'] ?? 'python3';
const admin = { tenant: 'school', writer: 'admin:anna', namespace: 'default', source: 'admin' } as const;
const refused = 'The user name or password is wrong.';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

/** What readPerson of somebody unknown says: `failure`, where the log-in was good. */
const clients: Readonly<Record<string, (password: string) => Promise<string>>> = {
  async 'Python zeep'(password) {
    const script = join(import.meta.dirname, 'zeep-digest.py');
    return (await run(python, [script, gateway.soap, soapUser.name, password])).stdout.trim();
  },
  async 'npm soap'(password) {
    const client = await createClientAsync(`${gateway.soap}/PersonManagementServiceSync?wsdl`);
    client.setSecurity(new WSSecurity(soapUser.name, password, { passwordType: 'PasswordDigest', hasTimeStamp: true }));
    const call = client['readPersonAsync'] as (request: object) => Promise<[unknown, string]>;
    try {
      const [, text] = await call({ sourcedId: { identifier: 'nobody' } });
      return /<codeMajor>(\w+)</.exec(text)?.[1] ?? text;
    } catch (error) {
      return String(error);
    }
  },
};

test.each(Object.entries(clients))('%s logs in by PasswordDigest where it is allowed', async (_name, read) => {
  await gateway.rooms.credentials.denyDigest(admin, soapUser.name);
  expect(await read(soapUser.password)).toContain(refused);
  await gateway.rooms.credentials.allowDigest(admin, soapUser.name, soapUser.password);
  expect(await read(soapUser.password)).toBe('failure');
  expect(await read(soapUser.password)).toBe('failure');
  expect(await read('wrong')).toContain(refused);
});
