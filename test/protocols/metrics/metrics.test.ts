import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { basic } from '../../setup/doors.ts';
import { enterpriseFile } from '../../setup/enterprise-file.ts';
import { demo } from '../../setup/services.ts';
import { startWholeGateway, type WholeGateway } from '../../setup/whole-gateway.ts';

const key = 'the-key-by-which-prometheus-reads-metrics';
const headers = { authorization: basic(demo.user, demo.password) };
let gateway: WholeGateway;
beforeAll(async () => {
  gateway = await startWholeGateway({ METRICS_KEY: key });
});
afterAll(() => gateway?.close());

const read = (authorization?: string) =>
  fetch(`${gateway.url}/metrics`, authorization === undefined ? {} : { headers: { authorization } });
const text = async () => (await read(`Bearer ${key}`)).text();
/** The value of a metric with these labels, or undefined. */
const metricOf = (all: string, name: string) =>
  all
    .split('\n')
    .find((line) => line.startsWith(`${name} `))
    ?.slice(name.length + 1);

test('Metrics are read with their key only', async () => {
  for (const wrong of [undefined, 'Bearer x', headers.authorization]) expect((await read(wrong)).status).toBe(401);
  const answer = await read(`Bearer ${key}`);
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=/);
  const without = await startWholeGateway();
  expect((await fetch(`${without.url}/metrics`)).status).toBe(404);
  await without.close();
});

test('They count answers, runs with their changes and problems, and what waits; they name no tenant, feed or person', async () => {
  const send = (feed: string, body: string) =>
    fetch(`${gateway.url}/api/v1/imports?feed=${feed}`, { method: 'POST', headers, body });
  const file = enterpriseFile({ persons: ['p1', 'p2'] });
  await send('nightly-feed', file);
  await send('broken-feed', '<enterprise><person>');
  let all = await text();
  for (; metricOf(all, 'rostergate_notices_total{kind="run.failed"}') === undefined; all = await text())
    await sleep(50);
  for (; metricOf(all, 'rostergate_notices_total{kind="run.done"}') === undefined; all = await text()) await sleep(50);
  expect(metricOf(all, 'rostergate_notices_total{kind="run.done"}')).toBe('1');
  expect(metricOf(all, 'rostergate_changes_total{type="person",change="created"}')).toBe('2');
  expect(metricOf(all, 'rostergate_run_seconds_count{kind="import"}')).toBe('2');
  expect(all).toMatch(/^rostergate_problems_total\{kind="[\w.-]+"\} \d+$/m);
  expect(metricOf(all, 'rostergate_runs{state="held"}')).toBe('0');
  const asked = 'rostergate_http_request_seconds_count{method="POST",route="/api/v1/imports",status="202"}';
  expect(metricOf(all, asked)).toBe('2');
  expect(metricOf(all, 'rostergate_nodejs_eventloop_lag_p99_seconds')).toBeDefined();
  for (const name of [demo.tenant, 'nightly-feed', 'broken-feed', 'p1']) expect(all).not.toContain(`"${name}"`);
});

test('What is held, and jobs with their delay, are told as they are now', async () => {
  const now = new Date();
  await gateway.store.rows('run').insertOne({
    _id: 'held-run',
    tenant: 'other',
    state: 'held',
    queuedAt: new Date(now.getTime() - 60_000),
  } as never);
  await gateway.store.rows('job').insertOne({
    _id: 'dead-job',
    tenant: 'other',
    kind: 'of-nobody',
    key: 'k',
    state: 'waiting',
    dueAt: new Date(now.getTime() - 90_000),
  } as never);
  const all = await text();
  expect(metricOf(all, 'rostergate_runs{state="held"}')).toBe('1');
  expect(Number(metricOf(all, 'rostergate_runs_oldest_seconds{state="held"}'))).toBeGreaterThanOrEqual(60);
  expect(metricOf(all, 'rostergate_jobs{kind="of-nobody",state="waiting"}')).toBe('1');
  expect(Number(metricOf(all, 'rostergate_jobs_late_seconds{kind="of-nobody"}'))).toBeGreaterThanOrEqual(90);
});

test('The page of metrics names each of them, and no other', async () => {
  const page = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
  const named = [...page.matchAll(/^\| `(rostergate_\w+)`/gm)].map(([, name]) => name);
  const own = [...(await text()).matchAll(/^# HELP (rostergate_\w+)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => !/^rostergate_(?:nodejs|process)_/.test(name));
  expect(named.sort()).toEqual(own.sort());
});
