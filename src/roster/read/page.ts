import { isGuid } from '../../base/ids.ts';
import { type Role, roleTypeNumber } from '../../model/index.ts';
import {
  countIn,
  type Doc,
  publicRecord,
  type Row,
  readClock,
  recordOf,
  type Store,
  type Working,
} from '../../store/index.ts';
import { servedKey } from '../execute/identity.ts';
import type { Clause, Condition, View, ViewItem } from '../query.ts';
import type { Roster } from '../types.ts';

/** Longest time that a read may take in the database. */
const maxTimeMS = 30_000;

const typeOf = (view: View) => {
  if (view === 'user' || view === 'student' || view === 'teacher') return 'person' as const;
  return view === 'enrollment' ? ('membership' as const) : ('group' as const);
};

const spaceOf = (view: View) => {
  if (view === 'user' || view === 'student' || view === 'teacher') return 'user' as const;
  if (view === 'org' || view === 'school') return 'org' as const;
  if (view === 'term' || view === 'gradingPeriod' || view === 'academicSession') return 'academicSession' as const;
  return view;
};

const operators = { '=': '$eq', '!=': '$ne', '>': '$gt', '>=': '$gte', '<': '$lt', '<=': '$lte' } as const;

/** A clause as a condition of the store; `tobedeleted` are trashed and archived records (decisions 2.4). */
function conditionOf(clause: Clause, view: View): Doc {
  if (clause.field === 'updatedAt') return { updatedAt: { [operators[clause.operator]]: clause.value } };
  if (clause.field === 'sourcedId') {
    return { $or: [{ keys: servedKey(spaceOf(view), clause.value) }, { _id: clause.value }] };
  }
  const gone = (clause.value === 'tobedeleted') === (clause.operator === '=');
  return { state: { [gone ? '$in' : '$nin']: ['trashed', 'archived'] } };
}

/** A user's condition, always inside the condition of tenant and view. */
export function whereOf(where: Condition | undefined, view: View): Doc {
  if (where === undefined || where.clauses.length === 0) return {};
  const parts = where.clauses.map((clause) => conditionOf(clause, view));
  return { $and: [where.join === 'or' ? { $or: parts } : { $and: parts }] };
}

/** Pages and single items of OneRoster views. */
export function makePage(store: Store): Pick<Roster, 'page' | 'served' | 'counts'> {
  return {
    async page(context, query) {
      const { view, limit, offset } = query;
      const type = typeOf(view);
      const rows = store.records(type);
      const filter: Doc = { tenant: context.tenant, views: view, ...whereOf(query.where, view) };
      const direction = query.sort?.direction === 'desc' ? -1 : 1;
      const sort: Record<string, 1 | -1> =
        query.sort?.field === 'updatedAt' ? { updatedAt: direction, _id: direction } : { _id: direction };
      const { counts } = await readClock(store, context.tenant);
      const kept = query.where === undefined ? countIn(counts, `view.${view}`) : undefined;
      const single = view !== 'enrollment' || countIn(counts, 'view.enrollment') === countIn(counts, 'enrollments');
      if (single) {
        const [found, total] = await Promise.all([
          rows
            .find(filter, { maxTimeMS, batchSize: Math.min(limit, 1000) })
            .sort(sort)
            .skip(offset)
            .limit(limit)
            .toArray(),
          kept ?? rows.countDocuments(filter, { maxTimeMS }),
        ]);
        return {
          items: found.map((row) => itemOf(type, row)),
          total,
        };
      }
      const found = await rows
        .aggregate<Row>(
          [
            { $match: filter },
            { $sort: sort },
            { $unwind: { path: '$data.roles', includeArrayIndex: 'role' } },
            { $skip: offset },
            { $limit: limit },
            { $project: { _id: 1, role: 1 } },
          ],
          { maxTimeMS },
        )
        .toArray();
      const [full, total] = await Promise.all([
        rows
          .find({ tenant: context.tenant, _id: { $in: [...new Set(found.map(({ _id }) => _id))] } }, { maxTimeMS })
          .toArray(),
        kept ?? countRoles(store, filter),
      ]);
      const byId = new Map(full.map((row) => [row._id, recordOf('membership', row)]));
      const items: ViewItem[] = [];
      for (const row of found) {
        const record = byId.get(row._id);
        if (record !== undefined) items.push({ record: publicRecord(record), role: Number(row['role']) });
      }
      return { items, total };
    },

    async served(context, view, sourcedId) {
      const type = typeOf(view);
      const found = await oneServed(store, context.tenant, view, sourcedId);
      if (found !== undefined) return itemOf(type, found);
      if (view !== 'enrollment') return undefined;
      const dot = sourcedId.lastIndexOf('.');
      if (dot <= 0) return undefined;
      const row = await oneServed(store, context.tenant, view, sourcedId.slice(0, dot));
      if (row === undefined) return undefined;
      const record = recordOf('membership', row);
      const role = record.data.roles.findIndex(
        (candidate, index) => index > 0 && roleSuffix(candidate) === sourcedId.slice(dot + 1),
      );
      return role < 0 ? undefined : { record: publicRecord(record), role };
    },

    async counts(context) {
      const { counts } = await readClock(store, context.tenant);
      return (name) => countIn(counts, name);
    },
  };
}

/** What is appended to a membership's id for each role but the first (decisions 1.6). */
export function roleSuffix(role: Role): string {
  return roleTypeNumber(role.type) ?? role.type;
}

async function countRoles(store: Store, filter: Doc): Promise<number> {
  const [sum] = await store
    .records('membership')
    .aggregate<{ total: number }>(
      [{ $match: filter }, { $group: { _id: null, total: { $sum: { $size: '$data.roles' } } } }],
      { maxTimeMS },
    )
    .toArray();
  return sum?.total ?? 0;
}

async function oneServed(store: Store, tenant: string, view: View, sourcedId: string): Promise<Row | undefined> {
  const rows = store.records(typeOf(view));
  const row =
    (await rows.findOne({ tenant, keys: servedKey(spaceOf(view), sourcedId), views: view }, { maxTimeMS })) ??
    (isGuid(sourcedId) ? await rows.findOne({ tenant, _id: sourcedId, views: view }, { maxTimeMS }) : null);
  return row ?? undefined;
}

function itemOf(type: 'person' | 'group' | 'membership', row: Row): ViewItem {
  const record: Working = recordOf(type, row);
  return type === 'membership' ? { record: publicRecord(record), role: 0 } : { record: publicRecord(record) };
}
