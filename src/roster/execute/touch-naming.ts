import { touchOthers } from './acts/marks.ts';
import type { Entry, Unit } from './unit.ts';

/** Records that are asked for together. */
const atOnce = 1000;

/**
 * Feeds look again at what names records that have lost an id: the id in the same bytes may mean another record from now
 * on. These are memberships, and groups and persons with relationships.
 */
export async function touchNaming(unit: Unit): Promise<void> {
  const lost = [...unit.unnamed];
  const isLost = (guid: string | undefined) => guid !== undefined && unit.unnamed.has(guid);
  for (let at = 0; at < lost.length; at += atOnce) {
    const list = { $in: lost.slice(at, at + atOnce) };
    await unit.where('membership', { $or: [{ 'data.member': list }, { 'data.group': list }] }, () => false);
    await unit.where('group', { 'data.relationships.target': list }, () => false);
    const target = { 'data.relationships.target': { ...list, $exists: true } };
    await unit.where('person', target, () => false);
  }
  if (lost.length === 0) return;
  const again = (entry: Entry) => {
    if (entry.record.state !== 'trashed') touchOthers(unit, entry, undefined);
  };
  for (const entry of unit.entries.membership.values()) {
    const { member, group } = entry.record.data;
    if (isLost(member) || isLost(group)) again(entry as Entry);
  }
  for (const entry of unit.entries.group.values()) {
    if (entry.record.data.relationships?.some(({ target }) => isLost(target)) === true) again(entry as Entry);
  }
  for (const entry of unit.entries.person.values()) {
    if (entry.partial) continue;
    if (entry.record.data.relationships?.some(({ target }) => isLost(target)) === true) again(entry as Entry);
  }
}
