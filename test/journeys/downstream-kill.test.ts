import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DownstreamReport, Run } from '../../src/sync/index.ts';
import { enterpriseFile, manyIds } from '../setup/enterprise-file.ts';
import { closeSides, idsOf, openSide, type Side, seenAt, target } from '../sync/downstreams.ts';
import { first, type GatewayProcess, startGatewayProcess } from './gateway-process.ts';

let gateway: GatewayProcess;
let theirs: Side;
beforeAll(async () => {
  process.env['OUTBOUND_HOSTS'] = '127.0.0.1';
  [gateway, theirs] = await Promise.all([startGatewayProcess(), openSide()]);
});
afterAll(async () => {
  delete process.env['OUTBOUND_HOSTS'];
  await Promise.all([gateway.remove(), theirs.close()]);
  await closeSides();
});

const authorization = `Basic ${Buffer.from(`${first.user}:${first.password}`).toString('base64')}`;

async function ask<T>(method: string, path: string, body?: string, type = 'application/json'): Promise<T> {
  const response = await fetch(`${gateway.base}/api/v1${path}`, {
    method,
    headers: { authorization, ...(body === undefined ? {} : { 'content-type': type }) },
    ...(body === undefined ? {} : { body }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

async function imported(file: string): Promise<void> {
  let run = await ask<Run>('POST', '/imports?feed=f&mode=full', file, 'application/xml');
  while (run.state === 'queued' || run.state === 'running') {
    await sleep(100);
    run = await ask<Run>('GET', `/runs/${run.id}`);
  }
  expect(run.state).toBe('done');
}

/** Kills the gateway again and again while it delivers; at last it is left alone until all is delivered. */
async function deliveredWithKills(waits: readonly number[]): Promise<number> {
  let kills = 0;
  for (const wait of waits) {
    await sleep(wait);
    if ((await ask<DownstreamReport>('GET', '/downstream')).state === 'up-to-date') break;
    await gateway.kill('SIGKILL');
    gateway = await gateway.again();
    kills += 1;
  }
  for (;;) {
    const report = await ask<DownstreamReport>('GET', '/downstream');
    if (report.state === 'up-to-date') {
      expect(report).toMatchObject({ behind: 0, deadLetters: 0, initial: null, failing: null });
      return kills;
    }
    await sleep(200);
  }
}

test('A gateway that is killed with kill -9 while it delivers goes on, and at the end both show the same', async () => {
  const ids = manyIds('p', 240);
  const groups = ['g1', 'g2', 'g3'];
  const members = ids.flatMap((id, at) => (at % 2 === 0 ? [`g1/${id}`] : [`g2/${id}`, `g3/${id}`]));
  const limits = Object.fromEntries(
    ['person', 'group', 'membership'].map((type) => [type, { delete: { percent: 100 } }]),
  );
  await ask('PUT', '/feeds/f', JSON.stringify({ limits, smallerFilePercent: null }));
  await imported(enterpriseFile({ persons: ids, groups, members }));
  await ask('PUT', '/downstream', JSON.stringify({ ...target(theirs.url), batchSize: 20 }));
  let kills = await deliveredWithKills([300, 300]);
  const here = `${gateway.base}/soap/ImsEnterpriseServicesPort`;
  const own = { name: first.user, password: first.password };
  expect(await theirs.seen()).toEqual(await seenAt(here, own));

  const left = ids.slice(0, 120);
  await imported(enterpriseFile({ persons: [...left, 'new'], groups, members: left.map((id) => `g3/${id}`) }));
  kills += await deliveredWithKills([200]);
  const seen = await theirs.seen();
  expect(seen).toEqual(await seenAt(`${gateway.base}/soap/ImsEnterpriseServicesPort`, own));
  expect(idsOf(seen).filter((id) => id.startsWith('person:'))).toHaveLength(121);
  expect(kills).toBeGreaterThan(0);
}, 180_000);
