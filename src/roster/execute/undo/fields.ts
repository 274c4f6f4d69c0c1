import type { DataOf, RecordType, Trash } from '../../../model/index.ts';
import type { Doc, Working } from '../../../store/index.ts';
import type { RevertChange } from '../../change.ts';
import { sameData } from '../acts/merge.ts';

/** Fields that one value stands for; ids and the state are put back apart. */
const plain = ['sourcedIds', 'owner', 'claims', 'filled', 'locks'] as const;
/** Fields whose change by others since the run keeps a record that the run made. */
const own: readonly string[] = [...plain, 'data', 'state', 'trash', 'keys', 'imsId', 'sourcedId'];

/** What a run found and what it left, with times as times again after a way through a file. */
export function loggedFields(change: RevertChange): { readonly before: Doc | undefined; readonly after: Doc } {
  return {
    before: change.before === 'absent' ? undefined : withTimes(change.before),
    after: withTimes(change.after),
  };
}

function withTimes(fields: Readonly<Record<string, unknown>>): Doc {
  const result: Doc = { ...fields };
  const claims = fields['claims'] as Working['claims'] | null | undefined;
  if (claims) result['claims'] = claims.map(({ feed, since }) => ({ feed, since: new Date(since) }));
  const trash = fields['trash'] as Trash | null | undefined;
  if (trash) result['trash'] = { ...trash, at: new Date(trash.at) };
  return result;
}

/** Whether two stored values say the same; what is absent is null in the change log. */
export const isSame = (a: unknown, b: unknown): boolean => sameData(a ?? null, b ?? null);

/** The names of the fields of a record that are not as a run left them; those of the data one by one. */
export function changedFields(record: Working, stored: Doc, after: Doc): string[] {
  const names: string[] = [];
  for (const [name, value] of Object.entries(after)) {
    if (!own.includes(name)) continue;
    if (name === 'data') names.push(...differing(record.data as Doc, (value ?? {}) as Doc));
    else if (!isSame(stored[name], value)) names.push(name);
  }
  return names;
}

function differing(a: Doc, b: Doc): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => !isSame(a[name], b[name]));
}

/** Puts the data back, field by field; answers whether anything changed. Names what stays are added to `conflicts`. */
export function putDataBack(record: Working, before: Doc, after: Doc, conflicts: string[]): boolean {
  if (!('data' in before)) return false;
  const old = (before['data'] ?? {}) as Doc;
  const left = (after['data'] ?? {}) as Doc;
  const now = record.data as Doc;
  const next: Doc = { ...now };
  let changed = false;
  for (const name of differing(old, left)) {
    if (isSame(now[name], old[name])) continue;
    if (!isSame(now[name], left[name])) {
      conflicts.push(name);
      continue;
    }
    if (old[name] === undefined || old[name] === null) delete next[name];
    else next[name] = old[name];
    changed = true;
  }
  if (changed) record.data = next as unknown as DataOf[RecordType];
  return changed;
}

/** Puts back what stands for itself: sender's sourcedids, owner, claims, filled fields, locks. */
export function putPlainBack(record: Working, stored: Doc, before: Doc, after: Doc, conflicts: string[]): boolean {
  let changed = false;
  for (const name of plain) {
    if (!(name in before) || isSame(stored[name], before[name])) continue;
    if (!isSame(stored[name], after[name])) {
      conflicts.push(name);
      continue;
    }
    const value = before[name] ?? (name === 'claims' ? [] : undefined);
    Object.assign(record, { [name]: value });
    changed = true;
  }
  return changed;
}
