import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fullRoster } from './first-import.ts';
import { type Call, percentile, send } from './load.ts';
import type { Bench, Finding, Measure } from './measure.ts';
import { least } from './measure.ts';
import { tokenOf } from './oneroster.ts';
import { scaled } from './roster-file.ts';

/** Requests a second, each sent at its time whether those before it are answered or not. */
const perSecond = 20;
const limit = 100;
const pages = 10;

/** Reads pages at a fixed rate until told to stop; answers how many milliseconds after its time each was read. */
async function readPages(base: string, call: (number: number) => Call, until: () => boolean): Promise<number[]> {
  const agent = new Agent({ keepAlive: true });
  const found: number[] = [];
  const read = async (number: number, due: number) => {
    const { status, text } = await send(base, call(number), agent);
    if (status !== 200) throw new Error(`status ${status}: ${text.slice(0, 300)}`);
    found.push(performance.now() - due);
  };
  const reads: Promise<void>[] = [];
  const began = performance.now();
  for (let number = 0; !until(); number += 1) {
    const due = began + (number * 1000) / perSecond;
    await sleep(Math.max(0, due - performance.now()));
    reads.push(read(number, due));
  }
  await Promise.all(reads);
  agent.destroy();
  return found;
}

/**
 * How long a OneRoster page of 100 users takes at the 99th percentile while a first import goes on in the same process,
 * against the same load on the same database when the import is over.
 */
export const pageUnderImport: Measure = {
  name: 'page-under-import',
  async run(bench: Bench): Promise<Finding> {
    const { path, records } = bench.rosterFile(scaled(fullRoster, bench.scale));
    const database = bench.freshDatabase();
    const options = { uri: bench.uri, database, dataDir: `${bench.folder}/${database}` };
    const gateway = await bench.start('gateway', options);
    const { base, user, password } = gateway.ready;
    const address = String(base);
    const token = await tokenOf(address, String(user), String(password));
    const headers = { authorization: `Bearer ${token}` };
    const users = '/ims/oneroster/rostering/v1p2/users';
    const call = (number: number) => ({ path: `${users}?limit=${limit}&offset=${(number % pages) * limit}`, headers });
    const forSeconds = (seconds: number) => {
      const end = performance.now() + seconds * 1000;
      return readPages(address, call, () => performance.now() >= end);
    };
    let done = false;
    await forSeconds(1);
    const imported = gateway.ask({ ask: 'import', file: path, dryRun: false }).finally(() => {
      done = true;
    });
    const during = await readPages(address, call, () => done);
    const { seconds, counts } = await imported;
    await forSeconds(1);
    const idle = await forSeconds(Math.max(2, 20 * bench.scale));
    await gateway.stop();
    await bench.dropDatabase(database);
    bench.say(`import of ${records} records beside the reads: ${seconds} s: ${counts}`);
    for (const percent of [50, 90, 99, 100]) {
      const [a, b] = [percentile(idle, percent), percentile(during, percent)];
      bench.say(`page p${percent}: idle ${a.toFixed(1)} ms, during ${b.toFixed(1)} ms`);
    }
    bench.say(`${idle.length} pages idle, ${during.length} during`);
    return least('page-under-import', percentile(during, 99), percentile(idle, 99), 'ms');
  },
};
