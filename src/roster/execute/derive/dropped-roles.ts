import { type DroppedRole, enrollmentsOf, type Membership } from '../../../model/index.ts';
import type { Working } from '../../../store/index.ts';
import { servedKey } from '../acts/identity.ts';
import { sameData } from '../acts/merge.ts';
import type { Entry, Unit } from '../unit.ts';

const day = 86_400_000;

/**
 * Keeps the roles that memberships have lost, for their enrollments are `tobedeleted` in OneRoster, for `days` at least: older
 * ones go, and their ids with them, when the roles change again.
 */
export function keepDroppedRoles(unit: Unit, days: number): void {
  const oldest = unit.at.getTime() - days * day;
  for (const entry of unit.entries.membership.values()) {
    const { changed, before, record } = entry;
    if (!changed || before === undefined || record.data.memberType !== 'person') continue;
    const { roles } = before['data'] as Membership;
    if (sameData(roles, record.data.roles) && sameData(before['keys'] ?? [], record.keys)) continue;
    const known = record.droppedRoles ?? [];
    const there = new Set(enrollmentsOf({ ...record, droppedRoles: undefined }).map(({ sourcedId }) => sourcedId));
    const isGone = ({ sourcedId }: DroppedRole) => !there.has(sourcedId) && isOwn(record, sourcedId);
    const kept = known.filter((dropped) => isGone(dropped) && dropped.at.getTime() > oldest);
    const told = new Set(kept.map(({ sourcedId }) => sourcedId));
    const lost = lostRoles(unit, entry).filter((dropped) => isGone(dropped) && !told.has(dropped.sourcedId));
    for (const { sourcedId } of known.filter(({ at }) => at.getTime() <= oldest)) forget(unit, entry, sourcedId, there);
    const next = [...kept, ...lost];
    record.droppedRoles = next.length > 0 ? next : undefined;
  }
}

/** The enrollments that were shown before, but for those that only have another id since their membership has. */
function lostRoles(unit: Unit, { record, before }: Entry<'membership'>): DroppedRole[] {
  const views = before?.['views'] as string[] | undefined;
  if (before === undefined || views?.includes('enrollment') !== true) return [];
  const was = {
    sourcedId: (before['sourcedId'] as string | undefined) ?? record.guid,
    keys: (before['keys'] as string[] | undefined) ?? [],
    data: before['data'] as Membership,
  };
  const isRenamed = (id: string) =>
    was.sourcedId !== record.sourcedId && (id === was.sourcedId || id.startsWith(`${was.sourcedId}.`));
  return enrollmentsOf(was)
    .filter(({ sourcedId }) => !isRenamed(sourcedId))
    .map(({ sourcedId, role }) => ({ sourcedId, role, at: unit.at }));
}

/** Whether an enrollment's id still means the membership, and not another one that has taken it. */
function isOwn({ sourcedId, keys }: Working, id: string): boolean {
  return id === sourcedId || id.startsWith(`${sourcedId}.`) || keys.includes(servedKey('enrollment', id));
}

/** An id of which nothing is told any more finds nothing in OneRoster. */
function forget(unit: Unit, entry: Entry<'membership'>, id: string, there: ReadonlySet<string>): void {
  const { keys, sourcedId } = entry.record;
  const served = servedKey('enrollment', id);
  if (id !== sourcedId && !there.has(id) && keys.includes(served)) unit.dropKey(entry as Entry, served);
}
