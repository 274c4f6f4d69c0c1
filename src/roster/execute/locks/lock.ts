import { failed } from '../../../base/result.ts';
import {
  AssessmentLineItem,
  AssessmentResult,
  Category,
  Group,
  LineItem,
  Membership,
  Person,
  type RecordType,
  Resource,
  Result,
  ScoreScale,
} from '../../../model/index.ts';
import type { ChangeResult, LockChange } from '../../change.ts';
import type { Context } from '../../context.ts';
import { lookUp } from '../acts/look-up.ts';
import { touchOthers } from '../acts/marks.ts';
import { sameData } from '../acts/merge.ts';
import { idOf } from '../acts/remove.ts';
import { touch, type Unit } from '../unit.ts';

const tables = {
  person: Person,
  group: Group,
  membership: Membership,
  lineItem: LineItem,
  result: Result,
  category: Category,
  scoreScale: ScoreScale,
  assessmentLineItem: AssessmentLineItem,
  assessmentResult: AssessmentResult,
  resource: Resource,
} as const;
/** The ends of a membership never change. */
const fixed = new Set(['group', 'member', 'memberType']);

/** Names of the fields of a type that may be locked. */
export function lockableFields(type: RecordType): string[] {
  return Object.keys(tables[type].properties).filter((name) => type !== 'membership' || !fixed.has(name));
}

/** Locks fields of a record against feeds, or releases them (`feeds.md` 0.6). */
export async function lock(unit: Unit, context: Context, change: LockChange): Promise<ChangeResult> {
  if (!context.writer.startsWith('admin:')) return failed('forbidden', 'Only an administrator locks fields.');
  const id = idOf(change);
  const lockable = lockableFields(change.type);
  const fields = [...new Set(change.fields)].sort();
  const unknown = fields.find((name) => !lockable.includes(name));
  if (unknown !== undefined) {
    const field = unknown.slice(0, 64);
    const text = `A ${change.type} has no field ${field} that may be locked; there are: ${lockable.join(', ')}.`;
    return failed('invalid-data', text, { id, field });
  }
  const found = await lookUp(unit, change.type, change.key);
  if (found === undefined) return failed('unknown-object', `There is no ${change.type} ${id}.`, { id });
  await unit.full(found);
  const { record } = found;
  if (sameData(record.locks ?? [], fields)) return { ok: true, outcome: 'unchanged', guid: record.guid };
  record.locks = fields.length > 0 ? fields : undefined;
  touch(unit, found);
  // What a lock kept comes with the feed's next file after its release, although it was sent before.
  touchOthers(unit, found, undefined);
  return { ok: true, outcome: 'updated', guid: record.guid };
}
