import type { Clock } from '../../../base/clock.ts';
import { isKey } from '../../../model/index.ts';
import { addCounts, readClock, type Store, tick } from '../../../store/index.ts';
import type { Change, PurgeChange } from '../../change.ts';
import type { Context } from '../../context.ts';
import { guidIn } from '../acts/look-up.ts';
import { purgeable } from '../acts/purge.ts';
import type { Rules } from '../apply.ts';
import { writesOf } from '../flush.ts';
import { makeUnit, type TenantInfo, type Unit } from '../unit.ts';
import { purgeInPieces } from './dependents.ts';

/** What purges need. */
export interface BeforePurgeDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly rules: Rules;
}

/**
 * Makes purges small enough for one transaction: what goes for good with a record is purged before it, in pieces, if it
 * is much. A process that dies between the pieces leaves the record in the trash, to be purged again.
 */
export function makeBeforePurge({ store, clock, rules }: BeforePurgeDeps) {
  async function one(context: Context, info: TenantInfo, change: PurgeChange): Promise<void> {
    const { type, key } = change;
    const { sequence } = await readClock(store, info.id);
    const now = makeUnit(store, info, { at: clock.now(), sequence: sequence + 1 });
    if (key !== undefined && isKey(key)) {
      await now.loadKeys(type, [key]);
      await now.loadGuids(type, [guidIn(key) ?? []].flat());
    }
    const found = await purgeable(now, change, rules.trashDays);
    if (!found.ok) return;
    const { writer, source, run } = context;
    await purgeInPieces(store, info.id, type, [found.value.record.guid], (work) =>
      store.transaction(async (session) => {
        const time = await tick(store, info.id, clock.now(), session);
        const unit: Unit = makeUnit(store, info, { at: time.updatedAt, sequence: time.sequence }, session);
        unit.actor = context;
        await work(unit);
        const writes = writesOf(store, unit, () => ({ writer, source, run }), rules.tombstoneDays);
        await writes.send(session);
        await addCounts(store, info.id, writes.counts, session);
      }),
    );
  }

  return async (context: Context, info: TenantInfo, changes: readonly Change[]): Promise<void> => {
    for (const change of changes) if (change.op === 'purge') await one(context, info, change);
  };
}
