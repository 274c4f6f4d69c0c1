import type { Doc } from '../../../store/index.ts';
import type { Clause, Condition, View } from '../../query.ts';
import type { StoreCondition } from '../condition.ts';
import { findServed } from '../served.ts';
import type { Reading } from '../within/relations.ts';
import { dayCondition, enrollmentRoleCondition, primaryCondition } from './enrollment.ts';
import { metadataCondition } from './metadata.ts';
import { nothing, plain } from './operators.ts';
import { enabledCondition, userRoleCondition } from './person.ts';
import { referenceCondition } from './reference.ts';
import type { Seen } from './seen.ts';
import { fewCondition, shownCondition } from './shown.ts';

const allSeen: Seen = { orgs: undefined, sees: async () => true };

/** Reads a condition; always to be put inside the condition of tenant and view. */
export async function conditionOf(
  reading: Reading,
  view: View,
  where: Condition | undefined,
  seen: Seen = allSeen,
): Promise<StoreCondition> {
  if (where === undefined || where.clauses.length === 0) return { record: {}, item: {}, perRole: false };
  const parts: StoreCondition[] = [];
  for (const clause of where.clauses) parts.push(await partOf(reading, view, clause, seen));
  const join = (docs: Doc[]) => ({ $and: [where.join === 'or' ? { $or: docs } : { $and: docs }] });
  return {
    record: join(parts.map((part) => part.record)),
    item: join(parts.map((part) => part.item)),
    perRole: parts.some((part) => part.perRole),
  };
}

async function partOf(reading: Reading, view: View, clause: Clause, seen: Seen): Promise<StoreCondition> {
  switch (clause.field) {
    case 'updatedAt':
      return alike(plain('updatedAt', clause.operator, clause.value));
    case 'sourcedId':
      if (view !== 'enrollment') return alike(plain('sourcedId', clause.operator, clause.value));
      return enrollmentWith(reading, clause.value);
    case 'status':
      return statusCondition(view, clause);
    case 'shown':
      return alike(
        clause.few === true && clause.operator === '='
          ? await fewCondition(reading, view, clause)
          : shownCondition(clause),
      );
    case 'reference':
      return alike(await referenceCondition(reading, clause, seen));
    case 'userRole':
      return alike(userRoleCondition(clause, seen.orgs));
    case 'enabledUser':
      return alike(enabledCondition(clause.value === (clause.operator === '=')));
    case 'metadata':
      return alike(metadataCondition(clause));
    case 'enrollmentRole':
      return enrollmentRoleCondition(clause);
    case 'primary':
      return primaryCondition(clause.operator, clause.value);
    case 'beginDate':
    case 'endDate':
      return dayCondition(clause);
  }
}

/** The one enrollment that has an id. */
async function enrollmentWith({ store, tenant, session }: Reading, sourcedId: string): Promise<StoreCondition> {
  const found = await findServed(store, tenant, 'enrollment', sourcedId, session);
  if (found === undefined) return alike(nothing);
  // A membership that was not taken apart has no field `role`: it is its one role.
  const role = found.role === 0 ? { $in: [0, null] } : found.role;
  return { record: { _id: found.row._id }, item: { _id: found.row._id, role }, perRole: true };
}

function statusCondition(view: View, clause: Extract<Clause, { readonly field: 'status' }>): StoreCondition {
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
