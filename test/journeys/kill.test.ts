import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Run } from '../../src/sync/index.ts';
import { first, type GatewayProcess, startGatewayProcess } from './gateway-process.ts';

let gateway: GatewayProcess;
beforeAll(async () => {
  gateway = await startGatewayProcess();
});
afterAll(() => gateway.remove());

const persons = 12_000;
/** What a first import counts but for what it creates. */
const exact = { updated: 0, unchanged: 0, restored: 0, rejected: 0, trashed: 0, totalBefore: 0 };
const headers = { authorization: `Basic ${Buffer.from(`${first.user}:${first.password}`).toString('base64')}` };
const runOf = async (id: string) =>
  (await (await fetch(`${gateway.base}/api/v1/runs/${id}`, { headers })).json()) as Run;

test('A run that is killed with kill -9 again and again goes on and ends as if nothing had happened', async () => {
  const list = Array.from({ length: persons }, (_, index) => index);
  const text = [
    '<enterprise><properties><datasource>k</datasource></properties>',
    ...list.map(
      (n) =>
        `<person><sourcedid><source>k</source><id>k${n}</id></sourcedid><name><fn>K ${n}</fn><n><family>K${n}</family></n></name></person>`,
    ),
    '<group><sourcedid><source>k</source><id>kg</id></sourcedid><description><short>K</short></description></group>',
    '<membership><sourcedid><source>k</source><id>kg</id></sourcedid>',
    ...list.map(
      (n) =>
        `<member><sourcedid><source>k</source><id>k${n}</id></sourcedid><idtype>1</idtype><role roletype="01"><status>1</status></role></member>`,
    ),
    '</membership></enterprise>',
  ].join('\n');
  await writeFile(join(gateway.dataDir, 'kill.xml'), text);
  const response = await fetch(`${gateway.base}/api/v1/imports?feed=kill&mode=full`, {
    method: 'POST',
    headers,
    body: text,
  });
  expect(response.status).toBe(202);
  const { id } = (await response.json()) as Run;
  let kills = 0;
  for (const wait of [300, 700, 600]) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    if (kills > 0 && (await runOf(id)).state === 'done') break;
    await gateway.kill('SIGKILL');
    gateway = await gateway.again();
    kills += 1;
  }
  let run = await runOf(id);
  for (let tries = 0; tries < 600 && (run.state === 'running' || run.state === 'queued'); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    run = await runOf(id);
  }
  expect(kills).toBeGreaterThan(0);
  expect(run).toMatchObject({
    state: 'done',
    counts: {
      person: { ...exact, inFile: persons, created: persons, totalAfter: persons },
      group: { ...exact, inFile: 1, created: 1, totalAfter: 1 },
      membership: { ...exact, inFile: persons, created: persons, totalAfter: persons },
    },
  });
  const again = await gateway.cli(
    'import',
    join(gateway.dataDir, 'kill.xml'),
    '--feed',
    'kill',
    '--mode',
    'full',
    '--json',
  );
  const same = JSON.parse(again.stdout.trim().split('\n').at(-1) ?? '') as Run;
  expect(same.counts.person).toMatchObject({ inFile: persons, unchanged: persons });
  expect(same.counts.membership).toMatchObject({ inFile: persons, unchanged: persons });
});
