import type { Doc, Session, Store } from '../../store/index.ts';
import type { Clause, Condition, View } from '../query.ts';
import { keyOfView } from '../views.ts';
import { findServed } from './served.ts';

const operators = { '=': '$eq', '!=': '$ne', '>': '$gt', '>=': '$gte', '<': '$lt', '<=': '$lte' } as const;

/** A view's condition in the store's words. */
export interface StoreCondition {
  /** Holds for each record that may match. */
  readonly record: Doc;
  /** Holds for what matches; of a membership, for each role by itself (field `role`) once roles are taken apart. */
  readonly item: Doc;
  /** Whether roles of one membership may differ in it. */
  readonly perRole: boolean;
}

/** Conditions that all hold; those that are absent or empty are passed over. */
export function allOf(conditions: readonly (StoreCondition | undefined)[]): StoreCondition {
  const parts = conditions.filter(
    (part) => part !== undefined && Object.keys(part.item).length > 0,
  ) as StoreCondition[];
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  if (parts.length === 0) return { record: {}, item: {}, perRole: false };
  return {
    record: { $and: parts.map((part) => part.record) },
    item: { $and: parts.map((part) => part.item) },
    perRole: parts.some((part) => part.perRole),
  };
}

/** Reads a condition; always to be put inside the condition of tenant and view. */
export async function conditionOf(
  store: Store,
  tenant: string,
  view: View,
  where: Condition | undefined,
  session: Session,
): Promise<StoreCondition> {
  if (where === undefined || where.clauses.length === 0) return { record: {}, item: {}, perRole: false };
  const parts: StoreCondition[] = [];
  for (const clause of where.clauses) parts.push(await partOf(store, tenant, view, clause, session));
  const join = (docs: Doc[]) => ({ $and: [where.join === 'or' ? { $or: docs } : { $and: docs }] });
  return {
    record: join(parts.map((part) => part.record)),
    item: join(parts.map((part) => part.item)),
    perRole: parts.some((part) => part.perRole),
  };
}

async function partOf(
  store: Store,
  tenant: string,
  view: View,
  clause: Clause,
  session: Session,
): Promise<StoreCondition> {
  if (clause.field === 'updatedAt') return alike({ updatedAt: { [operators[clause.operator]]: clause.value } });
  if (clause.field === 'sourcedId') {
    if (view !== 'enrollment') return alike({ $or: [{ keys: keyOfView(view, clause.value) }, { _id: clause.value }] });
    const found = await findServed(store, tenant, view, clause.value, session);
    if (found === undefined) return alike({ _id: { $in: [] } });
    // A membership that was not taken apart has no field `role`: it is its one role.
    const role = found.role === 0 ? { $in: [0, null] } : found.role;
    return { record: { _id: found.row._id }, item: { _id: found.row._id, role }, perRole: true };
  }
  // Trashed and archived records are to be deleted (decisions 2.4), and an enrollment whose role is inactive or gone.
  const wanted = (clause.value === 'tobedeleted') === (clause.operator === '=');
  const states = ['trashed', 'archived'];
  if (view !== 'enrollment') return alike({ state: { [wanted ? '$in' : '$nin']: states } });
  const there = { state: { $nin: states } };
  if (!wanted) return { record: there, item: { ...there, 'data.roles.status': { $ne: false } }, perRole: true };
  const gone = [{ state: { $in: states } }, { 'data.roles.status': false }];
  return { record: { $or: [...gone, { droppedRoles: { $exists: true } }] }, item: { $or: gone }, perRole: true };
}

function alike(condition: Doc): StoreCondition {
  return { record: condition, item: condition, perRole: false };
}
