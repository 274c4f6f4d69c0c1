import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { first, type GatewayProcess, startGatewayProcess } from './gateway-process.ts';

let gateway: GatewayProcess;
beforeAll(async () => {
  gateway = await startGatewayProcess();
});
afterAll(() => gateway.remove());

const basic = `Basic ${Buffer.from(`${first.user}:${first.password}`).toString('base64')}`;

const messages = 'http://www.imsglobal.org/services/pms/xsd/imsPersonManMessSchema_v1p0';
const data = 'http://www.imsglobal.org/services/pms/xsd/imsPersonManDataSchema_v1p0';
const common = 'http://www.imsglobal.org/services/common/imsCommonSchema_v1p0';

async function call(operation: string, id: string, family?: string): Promise<void> {
  const name = `<d:name><d:partName><d:namePartType>Last</d:namePartType><d:namePartValue>${family ?? ''}</d:namePartValue></d:partName></d:name>`;
  const person = family === undefined ? '' : `<m:person>${name}</m:person>`;
  const body =
    `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="${messages}" xmlns:d="${data}" xmlns:c="${common}">` +
    `<s:Body><m:${operation}Request><m:sourcedId><c:identifier>${id}</c:identifier></m:sourcedId>${person}</m:${operation}Request></s:Body></s:Envelope>`;
  const response = await fetch(`${gateway.base}/soap/PersonManagementServiceSync`, {
    method: 'POST',
    headers: { authorization: basic, 'content-type': 'text/xml; charset=utf-8' },
    body,
  });
  const answer = await response.text();
  if (response.status !== 200 || !answer.includes('success')) throw new Error(`${operation} ${id}: ${answer}`);
}

interface User {
  sourcedId: string;
  status: string;
  familyName: string;
  dateLastModified: string;
}

/** A file of new persons, big enough to be written in several transactions while others write. */
function fileOf(count: number): string {
  const persons = Array.from(
    { length: count },
    (_, index) =>
      `<person><sourcedid><source>f</source><id>file-${index}</id></sourcedid><name><fn>F ${index}</fn><n><family>F${index}</family></n></name></person>`,
  );
  return `<enterprise><properties><datasource>f</datasource></properties>${persons.join('\n')}</enterprise>`;
}

test('A reader who polls by dateLastModified beside 16 SOAP writers and an import misses nothing', async () => {
  const issued = await fetch(`${gateway.base}/oauth/token`, {
    method: 'POST',
    headers: { authorization: basic },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const { access_token: token } = (await issued.json()) as { access_token: string };
  const read = async (query: string) => {
    const response = await fetch(`${gateway.base}/ims/oneroster/rostering/v1p2/users?limit=10000&${query}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return ((await response.json()) as { users: User[] }).users;
  };
  const file = join(gateway.dataDir, 'delta.xml');
  await writeFile(file, fileOf(5000));

  const seen = new Map<string, User>();
  let since = '1970-01-01T00:00:00.000Z';
  const poll = async () => {
    const users = await read(`filter=${encodeURIComponent(`dateLastModified>'${since}'`)}`);
    for (const user of users) {
      seen.set(user.sourcedId, user);
      if (user.dateLastModified > since) since = user.dateLastModified;
    }
  };
  let writing = true;
  const reader = (async () => {
    while (writing) await poll();
    await poll();
  })();
  const writers = Array.from({ length: 16 }, async (_, writer) => {
    for (let round = 0; round < 25; round += 1) {
      const id = `w${writer}-${round % 8}`;
      await call('createPerson', id, `W${round}`);
      if (round % 5 === 4) await call('deletePerson', id);
    }
  });
  const imported = gateway.cli('import', file, '--feed', 'delta', '--json');
  const [ended] = await Promise.all([imported, ...writers]);
  writing = false;
  await reader;
  expect(ended.code).toBe(0);

  const all = await read('');
  expect(all).toHaveLength(5000 + 16 * 8);
  for (const user of all) expect(seen.get(user.sourcedId)).toEqual(user);
  expect(seen.size).toBe(all.length);
});
