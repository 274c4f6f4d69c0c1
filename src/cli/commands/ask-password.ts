import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { CommandLineDeps } from '../deps.ts';

/**
 * A password as a person types it, unseen, or the first line of standard input where that is no terminal; empty when
 * there is none. Never an argument of the command line: those are seen by every user of the machine.
 */
export function askPassword({ stdin, stderr }: CommandLineDeps, prompt: string): Promise<string> {
  const isTerminal = (stdin as { readonly isTTY?: boolean }).isTTY === true;
  if (isTerminal) stderr.write(prompt);
  // What readline echoes goes nowhere.
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: unseen, terminal: isTerminal });
  return new Promise((resolve) => {
    let password = '';
    lines.once('line', (line) => {
      password = line;
      lines.close();
    });
    lines.once('SIGINT', () => lines.close());
    lines.once('close', () => {
      if (isTerminal) stderr.write('\n');
      resolve(password);
    });
  });
}
