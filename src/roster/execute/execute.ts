import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../base/clock.ts';
import { failed } from '../../base/result.ts';
import { recordTypes } from '../../model/index.ts';
import {
  addCounts,
  addRemovals,
  type ClockState,
  countIn,
  readBrakes,
  readClock,
  type Session,
  type Store,
  tick,
  tickAfter,
} from '../../store/index.ts';
import type { Change, ChangeResult, Checkpoint, Effect, ListedEffect } from '../change.ts';
import type { Context } from '../context.ts';
import type { FindShared } from '../read/sharing/shared.ts';
import { brakeName, isBraked } from './acts/brake.ts';
import { type Asked, applyAll, type Rules } from './apply.ts';
import { makeBeforePurge } from './coursework/before-purge.ts';
import { goneAfter, goneIn } from './departures.ts';
import { byGateway } from './derive/made.ts';
import { sweep } from './derive/sweep.ts';
import { effectsOf, listedIn } from './effects.ts';
import { type Author, type Writes, writesOf } from './flush.ts';
import { makeGather } from './gather.ts';
import { makeGuard } from './sharing/guard.ts';
import { type Entry, makeUnit, type TenantInfo, type Unit } from './unit.ts';

/** Changes that one call may hold. */
export const maxChanges = 1000;

/** What execute needs. */
export interface ExecuteDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly rules: Rules;
  readonly findShared: FindShared;
  tenant(id: string): Promise<TenantInfo>;
}

/** What one caller asks for together. */
interface Call {
  readonly context: Context;
  readonly changes: readonly Change[];
  readonly checkpoint: Checkpoint | undefined;
}

/** What calls come to: their results, and what to write. */
interface Work {
  readonly unit: Unit;
  readonly results: readonly ChangeResult[];
  readonly writes: Writes;
}

/** Work that is done, or being done, for the transaction after another one; undefined where it cannot be. */
interface Prepared {
  readonly calls: readonly Call[];
  readonly after: Pick<ClockState, 'sequence' | 'updatedAt'>;
  readonly work: Promise<Work | undefined>;
}

/** Makes the one door for writes (architecture, rule 1). */
export function makeExecute({ store, clock, rules, findShared, tenant }: ExecuteDeps) {
  const askedIn = (calls: readonly Call[]): Asked[] =>
    calls.flatMap(({ context, changes }) => changes.map((change) => ({ context, change })));

  /** Applies what calls ask for to a unit, and works out what to write. */
  async function work(unit: Unit, calls: readonly Call[]): Promise<Work> {
    const asked = askedIn(calls);
    const results = await applyAll(unit, asked, rules);
    unit.close();
    return { unit, results, writes: writesOf(store, unit, authorsOf(asked), rules.tombstoneDays) };
  }

  /**
   * Does the work of calls that come next while that of the calls before them is on its way to the store, so that
   * neither the store nor this process waits for the other. It holds only if nobody writes in between.
   */
  async function prepare(
    info: TenantInfo,
    before: Pick<Work, 'unit' | 'writes'>,
    calls: readonly Call[],
  ): Promise<Work | undefined> {
    if (calls.some(({ changes }) => changes.some(({ op }) => op === 'remove'))) return undefined;
    const { unit, writes } = before;
    const at = new Date(Math.max(clock.now().getTime(), unit.at.getTime() + 1));
    const stamp = { at, sequence: unit.sequence + 1, gone: goneAfter(unit.gone, writes.counts) };
    return work(makeUnit(store, info, stamp, undefined, unit), calls);
  }

  const beforePurge = makeBeforePurge({ store, clock, rules });

  /** Work that is prepared, by tenant. */
  const prepared = new Map<string, Prepared>();

  /** The work that was prepared for exactly these calls. */
  async function takePrepared(
    tenantId: string,
    calls: readonly Call[],
  ): Promise<(Work & Pick<Prepared, 'after'>) | undefined> {
    const there = prepared.get(tenantId);
    if (there?.calls.length !== calls.length || !there.calls.every((call, at) => call === calls[at])) return undefined;
    const done = await there.work;
    return done === undefined ? undefined : { ...done, after: there.after };
  }

  async function commit(tenantId: string, calls: readonly Call[], next: () => Call[]): Promise<ChangeResult[][]> {
    const info = await tenant(tenantId);
    for (const { context, changes } of calls) await beforePurge(context, info, changes);
    const ready = await takePrepared(tenantId, calls);
    let unused: readonly string[] = [];
    try {
      const results = await store.transaction(async (session) => {
        prepared.delete(tenantId);
        const now = clock.now();
        const isStill = ready !== undefined && (await tickAfter(store, tenantId, ready.after, ready.unit.at, session));
        const { unit, results: answers, writes } = isStill ? ready : await start(info, calls, now, session);
        let at = 0;
        const answersOf: ChangeResult[][] = [];
        // First what others may write too, so that a transaction that is in their way is tried again before it has cost much.
        for (const { changes, checkpoint } of calls) {
          const own = answers.slice(at, at + changes.length);
          at += changes.length;
          await checkpoint?.(session, own);
          answersOf.push(own);
        }
        // The first of the writes is on its way before this process has its hands full with what comes next.
        const sending = writes.send(session);
        await Promise.race([sending, turn()]);
        const upcoming = next();
        if (upcoming.length > 0) {
          const after = { sequence: unit.sequence, updatedAt: unit.at };
          // What is wrong with it shows when it is done in its own transaction.
          prepared.set(tenantId, {
            calls: upcoming,
            after,
            work: prepare(info, { unit, writes }, upcoming).catch(() => undefined),
          });
        }
        await sending;
        await addCounts(store, tenantId, writes.counts, session);
        if (unit.removals.size > 0) await addRemovals(store, tenantId, unit.removals, now, session);
        unused = [...unit.maybeUnused];
        return answersOf;
      });
      if (unused.length > 0) await sweep(store, info, clock, unused);
      return results;
    } catch (error) {
      prepared.delete(tenantId);
      throw error;
    }
  }

  /** The work of a transaction that begins now. */
  async function start(info: TenantInfo, calls: readonly Call[], now: Date, session: Session): Promise<Work> {
    const time = await tick(store, info.id, now, session);
    const stamp = { at: time.updatedAt, sequence: time.sequence, gone: goneIn(time.counts) };
    const unit = makeUnit(store, info, stamp, session);
    await arm(store, unit, askedIn(calls), time, rules.brakePercent, session);
    return work(unit, calls);
  }

  /** Applies changes to a unit that is not written. */
  async function tryOut(context: Context, changes: readonly Change[]) {
    const info = await tenant(context.tenant);
    const time = await readClock(store, context.tenant);
    const unit = makeUnit(store, info, { at: clock.now(), sequence: time.sequence + 1 });
    const asked = changes.map((change) => ({ context, change }));
    await arm(store, unit, asked, time, rules.brakePercent);
    const results = await applyAll(unit, asked, rules);
    return { unit, results };
  }

  const gather = makeGather<Call, ChangeResult[]>(commit, maxChanges);

  const guarded = makeGuard({ store, findShared, tryOut }, (context, changes, checkpoint) =>
    gather(context.tenant, { context, changes, checkpoint }, context.run !== undefined),
  );

  return {
    execute(context: Context, changes: readonly Change[], checkpoint?: Checkpoint): Promise<ChangeResult[]> {
      if (changes.length === 0) return Promise.resolve([]);
      if (changes.length > maxChanges) {
        const text = `At most ${maxChanges} changes may come together; ${changes.length} did.`;
        return Promise.resolve(changes.map(() => failed('too-large', text)));
      }
      if (context.sharing !== undefined) return guarded(context, changes, checkpoint);
      return gather(context.tenant, { context, changes, checkpoint }, context.run !== undefined);
    },

    async rehearse(context: Context, changes: readonly Change[]): Promise<ChangeResult[]> {
      return (await tryOut(context, changes)).results;
    },

    async preview(
      context: Context,
      changes: readonly Change[],
    ): Promise<{ readonly results: ChangeResult[]; readonly effects: Effect[]; readonly listed: ListedEffect[] }> {
      const { unit, results } = await tryOut(context, changes);
      return { results, effects: await effectsOf(unit), listed: listedIn(unit) };
    },
  };
}

/**
 * Who is to stand in the change log for a record: whose change touched it; for what only followed from others' changes,
 * the one writer there was, else the gateway.
 */
function authorsOf(asked: readonly Asked[]): (entry: Entry) => Author {
  const authorOf = ({ writer, source, run }: Context): Author => ({ writer, source, run });
  const writers = new Map(asked.map(({ context }) => [`${context.writer} ${context.run ?? ''}`, context]));
  const [only] = writers.values();
  const other = only !== undefined && writers.size === 1 ? authorOf(only) : byGateway;
  return (entry) => (entry.by === undefined ? other : authorOf(entry.by));
}

/** Tells a unit what the brake must know, when a credential removes. */
async function arm(
  store: Store,
  unit: Unit,
  asked: readonly Asked[],
  time: ClockState,
  percent: number,
  session?: Session,
): Promise<void> {
  const writers = new Set<string>();
  for (const { context, change } of asked) {
    if (change.op === 'remove' && isBraked(context)) writers.add(context.writer);
  }
  if (writers.size === 0) return;
  const names = [...writers].flatMap((writer) => recordTypes.map((type) => brakeName(writer, type)));
  const removed = await readBrakes(store, unit.tenant.id, names, unit.at, session);
  unit.brake = {
    percent,
    removed: (name) => removed.get(name) ?? 0,
    active: (type) => countIn(time.counts, `active.${type}`),
  };
}
