import type { Context } from '../context.ts';
import type { Chain } from './chain.ts';
import type { Noted } from './entry.ts';
import type { AuditFact } from './types.ts';

/** The most entries that one transaction writes. */
const atOnce = 500;
/** Milliseconds that a fact waits for others at the most. */
const patienceMs = 1000;
/** Facts of a tenant beyond which who notes one waits for them to be written. */
const mostWaiting = 10_000;

/** A fact that waits, and whoever waits for it. */
interface Waiting {
  readonly noted: Noted;
  readonly settle: ((error?: unknown) => void) | undefined;
}

/** What waits for one tenant. */
interface Line {
  readonly tenant: string;
  waiting: Map<string, Waiting>;
  writing: Promise<void> | undefined;
  timer: NodeJS.Timeout | undefined;
}

/** What of a fact must be the same for two to become one entry. */
export function sameness({ writer, source, caller, run }: Context, fact: AuditFact): string {
  return JSON.stringify([writer, source, caller?.address, run, { ...fact, count: undefined }]);
}

/** Gathers facts of each tenant and writes them together: at once what somebody waits for, within a second the others. */
export function makeQueue(chain: Pick<Chain, 'append'>, isOpen: () => boolean) {
  const lines = new Map<string, Line>();
  let numbered = 0;

  function lineOf(tenant: string): Line {
    const line = lines.get(tenant) ?? { tenant, waiting: new Map(), writing: undefined, timer: undefined };
    lines.set(tenant, line);
    return line;
  }

  async function writeBatch(line: Line, batch: ReadonlyMap<string, Waiting>): Promise<boolean> {
    const all = [...batch.values()];
    try {
      if (!isOpen()) throw new Error('the audit log cannot be written: the store is closed');
      await chain.append(
        line.tenant,
        all.map(({ noted }) => noted),
      );
      for (const { settle } of all) settle?.();
      return true;
    } catch (error) {
      // Who waits is told; what nobody waits for stays in its place and is tried again.
      const left = new Map([...batch, ...line.waiting]);
      line.waiting = new Map([...left].filter(([, { settle }]) => settle === undefined));
      for (const { settle } of left.values()) settle?.(error);
      return false;
    }
  }

  async function writeAll(line: Line): Promise<void> {
    while (line.waiting.size > 0) {
      const batch = new Map([...line.waiting].slice(0, atOnce));
      for (const key of batch.keys()) line.waiting.delete(key);
      if (!(await writeBatch(line, batch))) break;
    }
  }

  /** Writes what waits; one batch after the other, since each follows the one before. */
  function write(line: Line): Promise<void> {
    clearTimeout(line.timer);
    line.timer = undefined;
    line.writing ??= writeAll(line).finally(() => {
      line.writing = undefined;
      if (line.waiting.size === 0) lines.delete(line.tenant);
      else if ([...line.waiting.values()].some(({ settle }) => settle !== undefined)) void write(line);
      else soon(line);
    });
    return line.writing;
  }

  function soon(line: Line): void {
    if (line.timer !== undefined || line.writing !== undefined || !isOpen()) return;
    line.timer = setTimeout(() => void write(line), patienceMs).unref();
  }

  return {
    /** Resolves when the fact is stored; rejects when it could not be. */
    async record(tenant: string, noted: Noted): Promise<void> {
      const line = lineOf(tenant);
      numbered += 1;
      const key = `record ${numbered}`;
      await new Promise<void>((resolve, reject) => {
        const settle = (error?: unknown) => (error === undefined ? resolve() : reject(error as Error));
        line.waiting.set(key, { noted, settle });
        void write(line);
      });
    },

    /** Takes a fact for later; resolves at once unless very many wait. */
    async note(tenant: string, noted: Noted): Promise<void> {
      const line = lineOf(tenant);
      const key = sameness(noted.context, noted.fact);
      const there = line.waiting.get(key);
      if (there !== undefined) {
        there.noted.count = (there.noted.count ?? 1) + (noted.count ?? 1);
        return;
      }
      line.waiting.set(key, { noted, settle: undefined });
      if (line.waiting.size >= mostWaiting) await write(line);
      else if (line.waiting.size >= atOnce) void write(line);
      else soon(line);
    },

    /** Writes what waits now; answers how many could not be written. */
    async flush(): Promise<number> {
      await Promise.all([...lines.values()].map((line) => write(line)));
      return [...lines.values()].reduce((sum, { waiting }) => sum + waiting.size, 0);
    },
  };
}
