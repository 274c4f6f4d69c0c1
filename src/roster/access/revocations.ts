import type { Doc, Store } from '../../store/index.ts';

/** Id, and tenant, of the one document: it is the gateway's, not a tenant's. */
const everyTenant = '*';
/** Milliseconds between looks at whether another instance has changed something. */
const lookMs = 500;

/** Lets every instance on a database forget what it remembers of credentials, tokens and tenants, when one is changed. */
export interface Revocations {
  /** Has `forget` called when something was changed, here or by another instance. */
  listen(forget: () => void): void;
  /** Forgets here, at once, and tells the others, who notice within half a second; call it once the change is stored. */
  tell(): Promise<void>;
  /** Begins to listen to other instances. Until then, and while the store does not answer, memories end by themselves. */
  start(): void;
  stop(): Promise<void>;
}

/** Makes {@link Revocations}: a count of changes in the store, which each instance looks at twice in a second. */
export function makeRevocations(store: Store): Revocations {
  const listeners: (() => void)[] = [];
  const own = { _id: everyTenant, tenant: everyTenant };
  let known: unknown;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();
  let isStopped = true;

  const forget = () => {
    for (const listener of listeners) listener();
  };

  async function look(): Promise<void> {
    const row = await store.rows('revocation').findOne(own);
    const count = row?.['count'] ?? 0;
    if (count === known) return;
    known = count;
    forget();
  }

  function lookLater(): void {
    timer = setTimeout(() => {
      looking = look()
        // What is remembered ends by itself within seconds; the next look tries again.
        .catch(() => undefined)
        .then(() => {
          if (!isStopped) lookLater();
        });
    }, lookMs).unref();
  }

  return {
    listen(listener) {
      listeners.push(listener);
    },
    async tell() {
      forget();
      await store.rows('revocation').updateOne(own, { $inc: { count: 1 } } as Doc, { upsert: true });
    },
    start() {
      if (!isStopped) return;
      isStopped = false;
      lookLater();
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
