import { type Failed, failed } from '../../../base/result.ts';
import type { RecordType } from '../../../model/index.ts';
import { type Context, feedOf } from '../../context.ts';
import type { Unit } from '../unit.ts';

/** However small the share is, so many removals are let through (decisions 2.6). */
export const brakeFloor = 100;

/**
 * Refuses a removal of so many records beyond the limit of the brake, else counts them. The base is what there was
 * before the removals of the last 24 hours.
 */
export function brakeRefuses(unit: Unit, context: Context, type: RecordType, count: number): Failed | undefined {
  const name = brakeName(context.writer, type);
  const here = unit.removals.get(name) ?? 0;
  const before = unit.brake?.removed(name) ?? 0;
  const base = (unit.brake?.active(type) ?? 0) + before;
  const limit = Math.max(brakeFloor, Math.floor((base * (unit.brake?.percent ?? 0)) / 100));
  if (before + here + count > limit) {
    return failed(
      'delete-refused',
      `More than ${limit} records of type ${type} would be removed with this credential within 24 hours. This record was not removed; wait, or ask an administrator.`,
    );
  }
  unit.removals.set(name, here + count);
  return undefined;
}

/**
 * Whether the brake holds a writer: a credential or admin that removes record by record. What runs remove has passed the
 * filters of their Plan, and the approval of a person where those asked for it.
 */
export function isBraked({ writer, run }: Context): boolean {
  return feedOf(writer) === undefined && run === undefined;
}

/** The name under which removals of a writer are counted. */
export function brakeName(writer: string, type: RecordType): string {
  return `${writer}/${type}`;
}
