import type { RecordType } from '../../model/index.ts';
import {
  countIn,
  type Doc,
  publicRecord,
  type Row,
  readClock,
  recordOf,
  type Session,
  type Store,
  type Working,
} from '../../store/index.ts';
import type { Context } from '../context.ts';
import type { Page, PageQuery, View, ViewItem } from '../query.ts';
import type { Roster } from '../types.ts';
import { typeOfView } from '../views.ts';
import { allOf, type StoreCondition } from './condition.ts';
import { withGone } from './gone/read-gone.ts';
import { type Start, startOf } from './offsets/start-of.ts';
import { makeTotals, type Totals } from './offsets/totals.ts';
import { makeFindServed, maxTimeMS } from './served.ts';
import { pruned } from './sharing/pruned.ts';
import { type FindShared, isShared, type Shared, sharedCondition } from './sharing/shared.ts';
import { conditionOf } from './where/condition-of.ts';
import type { Reading } from './within/relations.ts';
import { type Within, withinOf } from './within/within.ts';

/** Pages and single items of OneRoster views. A page, its total included, is the store as it was at one moment. */
export function makePage(store: Store, findShared: FindShared): Pick<Roster, 'page' | 'served' | 'counts'> {
  const totals = makeTotals();
  const findServed = makeFindServed(store);
  return {
    page: (context, query) => store.snapshot((session) => readPage(store, findShared, totals, context, query, session)),

    async served(context, view, sourcedId) {
      const found = await findServed(context.tenant, view, sourcedId);
      if (found === undefined) return undefined;
      const shared = await findShared(context);
      const isHidden = shared !== undefined && !(await isShared(store, context, shared, view, found.row._id));
      return isHidden ? undefined : itemOf(typeOfView(view), found.row, found.role, shared);
    },

    async counts(context) {
      const { counts } = await readClock(store, context.tenant);
      return (name) => countIn(counts, name);
    },
  };
}

/** Fields of rows that no view shows: who owns and lists the record, and its names for others. */
const unshown = { tenant: 0, owner: 0, claims: 0, locks: 0, filled: 0, imsId: 0, sourcedIds: 0, shown: 0, sequence: 0 };

async function readPage(
  store: Store,
  findShared: FindShared,
  totals: Totals,
  context: Context,
  query: PageQuery,
  session: Session,
): Promise<Page> {
  const { tenant } = context;
  const { view, limit, offset } = query;
  const { counts, sequence } = await readClock(store, tenant, session);
  const reading = { store, tenant, session };
  const within = query.within && (await withinOf(reading, view, query.within));
  // Every condition is put inside that of the tenant: nested path, filter, and what a client may see.
  const shared = await findShared(context, session);
  const mine = await sharedCondition(reading, shared, view);
  const seen = shared && {
    orgs: shared.orgs,
    sees: (of: View, guid: string) => isShared(store, context, shared, of, guid),
  };
  const condition = allOf([mine, within?.condition, await conditionOf(reading, view, query.where, seen)]);
  const all = within === undefined && query.where === undefined && mine === undefined;
  const kept = all ? countIn(counts, `view.${view}`) : undefined;
  const start = await startOf(reading, view, offset, isByGuid(query) ? kept : undefined);
  if (view === 'enrollment' && countIn(counts, 'view.enrollment') !== countIn(counts, 'enrollments')) {
    const page = await readRoles(reading, query, condition, within, kept, start);
    return { ...(await withGone(reading, query, page, shared)), sequence };
  }
  const type = typeOfView(view);
  const filter: Doc = { tenant, views: within?.view ?? view, ...fromOf(start), ...condition.item };
  const rows = store.records(type);
  const options = { session, maxTimeMS, ...hintOf(within, start) };
  // Of keys only those of memberships are shown, as the ids of their enrollments.
  const projection = type === 'membership' ? unshown : { ...unshown, keys: 0 };
  const [found, total] = await Promise.all([
    rows
      .find(filter, { ...options, projection, batchSize: Math.min(limit, 1000) })
      .sort(sortOf(query))
      .skip(start.skip)
      .limit(limit)
      .toArray(),
    kept ?? totals.of(tenant, sequence, { type, filter }, () => rows.countDocuments(filter, options)),
  ]);
  const page = { items: found.map((row) => itemOf(type, row, 0, shared)), total };
  return { ...(await withGone(reading, query, page, shared)), sequence };
}

/** Of a whole view in its default order, what is behind the place where a page begins. */
function fromOf({ from }: Start): Doc {
  return from === undefined ? {} : { _id: { $gte: from } };
}

/** A nested read goes by the index of its relation, whatever else is asked: what belongs to one record is little. */
function hintOf(within: Within | undefined, { from }: Start): { hint?: Within['index'] } {
  if (within !== undefined) return { hint: within.index };
  return from === undefined ? {} : { hint: { tenant: 1, views: 1, _id: 1 } };
}

function isByGuid(query: PageQuery): boolean {
  const [[field, direction] = []] = Object.entries(sortOf(query));
  return field === '_id' && direction === 1;
}

function sortOf({ view, sort }: PageQuery): Record<string, 1 | -1> {
  const direction = sort?.direction === 'desc' ? -1 : 1;
  if (sort === undefined) return { _id: 1 };
  if (sort.field !== 'sourcedId') return { [sort.field]: direction, _id: direction };
  return view !== 'enrollment' ? { sourcedId: direction } : { _id: direction };
}

/** Makes the roles that a membership has and had one list, in the order of `enrollmentsOf`; those that it had are inactive. */
const withDroppedRoles: Doc = {
  $set: {
    'data.roles': {
      $concatArrays: [
        '$data.roles',
        {
          $map: {
            input: { $ifNull: ['$droppedRoles', []] },
            in: { $mergeObjects: ['$$this.role', { status: false }] },
          },
        },
      ],
    },
  },
};

/** A page of enrollments where memberships have, or had, several roles: each is an item (decisions 1.6). */
async function readRoles(
  { store, tenant, session }: Reading,
  query: PageQuery,
  condition: StoreCondition,
  within: Within | undefined,
  kept: number | undefined,
  begin: Start,
): Promise<Omit<Page, 'sequence'>> {
  const options = { session, maxTimeMS, ...hintOf(within, begin) };
  const rows = store.records('membership');
  const start: Doc = { $match: { tenant, views: query.view, ...fromOf(begin), ...condition.record } };
  const apart: Doc[] = [
    withDroppedRoles,
    { $unwind: { path: '$data.roles', includeArrayIndex: 'role' } },
    ...(condition.perRole ? [{ $match: condition.item }] : []),
  ];
  const slice = [{ $skip: begin.skip }, { $limit: query.limit }, { $project: { _id: 1, role: 1 } }];
  const sorted = [start, { $sort: sortOf(query) }];
  // Each membership is an item at least, so that these hold the page, and MongoDB reads no others ahead.
  const ahead = condition.perRole ? [] : [{ $limit: begin.skip + query.limit }];
  const found = await rows.aggregate<Row>([...sorted, ...ahead, ...apart, ...slice], options).toArray();
  const named = { $in: [...new Set(found.map(({ _id }) => _id))] };
  const [full, counted] = await Promise.all([
    rows.find({ tenant, _id: named }, { session, maxTimeMS, projection: unshown }).toArray(),
    kept ?? rows.aggregate<{ total: number }>([start, ...apart, { $count: 'total' }], options).toArray(),
  ]);
  const byId = new Map(full.map((row) => [row._id, row]));
  const items: ViewItem[] = [];
  for (const { _id, role } of found) {
    const row = byId.get(_id);
    if (row !== undefined) items.push(itemOf('membership', row, Number(role)));
  }
  return { items, total: typeof counted === 'number' ? counted : (counted[0]?.total ?? 0) };
}

function itemOf(type: RecordType, row: Row, role: number, shared?: Shared): ViewItem {
  const record: Working = recordOf(type, row);
  return type === 'membership'
    ? { record: publicRecord(record), role }
    : { record: pruned(publicRecord(record), shared) };
}
