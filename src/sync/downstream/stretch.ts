import { type RosterType, relationParents, rosterTypes, type StoredRecord } from '../../model/index.ts';
import { type Context, type ReferenceName, type Roster, seenBy } from '../../roster/index.ts';
import { type DownstreamStore, nameOfRecord, type RecordName } from '../../store/index.ts';
import { leave, parts, type Removal, type Rename, remove, rename, write } from './calls.ts';
import { depthsOf } from './order.ts';
import type { Sender } from './send.ts';
import type { Delivery } from './types.ts';

/** What the delivery of records reads. */
export interface StretchDeps {
  readonly roster: Pick<Roster, 'find' | 'names' | 'related' | 'membershipsOf'>;
  readonly rows: Pick<DownstreamStore, 'known' | 'holders' | 'countLetters'>;
}

/** What a stretch has done, by the number of records. */
export interface StretchCounts {
  readonly written: number;
  readonly removed: number;
  readonly renamed: number;
  readonly refused: number;
  /** Records of the stretch that are to be seen. */
  readonly visible: number;
}

/** Stands for the data of a purged group; with a type, since what has none is served as a course, which is archived. */
const purged: StoredRecord<'group'>['data'] = {
  kind: 'class',
  types: [{ scheme: 'Rostergate', values: [{ type: 'Class', level: '-1' }] }],
};

interface Plan {
  /** All that it is about. */
  readonly items: readonly RecordName[];
  readonly renames: readonly Rename[];
  readonly writes: readonly StoredRecord<RosterType>[];
  readonly removals: readonly Removal[];
  /** Groups to be removed, as they are to be written before: without parents. */
  readonly loose: readonly StoredRecord<'group'>[];
  /** Records that there is nothing to do about. */
  readonly idle: readonly RecordName[];
  readonly names: Map<string, ReferenceName<RosterType>>;
}

const writeOrder = ['group', 'person', 'membership'] as const;

/**
 * Delivers the present state of records: those that are to be seen are renamed and written, the others removed, in the
 * order that a server needs. What the server may know is noted before each call that adds to it, so that a kill at any
 * time leaves nothing there that is not known of.
 */
export async function deliverStretch(
  deps: StretchDeps,
  context: Context,
  sender: Sender,
  items: readonly RecordName[],
  options: { readonly withRelated: boolean },
): Promise<StretchCounts> {
  const { tenant } = sender.row;
  let plan = await makePlan(deps, context, tenant, items, options.withRelated);
  const counts = { written: 0, removed: 0, renamed: 0, refused: 0 };
  const letters = { open: (await deps.rows.countLetters(tenant)) > 0 };
  const stuck = new Set<string>();

  const moved: Rename[] = [];
  const unwritten = new Set<string>();
  const renameAll = async (renames: readonly Rename[]) => {
    const writes = new Set(plan.writes.map(nameOfRecord));
    const writable = (one: Rename) => writes.has(nameOfRecord(one));
    for (const type of writeOrder) {
      const some = renames.filter((one) => one.type === type);
      for (const part of parts(some, sender.batchSize)) {
        const refused = await rename(deps, sender, type, part, writable, counts);
        for (const name of refused.stuck) stuck.add(name);
        moved.push(...refused.moved);
        letters.open ||= stuck.size > 0;
      }
    }
  };
  const writeAll = async (type: RosterType, skip: ReadonlySet<string> = stuck) => {
    const records = plan.writes.filter((record) => record.type === type && !skip.has(nameOfRecord(record)));
    for (const part of parts(records, sender.batchSize)) {
      const { rows } = deps;
      const { namespace } = context;
      for (const name of await write({ rows, namespace }, sender, type, part, plan.names, counts, letters))
        unwritten.add(name);
    }
  };
  const removeAll = async (type: RosterType, removals = plan.removals) => {
    const gone = removals.filter((one) => one.type === type);
    for (const part of parts(gone, sender.batchSize)) await remove(deps, sender, type, part, counts, letters);
  };
  const partAll = () =>
    // Should the server refuse it, the removal that follows may still be taken.
    sender.send(plan.loose, (records): Delivery => ({ op: 'write', type: 'group', records, names: new Map() }));

  const inTheWay = plan.removals.filter((removal) => plan.renames.some((one) => isInTheWay(removal, one)));
  if (inTheWay.length > 0) {
    // Who gives an id up goes before the one who gets it, as any other removal does: parted from what lives on.
    const late = plan.renames.filter((one) => inTheWay.some((removal) => isInTheWay(removal, one)));
    await renameAll(plan.renames.filter((one) => !late.includes(one)));
    if (inTheWay.some(({ type }) => type === 'group')) {
      await writeAll('group', new Set([...stuck, ...[...late, ...moved].map(nameOfRecord)]));
      await partAll();
    }
    for (const type of ['membership', 'person', 'group'] as const)
      await removeAll(type, type === 'membership' ? plan.removals : inTheWay);
    await renameAll(late);
  } else await renameAll(plan.renames);
  if (inTheWay.length > 0 || moved.length > 0) {
    const more = await hangingOn(deps.roster, context, moved);
    plan = await makePlan(deps, context, tenant, [...plan.items, ...more], options.withRelated);
  }

  await writeAll('group');
  await writeAll('person');
  // A membership that was made anew has the ends of the one that is gone, by which a server may know it.
  await removeAll('membership');
  const there = moved.filter((one) => one.type === 'membership' || !unwritten.has(nameOfRecord(one)));
  if (there.length > 0) {
    // What hangs on the old ones there would go along with them, and is written again.
    const known = await deps.rows.known(tenant, await hangingOn(deps.roster, context, there, { memberships: true }));
    const ids = [...known.values()].flat();
    await sender.send(ids, (part): Delivery => ({ op: 'remove', type: 'membership', ids: part }));
    for (const type of ['membership', 'person', 'group'] as const) {
      const some = there.filter((one) => one.type === type);
      for (const part of parts(some, sender.batchSize)) await leave(sender, type, part, counts, letters);
    }
  }
  await writeAll('membership');
  await removeAll('person');
  await partAll();
  await removeAll('group');
  if (letters.open && plan.idle.length > 0) await sender.settle({ cleared: plan.idle });
  return { ...counts, visible: plan.writes.length };
}

/** Whether a removal is of what has the new id of another record at the server. */
function isInTheWay({ type, guid, ids }: Removal, one: Rename): boolean {
  return type === one.type && guid !== one.guid && ids.includes(one.to);
}

/** Records whose ids at the server hang on the ids of others: their memberships, and who names them. */
async function hangingOn(
  roster: StretchDeps['roster'],
  context: Context,
  names: readonly RecordName[],
  only?: { readonly memberships: true },
): Promise<RecordName[]> {
  const found: RecordName[] = [];
  for (const { type, guid } of names) {
    if (type === 'membership') continue;
    const memberships = await roster.membershipsOf(context, type === 'person' ? { person: guid } : { group: guid });
    // A group is a member too.
    const memberOf = type === 'group' ? await roster.membershipsOf(context, { person: guid }) : [];
    found.push(...[...memberships, ...memberOf].map((one) => ({ type: one.type, guid: one.guid })));
    if (only !== undefined) continue;
    const related = (await roster.related(context, type, [guid])).get(guid) ?? [];
    found.push(...related.map(({ from }) => ({ type, guid: from.guid })));
  }
  return found;
}

async function makePlan(
  { roster, rows }: StretchDeps,
  context: Context,
  tenant: string,
  items: readonly RecordName[],
  withRelated: boolean,
): Promise<Plan> {
  const unique = new Map(items.map(({ type, guid }) => [nameOfRecord({ type, guid }), { type, guid }]));
  const known = new Map(await rows.known(tenant, [...unique.values()]));
  const records = await visibleOf(roster, context, [...unique.values()]);
  if (withRelated) {
    // What others say of a record is written only while it is there: when it comes they are written again, and before
    // it goes, lest the server take along what hangs on it.
    for (const type of ['person', 'group'] as const) {
      const turned = [...unique.values()].filter(
        (one) => one.type === type && known.has(nameOfRecord(one)) !== records.has(nameOfRecord(one)),
      );
      const related = await roster.related(
        context,
        type,
        turned.map(({ guid }) => guid),
      );
      const others = [...related.values()].flat().map(({ from }) => ({ type, guid: from.guid }));
      const more = new Map(others.map((name) => [nameOfRecord(name), name]));
      for (const name of unique.keys()) more.delete(name);
      for (const [name, ids] of await rows.known(tenant, [...more.values()])) known.set(name, ids);
      for (const [name, record] of await visibleOf(roster, context, [...more.values()])) records.set(name, record);
      for (const [name, one] of more) unique.set(name, one);
    }
  }
  const names = await namesOf(roster, context, [...records.values()]);
  const away = [...names.values()].filter((name) => !known.has(nameOfRecord(name)));
  for (const [name, ids] of await rows.known(tenant, away)) known.set(name, ids);

  const renames = new Map<string, Rename>();
  const renamed = (name: RecordName, to: string) => {
    const from = (known.get(nameOfRecord(name)) ?? []).filter((id) => id !== to);
    if (from.length > 0) renames.set(nameOfRecord(name), { type: name.type, guid: name.guid, from, to });
  };
  for (const record of records.values()) renamed(record, record.imsId);
  // A reference must not be ahead of the renaming of what it means.
  for (const name of names.values()) {
    if (name.state !== 'trashed' && name.state !== 'expected' && !unique.has(nameOfRecord(name)))
      renamed(name, name.imsId);
  }
  // Who is gone and has the new id of another record at the server goes before it, and not only in its own turn.
  for (const type of rosterTypes) {
    const targets = [...renames.values()].flatMap((one) => (one.type === type ? [one.to] : []));
    const holders = (await rows.holders(tenant, type, targets)).filter((one) => !unique.has(nameOfRecord(one)));
    const living = await visibleOf(roster, context, holders);
    for (const { guid, ids } of holders) {
      const name = nameOfRecord({ type, guid });
      if (living.has(name)) continue;
      unique.set(name, { type, guid });
      known.set(name, ids);
    }
  }
  const gone = [...unique.values()].filter((name) => !records.has(nameOfRecord(name)));
  const removals = gone.flatMap((name) => {
    const ids = known.get(nameOfRecord(name)) ?? [];
    return ids.length === 0 ? [] : [{ ...name, ids }];
  });
  return {
    items: [...unique.values()],
    renames: [...renames.values()],
    writes: inOrder([...records.values()]),
    ...(await childrenFirst(roster, context, removals)),
    idle: gone.filter((name) => !known.has(nameOfRecord(name))),
    names,
  };
}

/**
 * Records that IMS protocols show: those with all their ends, and not the gateway's own. Their ids are those by which
 * whoever delivers finds them, so that no two have the same.
 */
async function visibleOf(
  roster: StretchDeps['roster'],
  context: Context,
  items: readonly RecordName[],
): Promise<Map<string, StoredRecord<RosterType>>> {
  const found = new Map<string, StoredRecord<RosterType>>();
  for (const type of rosterTypes) {
    const guids = items.filter((item) => item.type === type).map(({ guid }) => guid);
    if (guids.length === 0) continue;
    for (const record of await roster.find(context, type, guids)) {
      if (record === undefined || record.made === true || (record.waitsFor ?? []).length > 0) continue;
      found.set(nameOfRecord(record), seenBy(context, record));
    }
  }
  return found;
}

/** Names of all that records refer to; of records that are written themselves, as they are written. */
async function namesOf(
  roster: StretchDeps['roster'],
  context: Context,
  records: readonly StoredRecord<RosterType>[],
): Promise<Map<string, ReferenceName<RosterType>>> {
  const wanted = { person: new Set<string>(), group: new Set<string>() };
  for (const { type, data } of records) {
    if (type === 'membership') {
      const { group, member, memberType } = data as StoredRecord<'membership'>['data'];
      wanted.group.add(group);
      wanted[memberType].add(member);
    } else {
      const { relationships = [] } = data as StoredRecord<'group'>['data'];
      for (const { target } of relationships) wanted[type].add(target);
    }
  }
  const [persons, groups] = await Promise.all([
    roster.names(context, 'person', [...wanted.person]),
    roster.names(context, 'group', [...wanted.group]),
  ]);
  const names = new Map([...persons, ...groups].map(([guid, name]) => [guid, seenBy(context, name)]));
  for (const { guid, imsId } of records) {
    const name = names.get(guid);
    if (name !== undefined) names.set(guid, { ...name, imsId });
  }
  return names;
}

/** Groups with parents before children. */
function inOrder(records: readonly StoredRecord<RosterType>[]): StoredRecord<RosterType>[] {
  const groups = records.filter((record): record is StoredRecord<'group'> => record.type === 'group');
  const depths = depthsOf(groups.map(({ guid, data }) => ({ guid, parents: relationParents(data) })));
  const depth = ({ guid }: StoredRecord<RosterType>) => depths.get(guid) ?? 0;
  return [...records].sort((a, b) => depth(a) - depth(b));
}

/**
 * Groups with children before parents, so that the server takes none along with another one, and brings none back with
 * it later. How they hang together there may differ from what is known of them last (of purged ones nothing is), and
 * in a cycle each is below the other: where there are several, they are parted from their parents first.
 */
async function childrenFirst(
  roster: StretchDeps['roster'],
  context: Context,
  removals: readonly Removal[],
): Promise<{ readonly removals: Removal[]; readonly loose: StoredRecord<'group'>[] }> {
  const gone = removals.filter(({ type }) => type === 'group');
  const found = await roster.find(
    context,
    'group',
    gone.map(({ guid }) => guid),
    { trashed: true },
  );
  const groups = new Map(found.flatMap((group) => (group === undefined ? [] : [[group.guid, group] as const])));
  const depths = depthsOf([...groups.values()].map(({ guid, data }) => ({ guid, parents: relationParents(data) })));
  const depth = ({ guid }: RecordName) => depths.get(guid) ?? -1;
  const loose = gone.length < 2 ? [] : gone;
  return {
    removals: [...removals].sort((a, b) => depth(b) - depth(a)),
    loose: loose.flatMap(({ guid, ids }) => {
      const { relationships: _ties, ...data } = groups.get(guid)?.data ?? purged;
      return ids.map((imsId) => ({ type: 'group', guid, imsId, data }) as StoredRecord<'group'>);
    }),
  };
}
