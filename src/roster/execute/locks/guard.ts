import type { Working } from '../../../store/index.ts';
import type { Remark } from '../../change.ts';
import { type Context, feedOf } from '../../context.ts';
import { sameData } from '../acts/merge.ts';

type Fields = Record<string, unknown>;

/**
 * The data that a feed may give a record: locked fields as they are, with a remark that names those which it would have
 * changed (`feeds.md` 0.6). Administrators and credentials are not bound by locks; a credential is no feed.
 */
export function keepLocked<T extends object>(context: Context, record: Working, next: T, remarks: Remark[]): T {
  const locks = feedOf(context.writer) === undefined ? undefined : record.locks;
  if (locks === undefined) return next;
  const now = record.data as unknown as Fields;
  const kept = locks.filter((name) => !sameData((next as Fields)[name], now[name]));
  if (kept.length === 0) return next;
  const result: Fields = { ...(next as Fields) };
  for (const name of kept) {
    if (now[name] === undefined) delete result[name];
    else result[name] = now[name];
  }
  remarks.push(lockedRemark(record, kept));
  return result as T;
}

/** Said of what a feed sends for locked fields. */
export function lockedRemark({ type, imsId }: Working, names: readonly string[]): Remark {
  const text = `Locked by an administrator and left as it is: ${names.join(', ')} of the ${type} ${imsId}.`;
  return { kind: 'warning.locked-field', text, id: imsId };
}

/** Whether a field is locked against a writer. */
export function isLocked(context: Context, record: Working, name: string): boolean {
  return feedOf(context.writer) !== undefined && record.locks?.includes(name) === true;
}
