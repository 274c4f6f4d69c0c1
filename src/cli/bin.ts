#!/usr/bin/env node
import { defectFields } from '../app-log.ts';
import { exitCodes } from './exit.ts';
import { runCommandLine } from './program.ts';

// Who reads our output may stop reading (`… | head`): that is no failure of the command.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const signals = ['SIGINT', 'SIGTERM'] as const;

try {
  process.exitCode = await runCommandLine(process.argv.slice(2), {
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    onInterrupt(call) {
      for (const signal of signals) process.on(signal, call);
      return () => {
        for (const signal of signals) process.removeListener(signal, call);
      };
    },
    start: async () => {
      await import('../main.ts');
    },
  });
  // What was interrupted may leave requests behind that nobody waits for.
  if (process.exitCode === exitCodes.interrupted) process.exit();
} catch (error) {
  process.stderr.write(`rostergate: a defect of the command line: ${JSON.stringify(defectFields(error))}\n`);
  process.exit(exitCodes.failed);
}
