import type { Clock } from '../../../base/clock.ts';
import { addCounts, type Store, tick } from '../../../store/index.ts';
import { writesOf } from '../flush.ts';
import { type Entry, makeUnit, type TenantInfo } from '../unit.ts';
import { byGateway, endMade } from './made.ts';

const live = { $in: ['active', 'disabled', 'archived'] };

/** Whether anything shown in OneRoster still hangs on a made record. */
async function isUsed(store: Store, tenant: string, guid: string): Promise<boolean> {
  const group = await store.records('group').findOne(
    {
      tenant,
      state: live,
      $or: [{ 'derived.school': guid }, { 'derived.terms': guid }, { 'derived.parent': guid }],
    },
    { projection: { _id: 1 } },
  );
  if (group !== null) return true;
  const person = await store
    .records('person')
    .findOne({ tenant, 'derived.orgs': guid, state: live }, { projection: { _id: 1 } });
  return person !== null;
}

/** Ends records that the gateway made and that nothing uses any more (decisions 1.8). */
export async function sweep(store: Store, tenant: TenantInfo, clock: Clock, guids: readonly string[]): Promise<void> {
  const made = await store
    .records('group')
    .find({ tenant: tenant.id, _id: { $in: [...guids] }, made: true, state: 'active' }, { projection: { _id: 1 } })
    .toArray();
  for (const { _id } of made) {
    if (await isUsed(store, tenant.id, _id)) continue;
    await store.transaction(async (session) => {
      const time = await tick(store, tenant.id, clock.now(), session);
      const unit = makeUnit(store, tenant, { at: time.updatedAt, sequence: time.sequence }, session);
      await unit.loadGuids('group', [_id]);
      const entry = unit.get('group', _id);
      if (entry === undefined || (await isUsed(store, tenant.id, _id))) return;
      endMade(unit, entry as Entry);
      const writes = writesOf(store, unit, () => byGateway, 0);
      await writes.send(session);
      await addCounts(store, tenant.id, writes.counts, session);
    });
  }
}
