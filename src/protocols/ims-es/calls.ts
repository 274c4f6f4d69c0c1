import { problem } from '../../base/problem.ts';
import type { Roster } from '../../roster/index.ts';
import type { SoapFault, XmlElement } from '../../wire/index.ts';
import { type Answer, type Caller, itemsOf } from './items.ts';
import type { Act, Operation } from './operations.ts';
import { makeReadAll } from './pages.ts';
import { makeRead, makeReadFor, type Read } from './reads.ts';
import { failedStatus } from './status.ts';
import { makeViews } from './views.ts';
import { makeWrite } from './writes.ts';

/** Items beyond which a request gets one fault, since an answer with a status for each would be a burden itself. */
const mostAnswered = 10_000;

/** Answers a request element. Expected failures are statuses; a throw is a defect. */
export type Calls = (operation: Operation, request: XmlElement, caller: Caller) => Promise<Answer | SoapFault>;

/** Makes all operations of IMS-ES 1.0: what one does follows from its act, its noun and whether it takes a set. */
export function makeCalls(roster: Roster): Calls {
  const views = makeViews(roster);
  const write = makeWrite(roster);
  const acts: Readonly<Record<Act, Read>> = {
    create: write,
    createByProxy: write,
    update: write,
    replace: write,
    delete: write,
    changeIdentifier: write,
    read: makeRead(roster, views),
    readFor: makeReadFor(roster, views),
    readAll: makeReadAll(roster, views),
  };

  return async (operation, request, caller) => {
    const items = itemsOf(operation, request);
    if (!items.ok) return { statuses: [failedStatus(items.problem)], content: '' };
    const limit = caller.settings.itemsPerRequest;
    const count = items.value.length;
    if (count > mostAnswered) {
      return { code: 'Client', text: `The request holds ${count} items; at most ${limit} are taken at once.` };
    }
    if (count > limit) {
      const text = `The request holds ${count} items; at most ${limit} are taken at once, and nothing was done.`;
      return { statuses: items.value.map(() => failedStatus(problem('too-large', text))), content: '' };
    }
    return acts[operation.act](operation, items.value, caller);
  };
}
