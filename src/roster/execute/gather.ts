interface Waiting<C, R> {
  readonly call: C;
  resolve(result: R): void;
  reject(error: unknown): void;
}

interface Queue<C, R> {
  /** Calls that somebody waits for, and those of runs. */
  readonly prompt: Waiting<C, R>[];
  readonly bulk: Waiting<C, R>[];
}

/**
 * Gathers calls that arrive together for one tenant into shared transactions (decisions 3.2): while one is being
 * committed, the next ones wait and go together, up to `max` changes; a call is never split, and has one result. When a
 * shared commit throws, each call is tried alone, so that one call's defect fails that call only. Calls that somebody
 * waits for go before bulk calls; where both wait, they take turns. A bulk call has a transaction of its own; a commit can
 * ask `next` for the one that will most likely follow.
 */
export function makeGather<C extends { readonly changes: readonly unknown[] }, R>(
  commit: (tenant: string, calls: readonly C[], next: () => C[]) => Promise<R[]>,
  max: number,
): (tenant: string, call: C, isBulk: boolean) => Promise<R> {
  const queues = new Map<string, Queue<C, R>>();

  async function settle(tenant: string, calls: readonly Waiting<C, R>[], next: () => C[]): Promise<void> {
    try {
      const results = await commit(
        tenant,
        calls.map(({ call }) => call),
        next,
      );
      for (const [at, { resolve }] of calls.entries()) resolve(results[at] as R);
    } catch (error) {
      const [only] = calls;
      if (calls.length === 1 && only !== undefined) only.reject(error);
      else for (const call of calls) await settle(tenant, [call], () => []);
    }
  }

  async function work(tenant: string, { prompt, bulk }: Queue<C, R>): Promise<void> {
    let wasPrompt = false;
    const next = () => (prompt.length > 0 ? [] : bulk.slice(0, 1).map(({ call }) => call));
    while (prompt.length + bulk.length > 0) {
      wasPrompt = prompt.length > 0 && !(wasPrompt && bulk.length > 0);
      await settle(tenant, wasPrompt ? take(prompt, max) : bulk.splice(0, 1), next);
    }
    queues.delete(tenant);
  }

  return (tenant, call, isBulk) =>
    new Promise<R>((resolve, reject) => {
      let queue = queues.get(tenant);
      if (queue === undefined) {
        const started: Queue<C, R> = { prompt: [], bulk: [] };
        queue = started;
        queues.set(tenant, started);
        // Calls of the same turn of the event loop go together.
        setImmediate(() => void work(tenant, started));
      }
      queue[isBulk ? 'bulk' : 'prompt'].push({ call, resolve, reject });
    });
}

/** Takes the next calls out of those that wait: as many as have room together, one at least. */
function take<W extends Waiting<{ readonly changes: readonly unknown[] }, never>>(waiting: W[], max: number): W[] {
  let size = 0;
  const none = waiting.findIndex(({ call }, at) => {
    size += call.changes.length;
    return at > 0 && size > max;
  });
  return waiting.splice(0, none < 0 ? waiting.length : none);
}
