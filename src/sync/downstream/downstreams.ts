import { randomId } from '../../base/ids.ts';
import type { Log } from '../../base/log.ts';
import type { Problem } from '../../base/problem.ts';
import { type Failed, failed, ok, type Result } from '../../base/result.ts';
import { rosterTypes } from '../../model/index.ts';
import type { Context, Roster, Vault } from '../../roster/index.ts';
import { type DownstreamRow, makeDownstreamStore, readClock, type Store, type Versions } from '../../store/index.ts';
import { Interrupted } from '../attempt/deps.ts';
import { makeSettingsCheck } from './settings.ts';
import type { DeadLetter, Deliverer, Delivery, DownstreamReport, DownstreamSettings, Downstreams } from './types.ts';
import { contextOf, workOnDownstream } from './work.ts';

/** What deliveries need. */
export interface DownstreamDeps {
  readonly store: Store;
  readonly roster: Pick<Roster, 'find' | 'names' | 'related' | 'membershipsOf' | 'changesAfter' | 'list'>;
  readonly deliverers: readonly Deliverer[];
  readonly vault: Vault;
  readonly log: Log;
  /** Whether no other process works on this database: what was held when this one starts is free at once. */
  readonly exclusive: boolean;
  /** Milliseconds before a call is tried for the second time; 1,000 unless told. */
  readonly firstDelayMs?: number;
  /** Whether an address may be asked, as far as its text says. */
  check(url: string): Result<URL>;
  /** Makes the worker that calls back with leased downstreams; from `jobs/`. */
  worker(kind: DownstreamKind): { start(): void; wake(): void; stop(): Promise<void> };
}

type Item = DownstreamRow & { readonly id: string; readonly fence: number };

/** How a worker of `jobs/` gets and works on downstreams. */
export interface DownstreamKind {
  claim(owner: string, leaseMs: number): Promise<Item | undefined>;
  beat(item: Item, leaseMs: number): Promise<boolean>;
  work(item: Item, guard: () => void, signal: AbortSignal): Promise<void>;
  interrupted(): Error;
}

/** What the password of a tenant's downstream is sealed for. */
export const downstreamPurpose = (tenant: string) => `downstream:${tenant}`;

/** Makes the deliveries of tenants' changes to other servers. */
export function makeDownstreams(deps: DownstreamDeps): Downstreams {
  const { store, roster, vault, log, firstDelayMs = 1_000 } = deps;
  const rows = makeDownstreamStore(store);
  const checkSettings = makeSettingsCheck((url) => deps.check(url));
  const deliverers = new Map(deps.deliverers.map((deliverer) => [deliverer.protocol, deliverer]));

  const worker = deps.worker({
    async claim(owner, leaseMs) {
      const row = await rows.claim(owner, new Date(), leaseMs);
      return row === undefined ? undefined : { ...row, id: row._id, fence: row.lease?.fence ?? 0 };
    },
    beat: (item, leaseMs) => rows.hold(item, new Date(Date.now() + leaseMs)),
    work: (item, guard, signal) =>
      workOnDownstream(
        {
          roster,
          rows,
          deliverers,
          log,
          firstDelayMs,
          clock: (tenant) => readClock(store, tenant),
          target(row) {
            const password = vault.open(row.sealed, downstreamPurpose(row.tenant));
            const { protocol, url, user, batchSize } = row.settings as unknown as DownstreamSettings;
            return password === undefined ? undefined : { protocol, url, user, batchSize, password };
          },
        },
        item,
        { guard, signal },
      ),
    interrupted: () => new Interrupted(),
  });

  async function reportOf(row: DownstreamRow): Promise<DownstreamReport> {
    const [clock, deadLetters] = await Promise.all([
      readClock(store, row.tenant),
      row.stale ? 0 : rows.countLetters(row.tenant),
    ]);
    const settings = row.settings as unknown as DownstreamSettings;
    const behind = Math.max(0, clock.sequence - row.position);
    const busy = row.initial !== null || behind > 0 || row.retryAsked > row.retryDone;
    const idle = busy ? 'delivering' : 'up-to-date';
    return {
      settings,
      state: settings.paused ? 'paused' : row.failing === null ? idle : 'waiting',
      initial: row.initial === null ? null : { done: row.initial.done, total: row.initial.total },
      behind,
      deliveredUntil: row.deliveredUntil?.toISOString() ?? null,
      delivered: row.delivered,
      deadLetters,
      failing:
        row.failing === null
          ? null
          : { ...row.failing, since: row.failing.since.toISOString(), nextAt: row.nextAt.toISOString() },
    };
  }

  /** The beginning of a delivery of everything; `until` is up to when all is settled once it is over. */
  async function fromTheStart(
    tenant: string,
    until: Date | null,
  ): Promise<{ initial: DownstreamRow['initial']; failing: null; nextAt: Date }> {
    const context = contextOf(tenant);
    const totals = await Promise.all(
      rosterTypes.map(async (type) => (await roster.list(context, type, { limit: 0, offset: 0 })).total),
    );
    const total = totals.reduce((sum, one) => sum + one, 0);
    return { initial: { phase: 'group', after: null, done: 0, total, until }, failing: null, nextAt: new Date(0) };
  }

  /** All that is remembered of a delivery, as it is at its beginning. */
  async function anew(tenant: string) {
    // The log is read from where it is now, before anything is: what happens meanwhile is delivered after the rest.
    const { sequence, updatedAt } = await readClock(store, tenant);
    return {
      ...(await fromTheStart(tenant, sequence === 0 ? null : updatedAt)),
      position: sequence,
      deliveredUntil: null,
      delivered: { written: 0, removed: 0, renamed: 0 },
      retryAsked: 0,
      retryDone: 0,
      servedAt: new Date(0),
    };
  }

  /**
   * Changes what is there now: should somebody else change it meanwhile, `change` answers undefined and is asked again.
   * A call under way is for what was there before; it ends when the heartbeat of its work finds that out.
   */
  async function changeIt(
    tenant: string,
    change: (there: DownstreamRow | undefined, versions: Versions) => Promise<Result<DownstreamRow | undefined>>,
  ): Promise<Result<DownstreamReport>> {
    for (;;) {
      const there = await rows.get(tenant);
      const row = await change(there, { from: there?.version, to: randomId() });
      if (!row.ok) return row;
      if (row.value === undefined) continue;
      worker.wake();
      return ok(await reportOf(row.value));
    }
  }

  return {
    async start() {
      if (deps.exclusive) await rows.freeLeases();
      worker.start();
    },
    stop: () => worker.stop(),

    async report({ tenant }) {
      const row = await rows.get(tenant);
      return row === undefined ? undefined : reportOf(row);
    },

    put: ({ tenant }, wanted) =>
      changeIt(tenant, async (there, versions) => {
        const checked = checkSettings(there?.settings as DownstreamSettings | undefined, wanted);
        if (!checked.ok) return checked;
        const { settings, password, isElsewhere, isOther } = checked.value;
        const set = {
          settings,
          ...(password === undefined ? {} : { sealed: vault.seal(password, downstreamPurpose(tenant)) }),
          ...(isOther ? { failing: null, nextAt: new Date(0) } : {}),
        };
        if (there === undefined) return ok(await rows.add(tenant, versions.to, { ...set, ...(await anew(tenant)) }));
        // One whose end was not reached is begun anew too.
        const fresh = isElsewhere || there.stale ? { ...(await anew(tenant)), stale: true } : {};
        return ok(await rows.change(tenant, versions, { ...set, ...fresh }));
      }),

    async remove({ tenant }) {
      const removed = await rows.remove(tenant, randomId());
      return removed ? ok({ removed: true }) : noDownstream();
    },

    resend: ({ tenant }) =>
      changeIt(tenant, async (there, versions) => {
        if (there === undefined) return noDownstream();
        // The position stays: removals that are not delivered yet are in the log only.
        const start = await fromTheStart(tenant, there.initial?.until ?? null);
        return ok(await rows.change(tenant, versions, start));
      }),

    async deadLetters({ tenant }, { limit, cursor }) {
      if ((await rows.get(tenant))?.stale === true) return { items: [], total: 0, next: null };
      const [found, total] = await Promise.all([
        rows.letters(tenant, { limit: limit + 1, ...(cursor === undefined ? {} : { cursor }) }),
        rows.countLetters(tenant),
      ]);
      const page = found.slice(0, limit);
      const items = page.map(
        ({ _id, type, guid, sourcedId, op, problem, attempts, at }): DeadLetter => ({
          id: _id,
          type,
          guid,
          sourcedId,
          op: op as Delivery['op'],
          problem: problem as unknown as Problem,
          attempts,
          at: at.toISOString(),
        }),
      );
      return { items, total, next: found.length > limit ? (items.at(-1)?.id ?? null) : null };
    },

    async retry({ tenant }, id) {
      const row = await rows.get(tenant);
      if (row === undefined) return noDownstream();
      const retried = row.stale ? 0 : await rows.retry(tenant, id);
      if (id !== undefined && retried === 0) return noLetter(id);
      worker.wake();
      return ok({ retried });
    },

    async drop({ tenant }: Context, id: string) {
      const isStale = (await rows.get(tenant))?.stale === true;
      return !isStale && (await rows.drop(tenant, id)) ? ok({ id }) : noLetter(id);
    },
  };
}

/** The answer where a tenant has no downstream. */
export function noDownstream(): Failed {
  const ways = 'PUT /api/v1/downstream, or rostergate downstream --set url=… user=… --password';
  return failed('unknown-object', `There is no downstream; set one up first (${ways}).`);
}

function noLetter(id: string): Failed {
  const name = id.slice(0, 64);
  return failed('unknown-object', `There is no dead letter ${name}.`, { id: name });
}
