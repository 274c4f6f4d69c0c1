import type { Log } from '../../base/log.ts';
import type { makeRunEnds } from '../../store/index.ts';
import type { Sync } from '../../sync/index.ts';
import type { Notifier } from '../types.ts';
import { runNotice } from './run-notice.ts';

/** What the sweep needs. */
export interface SweepDeps {
  readonly ends: ReturnType<typeof makeRunEnds>;
  readonly sync: Pick<Sync, 'run'>;
  readonly notifier: Notifier;
  readonly log: Log;
  /** Milliseconds between looks; 2 seconds unless told. */
  readonly pollMs?: number;
}

/** Looks for runs that were held or have ended and sees to it that each is told of. */
export interface Sweep {
  start(): void;
  /** Looks once, to the end; how many runs were told of. */
  sweep(): Promise<number>;
  stop(): Promise<void>;
}

const atOnce = 100;

/**
 * Makes {@link Sweep}. A run's mark goes only when its notice is written down, and a notice is written down once by its key, so
 * several gateways may sweep, and one that is killed leaves nothing out.
 */
export function makeSweep({ ends, sync, notifier, log, pollMs = 2_000 }: SweepDeps): Sweep {
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<unknown> = Promise.resolve();
  let isStopped = true;

  async function sweep(): Promise<number> {
    for (let told = 0; ; ) {
      const rows = await ends.unnoticed(atOnce);
      for (const row of rows) {
        const { _id, tenant } = row;
        const run = await sync.run({ tenant, writer: 'gateway', namespace: 'default', source: 'file' }, _id);
        // Approved a moment ago, it is told of when it has ended.
        if (run?.state !== row.state) continue;
        const notice = runNotice(tenant, run);
        if (notice !== undefined) await notifier.tell(notice);
        await ends.noticed(row);
        told += 1;
      }
      if (rows.length < atOnce) return told;
    }
  }

  function later(): void {
    if (isStopped) return;
    timer = setTimeout(() => {
      looking = sweep()
        .catch((error: unknown) => {
          const name = error instanceof Error ? error.name : 'unknown';
          log.error({ error: name }, 'runs could not be told of; it is tried again');
        })
        .finally(later);
    }, pollMs).unref();
  }

  return {
    sweep,
    start() {
      isStopped = false;
      later();
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
