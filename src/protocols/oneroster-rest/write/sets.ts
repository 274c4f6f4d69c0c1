import { randomUUID } from 'node:crypto';
import type { Problem } from '../../../base/problem.ts';
import { ok, type Result } from '../../../base/result.ts';
import type { Change, ChangeResult, Context, Parent } from '../../../roster/index.ts';
import type { Fields } from '../body/fields.ts';
import type { OpenCall } from '../call.ts';
import type { Reads } from '../deps.ts';
import { nounOf } from '../operations/index.ts';
import { type Readable, readAsk } from '../push/ask.ts';
import { lookUp } from '../push/look-up.ts';
import type { Pushed } from '../push/nouns/index.ts';
import { planOf } from '../push/plan.ts';
import { saidOf } from '../push/problems.ts';
import { givenId } from '../push/single.ts';
import { inItem } from './items.ts';
import { disagreement, filledBy } from './path.ts';
import { sessionsAbove } from './sessions.ts';

/** The id that the sender gave an object, empty where it gave none, and that which the gateway gave it (OneRoster 1.2, `GUIDPair`). */
export interface SourcedIdPair {
  readonly suppliedSourcedId: string;
  readonly allocatedSourcedId: string;
}

/** Writes all objects of a set, or none; the problem names the first object that cannot be. */
export type WriteSet = (
  call: OpenCall,
  parents: readonly Parent[],
  items: readonly Fields[],
) => Promise<Result<readonly SourcedIdPair[]>>;

/** Makes {@link WriteSet}. */
export function makeSets(roster: Pick<Reads, 'execute' | 'find' | 'guidsOf'>): WriteSet {
  return async ({ context, service, operation }, parents, items) => {
    const { version } = service;
    const noun = nounOf[operation.view] as Pushed;
    const refuse = (at: number, found: Problem) =>
      ({ ok: false, problem: inItem(operation.body ?? '', at, found) }) as const;
    const pairs: SourcedIdPair[] = [];
    const asks: Readable[] = [];
    for (const [at, { sourcedId, ...item }] of items.entries()) {
      const allocatedSourcedId = randomUUID();
      pairs.push({ suppliedSourcedId: givenId({ sourcedId }) ?? '', allocatedSourcedId });
      const object = filledBy(parents, item);
      const read = readAsk({ method: 'POST', noun, sourcedId: allocatedSourcedId, object }, version);
      if (!read.ok) return refuse(at, read.problem);
      asks.push(read.value);
    }
    const records = await lookUp(roster, context, asks);
    const isWritten = () => false;
    const changes: Change[] = [];
    for (const [at, ask] of asks.entries()) {
      const plan = planOf(ask, { version, records, shown: undefined, isWritten });
      if (plan.kind === 'failed') return refuse(at, plan.problem);
      if (plan.kind === 'changes') changes.push(...plan.changes);
    }
    const above = await sessionsAbove(roster, context, parents, asks, records);
    for (const [at, ask] of asks.entries()) {
      const found = disagreement(parents, ask, records, above);
      if (found !== undefined) return refuse(at, found);
    }
    const refused = await executeAll(roster, context, changes);
    const ask = refused === undefined ? undefined : asks[refused.at];
    return refused === undefined || ask === undefined ? ok(pairs) : refuse(refused.at, saidOf(ask, refused.problem));
  };
}

/** Applies changes in one transaction, if all of them succeed; else answers the first that does not, and nothing is written. */
async function executeAll(
  roster: Pick<Reads, 'execute'>,
  context: Context,
  changes: readonly Change[],
): Promise<{ readonly at: number; readonly problem: Problem } | undefined> {
  let refused: { readonly at: number; readonly problem: Problem } | undefined;
  const whole = new Error('a set is written as a whole');
  try {
    await roster.execute(context, changes, async (_session, results) => {
      refused = firstRefused(results);
      if (refused !== undefined) throw whole;
    });
  } catch (error) {
    if (error !== whole) throw error;
  }
  return refused;
}

function firstRefused(results: readonly ChangeResult[]) {
  for (const [at, result] of results.entries()) if (!result.ok) return { at, problem: result.problem };
  return undefined;
}
