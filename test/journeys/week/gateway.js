// A gateway with a clock that its test moves by lines of its input, each an instant; settings come by the environment. It is
// started and killed as a process of its own, so it is plain JavaScript and loads the compiled program.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { makeLog } from '../../../dist/app-log.js';
import { readConfig } from '../../../dist/config.js';
import { startGateway } from '../../../dist/gateway.js';

let time = new Date(process.env.WEEK_BEGINS);
const clock = { now: () => new Date(time) };
const config = readConfig(process.env, (path) => readFileSync(path, 'utf8'));
if (!config.ok) throw new Error(config.problem.text);
const gateway = await startGateway(config.value, {
  env: process.env,
  log: makeLog(config.value.logLevel),
  say: () => undefined,
  onLost: () => process.exit(1),
  clock,
});
if (!gateway.ok) throw new Error(gateway.problem.text);
process.stdout.write(`running on ${gateway.value.address}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  time = new Date(line);
  process.stdout.write(`at ${clock.now().toISOString()}\n`);
}
