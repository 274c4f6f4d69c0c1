import { isGuid } from '../../base/ids.ts';
import { endsKey, endsOf, isKey, keyParts, type RecordType } from '../../model/index.ts';
import type { Change, WriteChange } from '../change.ts';
import { candidateServedKeys } from './acts/identity.ts';
import { referencesOf } from './acts/references.ts';
import type { Unit } from './unit.ts';

/** Loads in bulk what a list of changes will ask for: one read a type, and a second for memberships by their ends. */
export async function prefetch(unit: Unit, changes: readonly Change[]): Promise<void> {
  const keys: Record<RecordType, Set<string>> = { person: new Set(), group: new Set(), membership: new Set() };
  const guids: Record<RecordType, Set<string>> = { person: new Set(), group: new Set(), membership: new Set() };
  const ends = new Set<string>();
  const addGuid = (type: RecordType, id: string) => {
    if (isGuid(id)) guids[type].add(id);
  };
  for (const change of changes) {
    const own = change.key;
    if (own !== undefined && !own.startsWith('ends:')) {
      if (isKey(own)) {
        keys[change.type].add(own);
        if (change.op === 'upsert' || change.op === 'replace') {
          const imsId = change.imsId ?? keyParts(own).id;
          for (const served of candidateServedKeys(change.type, imsId)) keys[change.type].add(served);
        }
        addGuid(change.type, keyParts(own).id);
      } else guids[change.type].add(own);
    }
    if (change.op === 'rename') {
      keys[change.type].add(change.newKey);
      for (const served of candidateServedKeys(change.type, keyParts(change.newKey).id)) keys[change.type].add(served);
      addGuid(change.type, keyParts(change.newKey).id);
    }
    const named = own === undefined ? undefined : endsOf(own);
    if (named !== undefined) {
      keys.group.add(named.group);
      if (named.memberType === 'group') keys.group.add(named.member);
      else ends.add(named.member);
    }
    if (change.op !== 'upsert' && change.op !== 'replace') continue;
    for (const { type, reference } of referencesOf(change)) {
      if (type === 'person') {
        if (change.type === 'membership') ends.add(reference);
        else (isKey(reference) ? keys : guids).person.add(reference);
      } else (isKey(reference) ? keys : guids)[type].add(reference);
    }
  }
  for (const type of ['group', 'person', 'membership'] as const) {
    await unit.loadKeys(type, keys[type]);
    await unit.loadGuids(type, guids[type]);
  }
  await unit.loadEnds(ends);
  await unit.loadGuids('membership', endGuids(unit, changes));
}

function endGuids(unit: Unit, changes: readonly Change[]): string[] {
  const guidOf = (type: RecordType, reference: string) =>
    isKey(reference) ? (unit.byKey(type, reference)?.record.guid ?? unit.guid(reference)) : reference;
  const found: string[] = [];
  for (const change of changes) {
    if (change.type !== 'membership') continue;
    const named = change.key === undefined ? undefined : endsOf(change.key);
    if (named !== undefined) {
      const { group, member, memberType } = named;
      found.push(unit.guid(endsKey(guidOf('group', group), guidOf(memberType, member), memberType)));
    }
    if (change.op !== 'upsert' && change.op !== 'replace') continue;
    const data = (change as WriteChange<'membership'>).data;
    if (!data.group || !data.member) continue;
    const memberType = data.memberType === 'group' ? 'group' : 'person';
    found.push(unit.guid(endsKey(guidOf('group', data.group), guidOf(memberType, data.member), memberType)));
  }
  return found;
}
