import { readFileSync } from 'node:fs';
import { boundHeap } from './app-heap.ts';
import { defectFields, makeLog } from './app-log.ts';
import { readConfig } from './config.ts';
import { addressLines, startGateway } from './gateway.ts';

const say = (line: string) => void process.stdout.write(`${line}\n`);

const IMPATIENT_MS = 1_000;

/** Runs the gateway until it is asked to stop; exit code 0 after an orderly stop, 1 after a defect, 2 for bad settings. */
async function main(): Promise<void> {
  boundHeap();
  const config = readConfig(process.env, (path) => readFileSync(path, 'utf8'));
  if (!config.ok) {
    process.stderr.write(`${config.problem.text}\n`);
    process.exit(2);
  }
  const log = makeLog(config.value.logLevel);
  let stopping: Promise<never> | undefined;
  const stop = (code: number, reason: string) => {
    log.info({ reason }, 'stopping');
    stopping ??= starting
      .then((gateway) => (gateway.ok ? gateway.value.close() : undefined))
      .then(
        () => process.exit(code),
        (error: unknown) => {
          log.error(defectFields(error), 'the gateway could not be stopped in order');
          process.exit(1);
        },
      );
  };
  const starting = startGateway(config.value, { env: process.env, log, say, onLost: (reason) => stop(1, reason) });
  let firstSignal: number | undefined;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // A second one of a person who will not wait ends the process at once (the embedded server is told to stop even
    // then); npm passes a Ctrl-C on that the terminal has already sent, so an immediate second one is the same one.
    process.on(signal, () => {
      firstSignal ??= Date.now();
      if (stopping === undefined) stop(0, signal);
      else if (Date.now() - firstSignal > IMPATIENT_MS) process.exit(1);
    });
  }
  for (const defect of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(defect, (error: unknown) => {
      log.error(defectFields(error), defect);
      stop(1, defect);
    });
  }
  const gateway = await starting;
  if (!gateway.ok) {
    process.stderr.write(`${gateway.problem.text}\n`);
    process.exit(1);
  }
  say(
    [
      '',
      `Rostergate is running on ${gateway.value.address}`,
      ...addressLines(config.value.publicUrl ?? gateway.value.address),
      '',
    ].join('\n'),
  );
}

await main();
