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
import type { Page, PageQuery, ViewItem } from '../query.ts';
import type { Roster } from '../types.ts';
import { typeOfView } from '../views.ts';
import { allOf, conditionOf, type StoreCondition } from './condition.ts';
import { findServed, maxTimeMS } from './served.ts';
import type { Reading } from './within/relations.ts';
import { type Within, withinOf } from './within/within.ts';

/** Pages and single items of OneRoster views. A page, its total included, is the store as it was at one moment. */
export function makePage(store: Store): Pick<Roster, 'page' | 'served' | 'counts'> {
  return {
    page: (context, query) => store.snapshot((session) => readPage(store, context.tenant, query, session)),

    async served(context, view, sourcedId) {
      const found = await findServed(store, context.tenant, view, sourcedId);
      return found === undefined ? undefined : itemOf(typeOfView(view), found.row, found.role);
    },

    async counts(context) {
      const { counts } = await readClock(store, context.tenant);
      return (name) => countIn(counts, name);
    },
  };
}

async function readPage(store: Store, tenant: string, query: PageQuery, session: Session): Promise<Page> {
  const { view, limit, offset } = query;
  const { counts } = await readClock(store, tenant, session);
  const within = query.within && (await withinOf({ store, tenant, session }, view, query.within));
  // Every condition is put inside that of the tenant: nested path, filter, and what a client may see.
  const condition = allOf([within?.condition, await conditionOf(store, tenant, view, query.where, session)]);
  const all = within === undefined && query.where === undefined;
  const kept = all ? countIn(counts, `view.${view}`) : undefined;
  if (view === 'enrollment' && countIn(counts, 'view.enrollment') !== countIn(counts, 'enrollments')) {
    return readRoles({ store, tenant, session }, query, condition, within, kept);
  }
  const type = typeOfView(view);
  const filter: Doc = { tenant, views: within?.view ?? view, ...condition.item };
  const rows = store.records(type);
  const options = { session, maxTimeMS, ...hintOf(within) };
  const [found, total] = await Promise.all([
    rows
      .find(filter, { ...options, batchSize: Math.min(limit, 1000) })
      .sort(sortOf(query))
      .skip(offset)
      .limit(limit)
      .toArray(),
    kept ?? rows.countDocuments(filter, options),
  ]);
  return { items: found.map((row) => itemOf(type, row, 0)), total };
}

/** A nested read goes by the index of its relation, whatever else is asked: what belongs to one record is little. */
function hintOf(within: Within | undefined): { hint?: Within['index'] } {
  return within === undefined ? {} : { hint: within.index };
}

function sortOf({ view, sort }: PageQuery): Record<string, 1 | -1> {
  const direction = sort?.direction === 'desc' ? -1 : 1;
  if (sort?.field === 'updatedAt') return { updatedAt: direction, _id: direction };
  return sort?.field === 'sourcedId' && view !== 'enrollment' ? { sourcedId: direction } : { _id: direction };
}

/** Makes the roles that a membership has and had one list, in the order of `enrollmentsOf`; those that it had are inactive. */
const withDroppedRoles: Doc = {
  $set: {
    'data.roles': {
      $concatArrays: ['$data.roles', { $map: { input: { $ifNull: ['$droppedRoles', []] }, in: { status: false } } }],
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
): Promise<Page> {
  const options = { session, maxTimeMS, ...hintOf(within) };
  const rows = store.records('membership');
  const start: Doc = { $match: { tenant, views: query.view, ...condition.record } };
  const apart: Doc[] = [
    withDroppedRoles,
    { $unwind: { path: '$data.roles', includeArrayIndex: 'role' } },
    ...(condition.perRole ? [{ $match: condition.item }] : []),
  ];
  const slice = [{ $skip: query.offset }, { $limit: query.limit }, { $project: { _id: 1, role: 1 } }];
  const found = await rows.aggregate<Row>([start, { $sort: sortOf(query) }, ...apart, ...slice], options).toArray();
  const named = { $in: [...new Set(found.map(({ _id }) => _id))] };
  const [full, counted] = await Promise.all([
    rows.find({ tenant, _id: named }, { session, maxTimeMS }).toArray(),
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

function itemOf(type: RecordType, row: Row, role: number): ViewItem {
  const record: Working = recordOf(type, row);
  return type === 'membership' ? { record: publicRecord(record), role } : { record: publicRecord(record) };
}
