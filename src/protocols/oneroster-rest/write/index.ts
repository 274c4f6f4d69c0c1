import { problem } from '../../../base/problem.ts';
import type { Parent } from '../../../roster/index.ts';
import { refusal } from '../answer.ts';
import { readJsonBody } from '../body/json-body.ts';
import type { Handlers, OpenCall } from '../call.ts';
import type { OneRosterDeps, Reads } from '../deps.ts';
import { itemsIn } from './items.ts';
import { makeSets } from './sets.ts';

/**
 * Makes the handler of sets that are posted to the gradebook (OneRoster 1.2 Gradebook Service, `postLineItemsForClass` and
 * its like): all of a set is stored, or nothing.
 */
export function makeWrites({ roster }: Pick<OneRosterDeps, 'roster'>): Handlers {
  const writeSet = makeSets(roster);
  return {
    'post-set': async (call) => {
      const { version } = call.service;
      const body = await readJsonBody(call.request);
      const items = body.ok ? itemsIn(body.value, call.operation) : body;
      if (!items.ok) return refusal(version, items.problem);
      const parents = await parentsOf(roster, call);
      if (parents === undefined) {
        return refusal(version, problem('unknown-object', 'Unknown Object: the path names what is not there'));
      }
      const written = await writeSet(call, parents, items.value);
      if (!written.ok) return refusal(version, written.problem);
      return { status: 201, body: { [call.operation.wrapper ?? '']: written.value } };
    },
  };
}

/** The records that the path names; undefined where one is unknown or deleted, or not in the one before it. */
async function parentsOf(
  roster: Pick<Reads, 'parents'>,
  { context, operation, values }: OpenCall,
): Promise<readonly Parent[] | undefined> {
  const named = operation.within.map((view, at) => ({ view, sourcedId: values[at] ?? '' }));
  const parents = await roster.parents(context, named);
  return parents?.every(({ record }) => record.state !== 'trashed') === true ? parents : undefined;
}
