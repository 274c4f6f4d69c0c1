import type { StoredRecord } from '../../model/index.ts';
import type { Change, RemoveChange } from '../../roster/index.ts';
import { UnreadableFile } from '../reader.ts';
import { type CountedType, countedTypeOf } from '../run.ts';
import type { Planned } from '../spool.ts';
import type { RolloverRequest } from '../types.ts';
import { planNextYear } from './next-year.ts';
import { planResult } from './plan-result.ts';
import type { PlanDeps, Planner } from './planner.ts';
import { type YearGroup, yearTree } from './year-tree.ts';

/** Removals that are looked at together. */
const atOnce = 200;

/**
 * Makes the planner that retires a school year (`feeds.md` 2.7): all that is below a group, or the classes of an academic
 * session and of those below it, and at last the group or session itself; courses are archived as the tenant's setting
 * says. `next`, the year that comes after it, is made or brought back before that.
 */
export function makeRolloverPlanner(request: RolloverRequest): Planner {
  return async (deps) => {
    const [top] = await deps.roster.find(deps.context, 'group', [request.under], { trashed: true });
    // It goes last: a worker that goes on after another finds nothing left to do.
    if (top?.state === 'trashed' && top.trash?.run === deps.context.run) return planResult(0);
    if (top === undefined || top.state === 'trashed') {
      throw new UnreadableFile('unreadable-input', `There is no group or academic session ${request.under} any more.`);
    }
    const tree = await yearTree(deps.roster, deps.context, top, (records) => deps.progress(records));
    if (request.next !== undefined) await planNextYear(deps, top, request.next, tree);
    await unlinkShared(deps, tree);
    await planRemovals(deps, tree);
    return planResult(tree.size);
  };
}

/** A class that has sessions of other years too stays, and loses the ones that are retired. */
async function unlinkShared(deps: PlanDeps, tree: ReadonlyMap<string, YearGroup>): Promise<void> {
  const shared = [...tree.values()].filter(({ goes }) => !goes);
  for (let at = 0; at < shared.length; at += atOnce) {
    const part = shared.slice(at, at + atOnce);
    const records = await deps.roster.find(
      deps.context,
      'group',
      part.map(({ guid }) => guid),
    );
    const changes = records.flatMap((record) => (record === undefined ? [] : withoutParents(record, tree)));
    const results = await deps.roster.rehearse(deps.context, changes);
    const planned = changes.flatMap((change, index): Planned[] => {
      const result = results[index];
      const group = tree.get(change.key ?? '');
      if (group === undefined || result?.ok !== true || result.outcome !== 'updated') return [];
      deps.counts[group.counted].updated += 1;
      return [{ change, line: 0, id: group.id }];
    });
    await deps.spool.add('group', planned);
  }
}

function withoutParents(record: StoredRecord<'group'>, tree: ReadonlyMap<string, YearGroup>): Change[] {
  const kept = (record.data.relationships ?? []).filter(
    ({ relation, target }) => relation !== 'parent' || tree.get(target)?.goes !== true,
  );
  if (!kept.some(({ relation }) => relation === 'parent')) return [];
  const data = { relationships: kept };
  return [{ op: 'upsert', type: 'group', key: record.guid, data, moveParents: true }];
}

/** Plans the removals, what lies deepest first, so that a removal takes along no more than the members of its group. */
async function planRemovals(deps: PlanDeps, tree: ReadonlyMap<string, YearGroup>): Promise<void> {
  const going = [...tree.values()].filter((group) => group.goes && !goesWithCourse(group, tree));
  going.sort((a, b) => b.depth - a.depth);
  const gone = new Set<string>();
  for (let at = 0; at < going.length; at += atOnce) {
    const part = going.slice(at, at + atOnce).filter(({ guid }) => !gone.has(guid));
    const changes = part.map(({ guid }): RemoveChange => ({ op: 'remove', type: 'group', key: guid }));
    const results = await deps.roster.rehearse(deps.context, changes);
    const planned: Planned[] = [];
    part.forEach((group, index) => {
      const result = results[index];
      const change = changes[index];
      if (change === undefined || result?.ok !== true || gone.has(group.guid)) return;
      gone.add(group.guid);
      if (result.outcome !== 'trashed' && result.outcome !== 'archived') return;
      deps.counts[group.counted][result.outcome] += 1;
      deps.counts.membership.trashed += result.cascade?.membership ?? 0;
      for (const other of result.took ?? []) countAlong(deps, tree, gone, other);
      const session = group.counted === 'academicSession' ? { session: true } : {};
      planned.push({ change, line: 0, id: group.id, ...session });
    });
    await deps.spool.add('removals', planned);
    await deps.progress(tree.size);
  }
}

function countAlong(deps: PlanDeps, tree: ReadonlyMap<string, YearGroup>, gone: Set<string>, other: string): void {
  if (!other.startsWith('group:')) return;
  const guid = other.slice('group:'.length);
  if (gone.has(guid)) return;
  gone.add(guid);
  const counted: CountedType = tree.get(guid)?.counted ?? countedTypeOf('group');
  deps.counts[counted].trashed += 1;
}

/** Whether a group below a course goes along with it, so that it comes back with it too. */
function goesWithCourse(group: YearGroup, tree: ReadonlyMap<string, YearGroup>): boolean {
  if (group.course) return false;
  const seen = new Set([group.guid]);
  const above = [...group.parents];
  for (let guid = above.pop(); guid !== undefined; guid = above.pop()) {
    const parent = tree.get(guid);
    if (parent === undefined || !parent.goes || seen.has(guid)) continue;
    if (parent.course) return true;
    seen.add(guid);
    above.push(...parent.parents);
  }
  return false;
}
