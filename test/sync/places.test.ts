import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '../../src/base/clock.ts';
import { makeImsEnterpriseXmlReader } from '../../src/protocols/ims-enterprise-xml/index.ts';
import { largeFileBytes, makeSync, type RunWork } from '../../src/sync/index.ts';
import { enterpriseFile } from '../setup/enterprise-file.ts';
import { type TestServices, testServices } from '../setup/services.ts';

let services: TestServices;
let workFolder: string;
beforeAll(async () => {
  services = await testServices({ start: false });
  workFolder = await mkdtemp(join(tmpdir(), 'rostergate-places-'));
});
afterAll(async () => {
  await services.close();
  await rm(workFolder, { recursive: true, force: true });
});

const blank = Buffer.alloc(largeFileBytes / 8, ' ');

/** Queues a run of a file; a large one is a small one with blanks behind it. */
async function submit(feed: string, isLarge = false): Promise<void> {
  async function* bytes() {
    yield Buffer.from(enterpriseFile({ persons: [feed] }));
    for (let part = 0; isLarge && part < 8; part += 1) yield blank;
  }
  const request = { feed, dryRun: false, fileName: `${feed}.xml` };
  const run = await services.sync.submit(services.context, request, bytes());
  if (!run.ok) throw new Error(run.problem.text);
}

/** What a worker of a gateway gets, one run after the other, until a test lets it work on them. */
function workerOf(runsAtOnce: number): RunWork {
  const { store, roster, audit, tenants } = services;
  const found: RunWork[] = [];
  makeSync({
    store,
    roster,
    audit,
    clock: systemClock,
    readers: [makeImsEnterpriseXmlReader()],
    workFolder,
    maxFileBytes: 100_000_000,
    originalsDays: 1,
    reportDays: 1,
    exclusive: false,
    runsAtOnce,
    guidKey: async (tenant) => (await tenants.info(tenant)).guidKey,
    timeZone: (tenant) => tenants.timeZone(tenant),
    worker(work) {
      found.push(work);
      return { start: () => undefined, wake: () => undefined, stop: async () => undefined };
    },
  });
  const [work] = found;
  if (work === undefined) throw new Error('no worker was made');
  return work;
}

test('One run at a time for each feed, and of two places one is kept for small files, however many large ones came first', async () => {
  for (const feed of ['large1', 'large2']) await submit(feed, true);
  for (const feed of ['small1', 'small1', 'small2']) await submit(feed);
  const worker = workerOf(2);
  const next = () => worker.claim('this', 60_000);
  const large1 = await next();
  expect(large1?.feed).toBe('large1');
  const small1 = await next();
  expect(small1?.feed).toBe('small1');
  // The feed small1 has its turn, the large file no place.
  const small2 = await next();
  expect(small2?.feed).toBe('small2');
  expect(await next()).toBeUndefined();
  for (const run of [small1, large1]) if (run !== undefined) await worker.work(run, () => undefined);
  const rest = [await next(), await next()];
  expect(rest.map((run) => run?.feed)).toEqual(['large2', 'small1']);
  for (const run of [small2, ...rest]) if (run !== undefined) await worker.work(run, () => undefined);
  const { value } = (await services.sync.runs(services.context, { limit: 10 })) as {
    value: { items: { state: string }[] };
  };
  expect(value.items.map(({ state }) => state)).toEqual(Array.from({ length: 5 }, () => 'done'));
});

test('A single place is for files of any size, as they come', async () => {
  await submit('large3', true);
  await submit('small3');
  const worker = workerOf(1);
  expect((await worker.claim('this', 60_000))?.feed).toBe('large3');
  expect((await worker.claim('this', 60_000))?.feed).toBe('small3');
});
