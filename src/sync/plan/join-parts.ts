import { endsKey, type Membership, type Role } from '../../model/index.ts';
import type { WriteChange } from '../../roster/index.ts';
import type { FeedItem } from '../reader.ts';
import type { Asked } from './last-word.ts';

/**
 * Joins the records of a batch that make one membership between them: the first is asked for with the roles of all, so
 * that a membership which has just these roles is unchanged; the others add theirs to it.
 */
export function joinParts(
  items: readonly Extract<FeedItem, { kind: 'record' }>[],
  changes: readonly Asked[],
): readonly Asked[] {
  const firsts = new Map<string, number>();
  const joined = [...changes];
  items.forEach(({ part }, at) => {
    const change = joined[at];
    if (part !== true || change === undefined || change.op === 'release' || change.addRoles === true) return;
    const {
      group = '',
      member = '',
      memberType,
      roles = [],
    } = (change as WriteChange<'membership'>).data as Partial<Membership>;
    const name = endsKey(group, member, memberType ?? 'person');
    const first = firsts.get(name);
    const before = first === undefined ? undefined : (joined[first] as WriteChange<'membership'> | undefined);
    if (first === undefined || before === undefined) {
      firsts.set(name, at);
      return;
    }
    const there = (before.data.roles ?? []) as readonly Role[];
    const ids = new Set(roles.map(({ sourcedId }) => sourcedId));
    const others = there.filter(({ sourcedId }) => !ids.has(sourcedId));
    joined[first] = { ...before, data: { ...before.data, roles: [...others, ...roles] } };
    joined[at] = { ...change, addRoles: true };
  });
  return joined;
}
