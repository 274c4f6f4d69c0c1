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
} from '../../store/index.ts';
import type { Change, ChangeResult } from '../change.ts';
import type { Context } from '../context.ts';
import { feedOf } from '../context.ts';
import { brakeName } from './acts/brake.ts';
import { type Asked, applyAll, type Rules } from './apply.ts';
import { byGateway } from './derive/made.ts';
import { sweep } from './derive/sweep.ts';
import { type Author, flush } from './flush.ts';
import { makeGather } from './gather.ts';
import { type Entry, makeUnit, type TenantInfo, type Unit } from './unit.ts';

/** Changes that one call may hold. */
export const maxChanges = 1000;

/** What execute needs. */
export interface ExecuteDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly rules: Rules;
  tenant(id: string): Promise<TenantInfo>;
}

/** Makes the one door for writes (architecture, rule 1). */
export function makeExecute({ store, clock, rules, tenant }: ExecuteDeps) {
  async function commit(tenantId: string, asked: readonly Asked[]): Promise<ChangeResult[]> {
    const info = await tenant(tenantId);
    let unused: readonly string[] = [];
    const results = await store.transaction(async (session) => {
      const now = clock.now();
      const time = await tick(store, tenantId, now, session);
      const unit = makeUnit(store, info, { at: time.updatedAt, sequence: time.sequence }, session);
      await arm(store, unit, asked, time, rules.brakePercent, session);
      const answers = await applyAll(unit, asked, rules);
      const counts = await flush(store, unit, session, authorsOf(asked), rules.tombstoneDays);
      await addCounts(store, tenantId, counts, session);
      if (unit.removals.size > 0) await addRemovals(store, tenantId, unit.removals, now, session);
      unused = [...unit.maybeUnused];
      return answers;
    });
    if (unused.length > 0) await sweep(store, info, clock, unused);
    return results;
  }

  const gather = makeGather<Asked, ChangeResult>(commit, maxChanges);

  return {
    execute(context: Context, changes: readonly Change[]): Promise<ChangeResult[]> {
      if (changes.length === 0) return Promise.resolve([]);
      if (changes.length > maxChanges) {
        const text = `At most ${maxChanges} changes may come together; ${changes.length} did.`;
        return Promise.resolve(changes.map(() => failed('too-large', text)));
      }
      return gather(
        context.tenant,
        changes.map((change) => ({ context, change })),
        context.run !== undefined,
      );
    },

    async rehearse(context: Context, changes: readonly Change[]): Promise<ChangeResult[]> {
      const info = await tenant(context.tenant);
      const time = await readClock(store, context.tenant);
      const unit = makeUnit(store, info, { at: clock.now(), sequence: time.sequence + 1 });
      const asked = changes.map((change) => ({ context, change }));
      await arm(store, unit, asked, time, rules.brakePercent);
      return applyAll(unit, asked, rules);
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
    if (change.op === 'remove' && feedOf(context.writer) === undefined) writers.add(context.writer);
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
