import type { Change, ChangeResult, Context, Roster } from '../../roster/index.ts';
import { batchSize } from '../spool.ts';

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

/** Rehearses changes; a record that is to be renamed is looked at under its old key. */
export async function rehearse(
  roster: Roster,
  context: Context,
  changes: readonly Change[],
  renamedFrom: readonly (string | undefined)[],
): Promise<(ChangeResult | undefined)[]> {
  const asked: Change[] = [];
  const places = changes.map((change, at) => {
    const old = renamedFrom[at];
    if (old !== undefined && change.key !== undefined) {
      asked.push({ op: 'rename', type: change.type, key: old, newKey: change.key });
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
