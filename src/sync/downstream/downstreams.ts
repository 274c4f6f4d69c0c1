import { randomId } from '../../base/ids.ts';
import type { Log } from '../../base/log.ts';
import type { Problem } from '../../base/problem.ts';
import { type Failed, failed, ok, type Result } from '../../base/result.ts';
import { recordTypes } from '../../model/index.ts';
import type { Context, Roster, Vault } from '../../roster/index.ts';
import { type DownstreamRow, makeDownstreamStore, readClock, type Store } from '../../store/index.ts';
import { Interrupted } from '../work.ts';
import { makeSettingsCheck } from './settings.ts';
import type { DeadLetter, Deliverer, Delivery, DownstreamReport, DownstreamSettings, Downstreams } from './types.ts';
import { contextOf, workOnDownstream } from './work.ts';

/** What deliveries need. */
export interface DownstreamDeps {
  readonly store: Store;
  readonly roster: Pick<Roster, 'find' | 'names' | 'related' | 'changesAfter' | 'list'>;
  readonly deliverers: readonly Deliverer[];
  readonly vault: Vault;
  readonly log: Log;
  /** Whether no other process works on this database: what was held when this one starts is free at once. */
  readonly exclusive: boolean;
  /** Milliseconds before a call is tried for the second time; 1,000 unless told. */
  readonly firstDelayMs?: number;
  /** Whether an address may be asked, as far as its text says. */
  check(url: string): Result<unknown>;
  /** Makes the worker that calls back with leased downstreams; from `jobs/`. */
  worker(kind: DownstreamKind): { start(): void; wake(): void; stop(): Promise<void> };
}

type Item = DownstreamRow & { readonly id: string; readonly fence: number };

/** How a worker of `jobs/` gets and works on downstreams. */
export interface DownstreamKind {
  claim(owner: string, leaseMs: number): Promise<Item | undefined>;
  beat(item: Item, leaseMs: number): Promise<boolean>;
  work(item: Item, guard: () => void): Promise<void>;
  interrupted(): Error;
}

const purposeOf = (tenant: string) => `downstream:${tenant}`;

/** Makes the deliveries of tenants' changes to other servers. */
export function makeDownstreams(deps: DownstreamDeps): Downstreams {
  const { store, roster, vault, log, firstDelayMs = 1_000 } = deps;
  const rows = makeDownstreamStore(store);
  const checkSettings = makeSettingsCheck();
  const deliverers = new Map(deps.deliverers.map((deliverer) => [deliverer.protocol, deliverer]));

  const worker = deps.worker({
    async claim(owner, leaseMs) {
      const row = await rows.claim(owner, new Date(), leaseMs);
      return row === undefined ? undefined : { ...row, id: row._id, fence: row.lease?.fence ?? 0 };
    },
    beat: (item, leaseMs) => rows.hold(item, new Date(Date.now() + leaseMs)),
    work: (item, guard) =>
      workOnDownstream(
        {
          roster,
          rows,
          deliverers,
          log,
          firstDelayMs,
          clock: (tenant) => readClock(store, tenant),
          target(row) {
            const password = vault.open(row.sealed, purposeOf(row.tenant));
            const { protocol, url, user, batchSize } = row.settings as unknown as DownstreamSettings;
            return password === undefined ? undefined : { protocol, url, user, batchSize, password };
          },
        },
        item,
        guard,
      ),
    interrupted: () => new Interrupted(),
  });

  async function reportOf(row: DownstreamRow): Promise<DownstreamReport> {
    const [clock, deadLetters] = await Promise.all([readClock(store, row.tenant), rows.countLetters(row.tenant)]);
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

  /** The beginning of a delivery of everything. */
  async function fromTheStart(
    tenant: string,
  ): Promise<{ initial: DownstreamRow['initial']; failing: null; nextAt: Date }> {
    const context = contextOf(tenant);
    const totals = await Promise.all(
      recordTypes.map(async (type) => (await roster.list(context, type, { limit: 0, offset: 0 })).total),
    );
    const total = totals.reduce((sum, one) => sum + one, 0);
    return { initial: { phase: 'group', after: null, done: 0, total }, failing: null, nextAt: new Date(0) };
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

    async put({ tenant }, wanted) {
      const there = await rows.get(tenant);
      const checked = checkSettings(there?.settings as DownstreamSettings | undefined, wanted);
      if (!checked.ok) return checked;
      const { settings, password } = checked.value;
      const address = deps.check(settings.url);
      if (!address.ok) return address;
      const isNew = there === undefined || there.settings['url'] !== settings.url;
      const set = {
        settings,
        failing: null,
        nextAt: new Date(0),
        ...(password === undefined ? {} : { sealed: vault.seal(password, purposeOf(tenant)) }),
        ...(isNew ? await fromTheStart(tenant) : {}),
      };
      // The log is read from where it is now, before anything is: what happens meanwhile is delivered after the rest.
      const { sequence } = await readClock(store, tenant);
      const row = await rows.put(tenant, randomId(), set, {
        position: sequence,
        deliveredUntil: null,
        delivered: { written: 0, removed: 0, renamed: 0 },
        retryAsked: 0,
        retryDone: 0,
        servedAt: new Date(0),
      });
      if (row === undefined) throw new Error('a downstream was not stored');
      worker.wake();
      return ok(await reportOf(row));
    },

    async remove({ tenant }) {
      return (await rows.remove(tenant)) ? ok({ removed: true }) : none();
    },

    async resend({ tenant }) {
      // The position stays: removals that are not delivered yet are in the log only.
      const row = await rows.change(tenant, randomId(), await fromTheStart(tenant));
      if (row === undefined) return none();
      worker.wake();
      return ok(await reportOf(row));
    },

    async deadLetters({ tenant }, { limit, cursor }) {
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
      const retried = await rows.retry(tenant, id);
      if (id !== undefined && retried === 0) return noLetter(id);
      worker.wake();
      return ok({ retried });
    },

    async drop({ tenant }: Context, id: string) {
      return (await rows.drop(tenant, id)) ? ok({ id }) : noLetter(id);
    },
  };
}

function none(): Failed {
  return failed('unknown-object', 'There is no downstream; PUT /api/v1/downstream sets one up.');
}

function noLetter(id: string): Failed {
  const name = id.slice(0, 64);
  return failed('unknown-object', `There is no dead letter ${name}.`, { id: name });
}
