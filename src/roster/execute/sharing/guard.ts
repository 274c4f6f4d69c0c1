import { type Problem, problem } from '../../../base/problem.ts';
import type { RecordType } from '../../../model/index.ts';
import type { Store, Working } from '../../../store/index.ts';
import type { Change, ChangeResult, Checkpoint } from '../../change.ts';
import type { Context } from '../../context.ts';
import { type FindShared, sharedAmong } from '../../read/sharing/shared.ts';
import type { Entry, Unit } from '../unit.ts';
import { hidesFields, isInside, type Side } from './inside.ts';
import { namedIn } from './references.ts';

/** Applies changes, as {@link Roster.execute} does. */
export type Execute = (
  context: Context,
  changes: readonly Change[],
  checkpoint?: Checkpoint,
) => Promise<ChangeResult[]>;

/** What {@link makeGuard} needs. */
export interface GuardDeps {
  readonly store: Store;
  readonly findShared: FindShared;
  /** Applies changes to a unit that is not written. */
  tryOut(context: Context, changes: readonly Change[]): Promise<{ unit: Unit; results: ChangeResult[] }>;
}

const writes: ReadonlySet<string> = new Set(['upsert', 'replace', 'remove']);

/**
 * Keeps clients with sharing rules inside them, whatever door they write by: changes are tried out first, and those that
 * would touch, make or name something outside are refused. `unknown-object` for removals of what the client does not see,
 * else `forbidden`.
 */
export function makeGuard({ store, findShared, tryOut }: GuardDeps, execute: Execute): Execute {
  async function refusals(side: Side, changes: readonly Change[], results: readonly ChangeResult[]) {
    const refused = new Map<number, Problem>();
    const outside = new Set<string>();
    for (const [at, change] of changes.entries()) {
      const result = results[at];
      const entry = result?.ok === true ? (side.unit.get(change.type, result.guid) as Entry | undefined) : undefined;
      const found = writes.has(change.op) ? entry && (await refusal(side, change, entry, outside)) : noRight(change);
      if (found === undefined) continue;
      refused.set(at, found);
      if (entry !== undefined) outside.add(entry.record.guid);
    }
    return refused;
  }

  async function refusal(
    side: Side,
    change: Change,
    entry: Entry,
    outside: ReadonlySet<string>,
  ): Promise<Problem | undefined> {
    const { record } = entry;
    const before = entry.before && ({ ...record, ...entry.before, type: record.type, guid: record.guid } as Working);
    if (before !== undefined && before.state !== 'expected') {
      const isSeen = await isVisible(side, record.type, record.guid);
      if (!isSeen && change.op === 'remove') {
        return problem('unknown-object', 'There is no such record.', { id: record.sourcedId });
      }
      if (!isSeen || !(await isInside(side, before))) return notShared(record);
    }
    if (hidesFields(side.context, change, record)) {
      const text = 'A client that does not see all fields of a class cannot write it.';
      return problem('forbidden', text, { id: record.sourcedId });
    }
    if (change.op !== 'remove' && !(await isInside(side, record))) return notShared(record);
    const known = new Set(before === undefined ? [] : namedIn(before.type, before.data).map(([, guid]) => guid));
    for (const [type, guid] of namedIn(record.type, record.data)) {
      if (known.has(guid)) continue;
      const isNew = side.unit.get(type, guid) !== undefined && side.unit.get(type, guid)?.before === undefined;
      if (outside.has(guid) || (!isNew && !(await isVisible(side, type, guid)))) {
        return problem('forbidden', 'The record names one that is not shared with this client.', {
          id: record.sourcedId,
        });
      }
    }
    return undefined;
  }

  async function isVisible({ shared, context }: Side, type: RecordType, guid: string): Promise<boolean> {
    return (await sharedAmong({ store, tenant: context.tenant }, shared, type, [guid])).has(guid);
  }

  return async (context, changes, checkpoint) => {
    const shared = await findShared(context);
    if (shared === undefined) return execute(context, changes, checkpoint);
    const { unit, results } = await tryOut(context, changes);
    const refused = await refusals({ store, shared, context, unit }, changes, results);
    const merged = (done: readonly ChangeResult[]): ChangeResult[] => {
      let next = 0;
      return changes.map((_change, at) => {
        const found = refused.get(at);
        if (found !== undefined) return { ok: false, problem: found };
        next += 1;
        return done[next - 1] as ChangeResult;
      });
    };
    const allowed = changes.filter((_change, at) => !refused.has(at));
    if (allowed.length > 0) {
      return merged(
        await execute(context, allowed, checkpoint && ((session, done) => checkpoint(session, merged(done)))),
      );
    }
    if (checkpoint !== undefined) await store.transaction((session) => checkpoint(session, merged([])));
    return merged([]);
  };
}

const notShared = ({ sourcedId }: Working) =>
  problem('forbidden', 'The record is outside of what is shared with this client.', { id: sourcedId });

const noRight = ({ op }: Change) => problem('forbidden', `A client with sharing rules cannot ${op}.`);
