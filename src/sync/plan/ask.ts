import type { Change, ChangeResult, Context, RenameChange, Roster } from '../../roster/index.ts';
import { batchSize, renameOf } from '../spool.ts';

/** In an empty roster every record of the file is new, and its guid follows from its key. */
export async function guess(roster: Roster, context: Context, changes: readonly Change[]): Promise<ChangeResult[]> {
  const guids = await roster.guidsOf(context, changes);
  return changes.map((change, at) => {
    const guid = guids[at] ?? '';
    if (change.op === 'release') {
      return { ok: false, problem: { code: 'unknown-object', text: 'There is no such record to remove.' } };
    }
    return { ok: true, outcome: 'created', guid };
  });
}

/**
 * Rehearses changes; a record that is to be renamed is looked at under its old key, and after the rename of this file by
 * which another record has given up its new key (`earlier`, by the key given up).
 */
export async function rehearse(
  roster: Roster,
  context: Context,
  changes: readonly Change[],
  renamedFrom: readonly (string | undefined)[],
  earlier: ReadonlyMap<string, RenameChange>,
): Promise<(ChangeResult | undefined)[]> {
  const asked: Change[] = [];
  const places = changes.map((change, at) => {
    const rename = renameOf({ change, renamedFrom: renamedFrom[at] });
    if (rename !== undefined) {
      const before = earlier.get(rename.newKey);
      if (before !== undefined) asked.push(before);
      asked.push(rename);
    }
    asked.push(change);
    return asked.length - 1;
  });
  const results: ChangeResult[] = [];
  for (let at = 0; at < asked.length; at += batchSize) {
    results.push(...(await roster.rehearse(context, asked.slice(at, at + batchSize))));
  }
  return places.map((place) => results[place]);
}
