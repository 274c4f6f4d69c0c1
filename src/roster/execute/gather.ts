interface Waiting<A, R> {
  readonly items: readonly A[];
  resolve(results: R[]): void;
  reject(error: unknown): void;
}

interface Queue<A, R> {
  /** Calls that somebody waits for, and those of runs. */
  readonly prompt: Waiting<A, R>[];
  readonly bulk: Waiting<A, R>[];
}

/**
 * Gathers calls that arrive together for one tenant into shared transactions (decisions 3.2): while one is being
 * committed, the next ones wait and go together, up to `max` items; a call is never split. When a shared commit throws,
 * each call is tried alone, so that one call's defect fails that call only. Calls that somebody waits for never share a
 * transaction with bulk calls, and go first; where both wait, they take turns.
 */
export function makeGather<A, R>(
  commit: (tenant: string, items: readonly A[]) => Promise<R[]>,
  max: number,
): (tenant: string, items: readonly A[], isBulk: boolean) => Promise<R[]> {
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

  async function work(tenant: string, { prompt, bulk }: Queue<A, R>): Promise<void> {
    let wasPrompt = false;
    while (prompt.length + bulk.length > 0) {
      wasPrompt = prompt.length > 0 && !(wasPrompt && bulk.length > 0);
      await settle(tenant, take(wasPrompt ? prompt : bulk, max));
    }
    queues.delete(tenant);
  }

  return (tenant, items, isBulk) =>
    new Promise<R[]>((resolve, reject) => {
      let queue = queues.get(tenant);
      if (queue === undefined) {
        const started: Queue<A, R> = { prompt: [], bulk: [] };
        queue = started;
        queues.set(tenant, started);
        // Calls of the same turn of the event loop go together.
        setImmediate(() => void work(tenant, started));
      }
      queue[isBulk ? 'bulk' : 'prompt'].push({ items, resolve, reject });
    });
}

/** Takes the next calls out of those that wait: as many as have room together, one at least. */
function take<A, R>(waiting: Waiting<A, R>[], max: number): Waiting<A, R>[] {
  let size = 0;
  const none = waiting.findIndex(({ items }, at) => {
    size += items.length;
    return at > 0 && size > max;
  });
  return waiting.splice(0, none < 0 ? waiting.length : none);
}
