import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeApp } from '../../src/app.ts';
import { boundHeap } from '../../src/app-heap.ts';
import { makeLog } from '../../src/app-log.ts';
import { makeHttpServer } from '../../src/app-server.ts';
import { type Config, readConfig } from '../../src/config.ts';
import { makeImsEs } from '../../src/protocols/ims-es/index.ts';
import { makeOneRoster } from '../../src/protocols/oneroster-rest/index.ts';
import { makeSnapshotPush } from '../../src/protocols/srs-snapshot/index.ts';
import type { Context } from '../../src/roster/index.ts';
import { openServices, type Services } from '../../src/services.ts';
import { type Options, type Role, secondsOf, textOf } from './role.ts';

const user = 'bench';
const password = 'bench-password-of-no-secret';

function configOf(dataDir: string): Config {
  const env = { DATA_DIR: dataDir, BOOTSTRAP_TENANT: 'bench', BOOTSTRAP_USER: user, BOOTSTRAP_PASSWORD: password };
  const config = readConfig(env, (path) => readFileSync(path, 'utf8'));
  if (!config.ok) throw new Error(config.problem.text);
  return config.value;
}

/** Resident memory of this process in megabytes: now, or at its highest. */
function megabytes(which: 'now' | 'peak'): number {
  const kilobytes = which === 'peak' ? process.resourceUsage().maxRSS : process.memoryUsage.rss() / 1024;
  return Math.round((kilobytes * 1024) / 100_000) / 10;
}

/** Imports a file as an upload does and waits for the end; answers in words what was done, and when each phase began. */
async function importFile(services: Services, context: Context, question: Options): Promise<string> {
  const began = performance.now();
  const phases = new Map<string, string>();
  const begins = (phase: string) => {
    if (!phases.has(phase)) phases.set(phase, ((performance.now() - began) / 1000).toFixed(1));
  };
  const file = textOf(question, 'file');
  const feed = typeof question['feed'] === 'string' ? question['feed'] : 'default';
  if (typeof question['settings'] === 'string') {
    const set = await services.sync.putFeed(context, feed, JSON.parse(question['settings']));
    if (!set.ok) throw new Error(set.problem.text);
  }
  const request = {
    feed,
    mode: 'full',
    dryRun: question['dryRun'] === true,
    fileName: 'bench.xml',
  } as const;
  const run = await services.sync.submit(context, request, createReadStream(file, { highWaterMark: 262_144 }));
  if (!run.ok) throw new Error(run.problem.text);
  begins('stored');
  const done = await services.sync.wait(context, run.value.id, ({ progress }) => {
    if (progress !== undefined) begins(progress.phase);
  });
  if (done?.state !== 'done') throw new Error(`the run is ${done?.state}: ${JSON.stringify(done?.problems)}`);
  const { person, group, membership } = done.counts;
  const problems = done.problems.map(({ kind, count }) => `${kind} ${count}`).join(', ');
  const counts = [person, group, membership].map(
    ({ inFile, created, unchanged, rejected }) => `${inFile} = ${created} + ${unchanged} + ${rejected}`,
  );
  const times = [...phases].map(([phase, second]) => `${phase} at ${second} s`).join(', ');
  const said = `in file = created + unchanged + rejected: ${counts.join('; ')}; ${times}`;
  return problems === '' ? said : `${said}; ${problems}`;
}

/** Pushes a file as a snapshot over HTTP and waits for the end of its run; answers in words what was done. */
async function pushFile(services: Services, context: Context, base: string, question: Options): Promise<string> {
  const answer = await fetch(`${base}/v1/sync`, {
    method: 'POST',
    headers: { API_KEY: password, 'content-type': 'application/json' },
    body: Readable.toWeb(createReadStream(textOf(question, 'file'), { highWaterMark: 262_144 })) as ReadableStream,
    duplex: 'half',
  } as RequestInit);
  const { run } = (await answer.json()) as { run?: string };
  if (run === undefined) throw new Error(`the push was answered with ${answer.status}`);
  const done = await services.sync.wait(context, run);
  if (done?.state !== 'done') throw new Error(`the run is ${done?.state}: ${JSON.stringify(done?.problems)}`);
  return JSON.stringify(done.counts.person);
}

/** The gateway with its doors SOAP and OneRoster over real HTTP, and its runs asked for by the parent process. */
export async function gateway(options: Options): Promise<Role> {
  boundHeap();
  const config = configOf(textOf(options, 'dataDir'));
  const log = makeLog('info');
  const database = { uri: textOf(options, 'uri'), name: textOf(options, 'database') };
  const services = await openServices(config, database, log);
  if (!services.ok) throw new Error(services.problem.text);
  const { roster, access, audit, tenants, sync, close } = services.value;
  const wsdlDir = join(process.cwd(), 'wsdl');
  const soap = { maxBodyBytes: config.maxBodyBytes, plainHttp: config.soapPlainHttp, wsdlDir };
  const app = makeApp({
    log,
    trustProxy: config.trustProxy,
    mounts: [
      {
        path: '/soap',
        router: makeImsEs({ roster, access, audit, settings: (tenant) => tenants.settings(tenant), log, ...soap }),
      },
      { path: '/v1/sync', router: makeSnapshotPush({ access, sync, log }) },
      { path: '/', router: makeOneRoster({ roster, access, audit, log, version: 'bench' }) },
    ],
    readiness: { ping: () => Promise.resolve(), isMigrated: () => true, isStopping: () => false },
  });
  const server = makeHttpServer(app);
  const address = await server.listen(0, '127.0.0.1');
  if (!address.ok) throw new Error(address.problem.text);
  await sync.start();
  const base = address.value.replace('localhost', '127.0.0.1');
  return {
    ready: { base, user, password },
    async answer(question) {
      if (question['ask'] === 'idle') {
        await sleep(2_000);
        return { megabytes: megabytes('now') };
      }
      const context = await access.admin(user, password);
      if (!context.ok) throw new Error(context.problem.text);
      let counts = '';
      const isPush = question['ask'] === 'push';
      if (isPush) {
        const set = await sync.putFeed(
          context.value,
          textOf(question, 'feed'),
          JSON.parse(textOf(question, 'settings')),
        );
        if (!set.ok) throw new Error(set.problem.text);
      }
      const seconds = await secondsOf(async () => {
        counts = isPush
          ? await pushFile(services.value, context.value, base, question)
          : await importFile(services.value, context.value, question);
      });
      return { seconds, counts, peakMegabytes: megabytes('peak') };
    },
    async close() {
      await server.drain(1);
      await close();
    },
  };
}
