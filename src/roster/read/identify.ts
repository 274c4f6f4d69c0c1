import { endsKey, endsOf, isKey, type Membership, rosterTypes } from '../../model/index.ts';
import type { Store } from '../../store/index.ts';
import type { Change, WriteChange } from '../change.ts';
import type { TenantInfo } from '../execute/unit.ts';
import type { Roster } from '../types.ts';

/** Guids that are remembered, so that a file's groups and persons are hashed once and not once a member. */
const remembered = 50_000;

/** What an import asks to know which records a file means, without a round trip for each. */
export function makeIdentify(
  store: Store,
  tenant: (id: string) => Promise<TenantInfo>,
): Pick<Roster, 'guidsOf' | 'isEmpty' | 'listedMembers' | 'listedMemberships'> {
  // By the key itself: a tenant that is made anew under an old id has another one.
  const caches = new WeakMap<Uint8Array, Map<string, string>>();

  function cached(info: TenantInfo, text: string): string {
    let cache = caches.get(info.guidKey);
    if (cache === undefined || cache.size > remembered) {
      cache = new Map();
      caches.set(info.guidKey, cache);
    }
    let guid = cache.get(text);
    if (guid === undefined) {
      guid = info.guidOf(text);
      cache.set(text, guid);
    }
    return guid;
  }

  function identify(info: TenantInfo, change: Change): string {
    const to = (reference: string) => (isKey(reference) ? cached(info, reference) : reference);
    const named = change.key === undefined ? undefined : endsOf(change.key);
    if (named !== undefined) {
      return info.guidOf(endsKey(to(named.group), to(named.member), named.memberType));
    }
    if (change.type !== 'membership') return to(change.key ?? '');
    const { group, member, memberType } = (change as WriteChange<'membership'>).data ?? {};
    return info.guidOf(endsKey(to(group ?? ''), to(member ?? ''), memberType === 'group' ? 'group' : 'person'));
  }

  return {
    async guidsOf(context, changes) {
      const info = await tenant(context.tenant);
      return changes.map((change) => identify(info, change));
    },

    async isEmpty(context) {
      for (const type of rosterTypes) {
        const row = await store.records(type).findOne({ tenant: context.tenant }, { projection: { _id: 1 } });
        if (row !== null) return false;
      }
      return true;
    },

    async listedMembers(context, group, feed) {
      const rows = await store
        .records('membership')
        .find(
          { tenant: context.tenant, 'data.group': group, state: 'active', 'claims.feed': feed },
          { projection: { _id: 1 }, batchSize: 5000 },
        )
        .toArray();
      return rows.map(({ _id }) => _id);
    },

    async listedMemberships(context, persons, feed) {
      const rows = await store
        .records('membership')
        .find(
          { tenant: context.tenant, 'data.member': { $in: [...persons] }, state: 'active', 'claims.feed': feed },
          { projection: { _id: 1, 'data.group': 1 }, batchSize: 5000 },
        )
        .toArray();
      return rows.map(({ _id, data }) => ({ guid: _id, group: (data as Membership).group }));
    },
  };
}
