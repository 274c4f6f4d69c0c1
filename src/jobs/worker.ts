import { randomId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { stackOf } from '../base/stack.ts';

/** A leased piece of work. */
export interface Leased {
  readonly id: string;
  /** Grows with each lease; writes of a worker with an older one are refused. */
  readonly fence: number;
}

/** What a worker does with its kind of work. */
export interface Kind<T extends Leased> {
  /** Leases the next piece, or undefined. */
  claim(owner: string, leaseMs: number): Promise<T | undefined>;
  /** Prolongs a lease; false when another worker has it. */
  beat(item: T, leaseMs: number): Promise<boolean>;
  /** Works on it; `guard` throws when the work must stop where it is, and `signal` is aborted then. */
  work(item: T, guard: () => void, signal: AbortSignal): Promise<void>;
  /** Made when work has to stop without an end. */
  interrupted(): Error;
  /** Called now and then: what is due by time. */
  tidy?(): Promise<void>;
}

/** Settings of a worker. */
export interface WorkerSettings {
  /** Pieces of work at once. */
  readonly parallel?: number;
  /** Milliseconds that a lease lasts without a heartbeat. */
  readonly leaseMs?: number;
  /** Milliseconds between looks at an empty queue. */
  readonly pollMs?: number;
}

/** Works on leased pieces until stopped. */
export interface Worker {
  start(): void;
  /** Looks at the queue at once. */
  wake(): void;
  /** Interrupts what runs, at the latest after the step at hand; resolves when all have let go. */
  stop(): Promise<void>;
}

/** Makes a worker with a lease, a heartbeat and a fence number per piece of work. */
export function makeWorker<T extends Leased>(kind: Kind<T>, log: Log, settings: WorkerSettings = {}): Worker {
  const { parallel = 2, leaseMs = 30_000, pollMs = 1_000 } = settings;
  const owner = randomId();
  const running = new Set<Promise<void>>();
  const ends = new Set<AbortController>();
  // Nothing is looked for before the start and after the stop.
  let stopping = true;
  let looking: Promise<void> | undefined;
  let again = false;
  let timer: NodeJS.Timeout | undefined;

  async function carry(item: T): Promise<void> {
    const end = new AbortController();
    ends.add(end);
    if (stopping) end.abort();
    const heart = setInterval(() => {
      kind.beat(item, leaseMs).then(
        (held) => {
          if (!held) end.abort();
        },
        () => undefined,
      );
    }, leaseMs / 3);
    const guard = () => {
      if (end.signal.aborted) throw kind.interrupted();
    };
    try {
      await kind.work(item, guard, end.signal);
    } catch (error) {
      log.error(
        { id: item.id, error: error instanceof Error ? error.name : 'unknown', detail: stackOf(error) },
        'work failed',
      );
    } finally {
      clearInterval(heart);
      ends.delete(end);
    }
  }

  function look(): void {
    if (stopping) return;
    again = true;
    looking ??= lookWhileAsked().finally(() => {
      looking = undefined;
      // Asked for after the last look, before this.
      if (again) look();
    });
  }

  async function lookWhileAsked(): Promise<void> {
    try {
      do {
        again = false;
        await kind.tidy?.();
        while (!stopping && running.size < parallel) {
          const item = await kind.claim(owner, leaseMs);
          if (item === undefined) break;
          const work = carry(item).finally(() => {
            running.delete(work);
            look();
          });
          running.add(work);
        }
      } while (again && !stopping);
    } catch (error) {
      log.warn({ error: error instanceof Error ? error.name : 'unknown' }, 'could not look for work');
    }
  }

  return {
    start() {
      stopping = false;
      timer = setInterval(look, pollMs);
      look();
    },
    wake: look,
    async stop() {
      stopping = true;
      clearInterval(timer);
      for (const end of ends) end.abort();
      // What a look still takes is let go of at once.
      await looking;
      await Promise.allSettled(running);
    },
  };
}
