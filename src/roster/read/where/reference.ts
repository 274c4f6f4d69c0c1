import { type Doc, recordOf } from '../../../store/index.ts';
import type { Clause } from '../../query.ts';
import { typeOfView } from '../../views.ts';
import { findServed, maxTimeMS } from '../served.ts';
import type { Reading } from '../within/relations.ts';
import { nothing } from './operators.ts';
import { inOrg } from './person.ts';
import type { Seen } from './seen.ts';

type ReferenceClause = Extract<Clause, { readonly field: 'reference' }>;

/** Records that refer to what a `sourcedId` means, or (`!=`) do not. */
export async function referenceCondition(reading: Reading, clause: ReferenceClause, seen: Seen): Promise<Doc> {
  const refers = await refersTo(reading, clause, seen);
  return clause.operator === '=' ? refers : { $nor: [refers] };
}

async function refersTo(reading: Reading, { to, value, relation }: ReferenceClause, seen: Seen): Promise<Doc> {
  const { store, tenant, session } = reading;
  const found = await findServed(store, tenant, to, value, session);
  if (found === undefined) return nothing;
  const target = recordOf(typeOfView(to), found.row);
  // An id that it had before is not shown any more.
  if (target.sourcedId !== value || !(await seen.sees(to, target.guid))) return nothing;
  const { guid } = target;
  const classesBy = (condition: Doc) => classes(reading, condition);
  switch (relation) {
    case 'userOrgs':
      return inOrg(guid);
    case 'primaryOrg':
      return { $or: [{ 'data.primaryOrg': guid }, { 'data.primaryOrg': { $exists: false }, 'derived.home': guid }] };
    case 'agents':
      return {
        $or: [
          { 'data.agents': guid },
          { 'data.relationships': { $elemMatch: { target: guid, relation: { $ne: 'knownAs' } } } },
        ],
      };
    case 'children': {
      const parent = target.state === 'trashed' ? undefined : target.derived?.parent;
      return parent === undefined ? nothing : { _id: parent };
    }
    case 'classSchool':
      return { 'data.group': { $in: await classesBy({ 'derived.school': guid }) } };
    case 'lineItemSchool': {
      const own = await classesBy({ 'derived.school': guid });
      return { $or: [{ 'data.school': guid }, { 'data.school': { $exists: false }, 'data.class': { $in: own } }] };
    }
    case 'gradingPeriod1p1': {
      const [none, no] = [{ 'data.gradingPeriod': { $exists: false } }, { 'data.academicSession': { $exists: false } }];
      const own = await classesBy({ 'derived.terms.0': guid });
      return {
        $or: [
          { 'data.gradingPeriod': guid },
          { ...none, 'data.academicSession': guid },
          { ...none, ...no, 'data.class': { $in: own } },
        ],
      };
    }
    default:
      return { [relation]: guid };
  }
}

async function classes({ store, tenant, session }: Reading, condition: Doc): Promise<string[]> {
  const options = { session, maxTimeMS, projection: { _id: 1 }, batchSize: 10_000 };
  const found = await store
    .records('group')
    .find({ tenant, views: 'class', ...condition }, options)
    .toArray();
  return found.map(({ _id }) => _id);
}
