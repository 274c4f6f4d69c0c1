import type { Group } from '../../../model/index.ts';
import type { Entry, Unit } from '../unit.ts';

/** Records that are asked for together. */
const atOnce = 1000;

/**
 * Makes newer what shows the OneRoster `sourcedId` of a record that has another one now, so that readers of changes see the new
 * reference (decisions 3.1): the enrollments of a user and of a class, and the classes of a course. These are no more than
 * a removal of the same record takes along.
 */
export async function restateReferrers(unit: Unit): Promise<void> {
  const persons = [...unit.entries.person.values()].filter(hasOtherId).map(({ record }) => record.guid);
  const groups = [...unit.entries.group.values()].filter(hasOtherId);
  const ofKind = (kind: Group['kind']) =>
    groups.filter(({ record }) => record.data.kind === kind).map(({ record }) => record.guid);
  await restate(persons, (list) => unit.where('membership', { 'data.member': { $in: list } }, isOf(list, 'member')));
  await restate(ofKind('class'), (list) =>
    unit.where('membership', { 'data.group': { $in: list } }, isOf(list, 'group')),
  );
  await restate(ofKind('course'), (list) =>
    unit.where('group', { 'derived.course': { $in: list } }, ({ derived }) => list.includes(derived?.course ?? '')),
  );
}

type Find = (guids: readonly string[]) => Promise<Entry<'membership'>[] | Entry<'group'>[]>;

async function restate(guids: readonly string[], find: Find): Promise<void> {
  for (let at = 0; at < guids.length; at += atOnce) {
    for (const entry of await find(guids.slice(at, at + atOnce))) {
      if (entry.before === undefined || entry.record.state === 'expected') continue;
      entry.newer = true;
      entry.changed = true;
    }
  }
}

const isOf = (list: readonly string[], end: 'member' | 'group') => {
  const wanted = new Set(list);
  return ({ data }: { readonly data: { readonly member: string; readonly group: string } }) => wanted.has(data[end]);
};

/** Whether a record that was there before is served by another id than before. */
function hasOtherId({ changed, before, record }: Entry<'person'> | Entry<'group'>): boolean {
  if (!changed || before === undefined || before['state'] === 'expected') return false;
  return ((before['sourcedId'] as string | undefined) ?? record.guid) !== record.sourcedId;
}
