import { isKey, type RecordType } from '../../../model/index.ts';
import type { Entry, Unit } from '../unit.ts';
import { membershipById } from './membership-ends.ts';

/** A loaded record by key or guid; expected ones are not found. */
export async function lookUp(unit: Unit, type: RecordType, reference: string | undefined): Promise<Entry | undefined> {
  if (reference === undefined) return undefined;
  if (!isKey(reference)) await unit.loadGuids(type, [reference]);
  const found =
    type === 'membership'
      ? (membershipById(unit, reference) as Entry | undefined)
      : isKey(reference)
        ? unit.byKey(type, reference)
        : unit.get(type, reference);
  return found === undefined || found.record.state === 'expected' ? undefined : found;
}
