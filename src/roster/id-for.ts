import { enrollmentKeyOf, key, type RecordType } from '../model/index.ts';
import type { Context } from './context.ts';

/** What of a record or its name says by which id it is found. */
export interface Identified {
  readonly type: RecordType;
  readonly guid: string;
  readonly imsId: string;
  readonly keys: readonly string[];
}

/**
 * The id by which IMS protocols name a record to a caller: its IMS id where that finds it in the caller's namespace, else
 * its guid, which finds it in each (decisions 1.3, 1.4).
 */
export function idFor({ namespace }: Context, { type, guid, imsId, keys }: Identified): string {
  const own = key(type, namespace, imsId);
  return imsId === guid || keys.includes(own) || keys.includes(enrollmentKeyOf(own) ?? own) ? imsId : guid;
}

/** A record or name as a caller sees it: `imsId` is the id by which it is found. */
export function seenBy<T extends Identified>(context: Context, one: T): T {
  const imsId = idFor(context, one);
  return imsId === one.imsId ? one : { ...one, imsId };
}
