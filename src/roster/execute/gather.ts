interface Waiting<A, R> {
  readonly items: readonly A[];
  resolve(results: R[]): void;
  reject(error: unknown): void;
}

interface Queue<A, R> {
  waiting: Waiting<A, R>[];
  running: boolean;
}

/**
 * Gathers calls that arrive together for one tenant into shared transactions (decisions 3.2): while one is being
 * committed, the next ones wait and go together, up to `max` items; a call is never split. When a shared commit throws,
 * each call is tried alone, so that one call's defect fails that call only.
 */
export function makeGather<A, R>(
  commit: (tenant: string, items: readonly A[]) => Promise<R[]>,
  max: number,
): (tenant: string, items: readonly A[]) => Promise<R[]> {
  const queues = new Map<string, Queue<A, R>>();

  async function settle(tenant: string, calls: readonly Waiting<A, R>[]): Promise<void> {
    try {
      const results = await commit(
        tenant,
        calls.flatMap((call) => call.items),
      );
      let at = 0;
      for (const call of calls) {
        call.resolve(results.slice(at, at + call.items.length));
        at += call.items.length;
      }
    } catch (error) {
      const [only] = calls;
      if (calls.length === 1 && only !== undefined) only.reject(error);
      else for (const call of calls) await settle(tenant, [call]);
    }
  }

  async function work(tenant: string, queue: Queue<A, R>): Promise<void> {
    queue.running = true;
    while (queue.waiting.length > 0) {
      const calls: Waiting<A, R>[] = [];
      let size = 0;
      for (;;) {
        const next = queue.waiting[0];
        if (next === undefined || (calls.length > 0 && size + next.items.length > max)) break;
        calls.push(next);
        size += next.items.length;
        queue.waiting.shift();
      }
      await settle(tenant, calls);
    }
    queue.running = false;
    queues.delete(tenant);
  }

  return (tenant, items) =>
    new Promise<R[]>((resolve, reject) => {
      let queue = queues.get(tenant);
      if (queue === undefined) {
        queue = { waiting: [], running: false };
        queues.set(tenant, queue);
      }
      queue.waiting.push({ items, resolve, reject });
      if (!queue.running) {
        queue.running = true;
        // Calls of the same turn of the event loop go together.
        const started = queue;
        setImmediate(() => void work(tenant, started));
      }
    });
}
