import type { CommandLineDeps } from './deps.ts';

const plainEveryMs = 3_000;

/** What a command says: results on standard output, everything else on standard error. */
export interface Terminal {
  /** A line of the result. */
  out(line: string): void;
  /** A line for people beside the result. */
  note(line: string): void;
  /** What is going on: one line that is written over on a terminal, a line every few seconds elsewhere. */
  progress(text: string): void;
  /** Says nothing from now on: what was interrupted has nothing to add. */
  silence(): void;
}

/** Makes a {@link Terminal}. */
export function makeTerminal(deps: Pick<CommandLineDeps, 'stdout' | 'stderr'>, now = Date.now): Terminal {
  let { stdout, stderr } = deps;
  const isTerminal = stderr.isTTY === true;
  let shown = false;
  let said = now();
  let last = '';

  const clear = () => {
    if (shown) stderr.write('\r\u001b[2K');
    shown = false;
  };

  return {
    out(line) {
      clear();
      stdout.write(`${line}\n`);
    },
    note(line) {
      clear();
      stderr.write(`${line}\n`);
    },
    progress(text) {
      if (text === last) return;
      if (isTerminal) {
        clear();
        stderr.write(text.slice(0, Math.max(20, (stderr.columns ?? 80) - 1)));
        shown = true;
      } else {
        if (now() - said < plainEveryMs) return;
        said = now();
        stderr.write(`${text}\n`);
      }
      last = text;
    },
    silence() {
      clear();
      stdout = { write: () => undefined };
      stderr = stdout;
    },
  };
}

/** A text from outside as a terminal may show it: without control characters, which could write anywhere. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}
