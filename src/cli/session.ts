import { readFileSync } from 'node:fs';
import type { Problem } from '../base/problem.ts';
import type { Result } from '../base/result.ts';
import { readConfig } from '../config.ts';
import { connect } from './connect.ts';
import type { CommandLineDeps } from './deps.ts';
import { exitCodes, exitOfProblem } from './exit.ts';
import type { Operations } from './operations.ts';
import { makeTerminal, plain, type Terminal } from './terminal.ts';

/** What a command works with. */
export interface Session {
  readonly operations: Operations;
  readonly terminal: Terminal;
}

/** What a command is run with besides its own options. */
export interface SessionOptions {
  /** Whether it may make a data folder where there is none. */
  readonly mayCreate?: boolean;
}

/** Runs a command with somebody who does the work; answers the exit code. Interrupted, everything is closed in order. */
export async function withSession(
  deps: CommandLineDeps,
  options: SessionOptions,
  work: (session: Session) => Promise<number>,
): Promise<number> {
  const terminal = makeTerminal(deps);
  const config = readConfig(deps.env, (path) => readFileSync(path, 'utf8'));
  if (!config.ok) return complain(terminal, config.problem);
  const stop = new AbortController();
  const interrupted = new Promise<'interrupted'>((resolve) => {
    stop.signal.addEventListener('abort', () => resolve('interrupted'), { once: true });
  });
  const forget = deps.onInterrupt(() => stop.abort());
  try {
    const operations = await connect({
      config: config.value,
      env: deps.env,
      note: (line) => terminal.note(line),
      signal: stop.signal,
      mayCreate: options.mayCreate === true,
    });
    if (!operations.ok) return complain(terminal, operations.problem);
    try {
      const ended = await Promise.race([work({ operations: operations.value, terminal }), interrupted]);
      if (ended !== 'interrupted') return ended;
      terminal.note(`Interrupted. A run that was queued ${operations.value.afterwards}.`);
      terminal.silence();
      return exitCodes.interrupted;
    } finally {
      await operations.value.close();
    }
  } finally {
    forget();
  }
}

/** Says a problem; answers its exit code. */
export function complain(terminal: Terminal, problem: Problem): number {
  const lines = problem.text.split('\n').map(plain);
  terminal.note(`rostergate: ${lines.join('\n')}`);
  return exitOfProblem(problem);
}

/** Shows a result with `show`, or as one line of JSON; or says its problem. Answers the exit code. */
export function present<T extends object>(
  terminal: Terminal,
  result: Result<T>,
  json: boolean,
  show: (value: T) => readonly string[],
): number {
  if (!result.ok) return complain(terminal, result.problem);
  const lines = json ? [JSON.stringify(result.value)] : show(result.value);
  for (const line of lines) terminal.out(line);
  return exitCodes.done;
}
