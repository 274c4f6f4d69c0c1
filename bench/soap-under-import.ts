import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from './child-process.ts';
import { fullRoster } from './first-import.ts';
import { type Call, percentile, send } from './load.ts';
import type { Bench, Finding, Measure } from './measure.ts';
import { least } from './measure.ts';
import { scaled } from './roster-file.ts';
import { checkSuccess, type PersonCalls, personCalls } from './soap.ts';

/** Senders, each with a pause after every answer: a system that passes on what people do, no batch. */
const senders = 4;
const pauseMs = 20;
/** Persons that are read; made before anything is measured. */
const readers = 500;
const kinds = ['read', 'create'] as const;
type Kind = (typeof kinds)[number];
/** Milliseconds of each call, by what was called. */
type Latencies = Readonly<Record<Kind, number[]>>;

/** Sends a light load, half reads and half creates, until told to stop; answers how long each call took. */
async function lightLoad(base: string, calls: PersonCalls, name: string, until: () => boolean): Promise<Latencies> {
  const agent = new Agent({ keepAlive: true, maxSockets: senders });
  const found: Latencies = { read: [], create: [] };
  let sent = 0;
  const timed = async (kind: Kind, call: Call) => {
    const began = performance.now();
    checkSuccess(await send(base, call, agent));
    found[kind].push(performance.now() - began);
    await sleep(pauseMs);
  };
  const sender = async () => {
    while (!until()) {
      sent += 1;
      const number = sent;
      if (number % 2 === 0) await timed('read', calls.read(`light-${number % readers}`));
      else await timed('create', calls.create(`${name}-${number}`));
    }
  };
  await Promise.all(Array.from({ length: senders }, sender));
  agent.destroy();
  return found;
}

/** Runs the light load without and with a first import in the same process. */
async function measure(bench: Bench): Promise<Record<Kind, { idle: number; during: number }>> {
  const { path, records } = bench.rosterFile(scaled(fullRoster, bench.scale));
  const database = bench.freshDatabase();
  const gateway: Child = await bench.start('gateway', {
    uri: bench.uri,
    database,
    dataDir: `${bench.folder}/${database}`,
  });
  const calls = personCalls(gateway);
  const base = String(gateway.ready['base']);
  const ids = Array.from({ length: readers }, (_, number) => `light-${number}`);
  checkSuccess(await send(base, calls.createAll(ids)));
  const forSeconds = (name: string, seconds: number) => {
    const end = performance.now() + seconds * 1000;
    return lightLoad(base, calls, name, () => performance.now() >= end);
  };
  await forSeconds('warm', Math.max(1, 5 * bench.scale));
  const idle = await forSeconds('idle', Math.max(1, 20 * bench.scale));
  let done = false;
  const imported = gateway.ask({ ask: 'import', file: path, dryRun: false }).finally(() => {
    done = true;
  });
  const during = await lightLoad(base, calls, 'during', () => done);
  const { seconds, counts } = await imported;
  await gateway.stop();
  await bench.dropDatabase(database);
  bench.say(`import of ${records} records beside the calls: ${seconds} s: ${counts}`);
  const both = (kind: Kind, percent: number) => ({
    idle: percentile(idle[kind], percent),
    during: percentile(during[kind], percent),
  });
  for (const kind of kinds) {
    for (const percent of [50, 90, 99, 100]) {
      const found = both(kind, percent);
      bench.say(`${kind} p${percent}: idle ${found.idle.toFixed(1)} ms, during ${found.during.toFixed(1)} ms`);
    }
    bench.say(`${kind}: ${idle[kind].length} calls idle, ${during[kind].length} during`);
  }
  return { read: both('read', 99), create: both('create', 99) };
}

/** How long a SOAP call takes at the 99th percentile during a first import, against the same load without one. */
export function soapUnderImport(): readonly Measure[] {
  let measured: ReturnType<typeof measure> | undefined;
  return kinds.map((kind): Measure => {
    const name = `${kind}-under-import`;
    return {
      name,
      async run(bench: Bench): Promise<Finding> {
        measured ??= measure(bench);
        const { idle, during } = (await measured)[kind];
        return least(name, during, idle, 'ms');
      },
    };
  });
}
