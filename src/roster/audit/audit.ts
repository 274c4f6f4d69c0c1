import type { Store } from '../../store/index.ts';
import { makeTurns } from '../access/attempts/turns.ts';
import { isGatewayAction } from '../access/roles.ts';
import { everyTenant } from '../access/tenants.ts';
import type { Vault } from '../access/vault.ts';
import type { Context } from '../context.ts';
import { makeChain, readHead } from './chain.ts';
import { entryOfRow, type Noted } from './entry.ts';
import { makeQueue, sameness } from './queue.ts';
import { makeSearch } from './search.ts';
import type { Audit, AuditFact, AuditOnce } from './types.ts';
import { makeVerify } from './verify.ts';

/** What {@link makeAudit} needs. */
export interface AuditDeps {
  readonly store: Store;
  readonly vault: Vault;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Days that entries are kept; 0: for ever. */
  readonly days: number;
}

const dayMs = 86_400_000;
/** The most facts that are remembered so as to be noted once in a while. */
const mostRemembered = 10_000;

/** What operators do to tenants, and what belongs to none, is on record in a chain of the gateway's own. */
function chainOf({ tenant, gateway }: Context, { action }: AuditFact): string {
  return gateway === true && isGatewayAction(action) ? everyTenant : tenant;
}

/** Makes the {@link Audit} log. */
export function makeAudit({ store, vault, now, days }: AuditDeps): Audit {
  const chain = makeChain(store, vault);
  const queue = makeQueue(chain, () => store.connection.readyState === 1);
  const search = makeSearch(store, vault);
  const verify = makeVerify(store, vault);
  const inTurn = makeTurns();
  const remembered = new Map<string, number>();

  const noted = (context: Context, fact: AuditFact): Noted => ({
    at: new Date(now()),
    context,
    fact,
    count: fact.count,
  });

  /** Whether the same was noted already of late; if not, it is now. */
  function isKnown(tenant: string, context: Context, fact: AuditFact, { inMs, by }: AuditOnce): boolean {
    const key = `${tenant} ${by} ${sameness(context, fact)}`;
    const time = now();
    const until = remembered.get(key);
    if (until !== undefined && until > time) return true;
    if (remembered.size >= mostRemembered) remembered.clear();
    remembered.set(key, time + inMs);
    return false;
  }

  /** What waits here is part of what is asked for. */
  const chainFor = async ({ tenant }: Context): Promise<string> => {
    await queue.flush();
    return tenant;
  };

  async function trimOne(tenant: string): Promise<number> {
    const head = await readHead(store, tenant);
    if (head === undefined) return 0;
    const kept = await search.sequenceAt(head, new Date(now() - days * dayMs));
    // The newest entry stays, that a chain never seems to begin anew.
    const first = Math.min(kept, head.sequence);
    const before = await store.rows('audit').findOne({ tenant, sequence: first - 1 });
    const anchor = before === null ? '' : entryOfRow(before).hash;
    return first > head.first && before === null ? 0 : chain.cut(tenant, first, anchor);
  }

  return {
    record: (context, fact) => queue.record(chainOf(context, fact), noted(context, fact)),
    async note(context, fact, once) {
      const tenant = chainOf(context, fact);
      if (once !== undefined && isKnown(tenant, context, fact, once)) return;
      await queue.note(tenant, noted(context, fact));
    },
    list: async (context, query) => search.page(await chainFor(context), query),
    async *entries(context, filter) {
      yield* search.all(await chainFor(context), filter);
    },
    async verify(context, expect) {
      const tenant = await chainFor(context);
      // Each looks through the whole log; those who ask at once must not take the gateway from all others.
      return inTurn(tenant, () => verify(tenant, expect));
    },
    async trim() {
      if (days === 0) return 0;
      const tenants = await store.rows('tenant').distinct('_id');
      let gone = 0;
      for (const tenant of [everyTenant, ...tenants]) gone += await trimOne(tenant);
      return gone;
    },
    flush: () => queue.flush(),
  };
}
