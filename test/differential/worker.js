// A process that is loaded, waits for the address of a database on a line of its input, and works on the runs there
// until it is killed. Many of them are started, so it is plain JavaScript and loads the compiled program.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { silentLog } from '../../dist/base/log.js';
import { readConfig } from '../../dist/config.js';
import { openServices } from '../../dist/services.js';

/** What has gone wrong is told to who runs the test. */
const log = {
  ...silentLog,
  error: (fields, text) => void process.stderr.write(`${text} ${JSON.stringify(fields)}\n`),
};

process.stdout.write('loaded\n');
for await (const line of createInterface({ input: process.stdin })) {
  const database = JSON.parse(line);
  const dataDir = await mkdtemp(join(tmpdir(), 'rostergate-worker-'));
  const config = readConfig({ DATA_DIR: dataDir }, () => '');
  if (!config.ok) throw new Error(config.problem.text);
  const services = await openServices(config.value, { ...database, kind: 'embedded' }, log);
  if (!services.ok) throw new Error(services.problem.text);
  await services.value.sync.start();
  process.stdout.write(`works in ${dataDir}\n`);
}
