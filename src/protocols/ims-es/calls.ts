import { problem } from '../../base/problem.ts';
import type { Roster } from '../../roster/index.ts';
import type { SoapFault, XmlElement } from '../../wire/index.ts';
import { type Answer, type Caller, type Items, itemsOf } from './items.ts';
import type { Act, Operation } from './operations.ts';
import { makeReadAll } from './pages.ts';
import { makeRead, makeReadFor, type Read } from './reads.ts';
import { failedStatus, remarked, type Status } from './status.ts';
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
    const { elements, remarks } = items.value;
    const count = elements.length;
    if (count > mostAnswered) {
      return { code: 'Client', text: `The request holds ${count} items; at most ${limit} are taken at once.` };
    }
    if (count > limit) {
      const text = `The request holds ${count} items; at most ${limit} are taken at once, and nothing was done.`;
      return { statuses: elements.map(() => failedStatus(problem('too-large', text))), content: '' };
    }
    const answer = await acts[operation.act](operation, elements, refusing(caller, items.value));
    return { ...answer, statuses: withRemarks(answer.statuses, remarks) };
  };
}

/** A caller whose stray elements are refused too. The schemas take them for what stands outside the items. */
function refusing(caller: Caller, { strays }: Items): Caller {
  if (strays.size === 0) return caller;
  const refused = (elements: readonly XmlElement[]) => {
    const known = elements.filter((element) => !strays.has(element));
    const against = caller.refused(known);
    const problems = new Map([...strays, ...known.map((element, at) => [element, against[at]] as const)]);
    return elements.map((element) => problems.get(element));
  };
  return { ...caller, refused };
}

/** What is said about a request that holds a set stands on its first item that was done, else on its first. */
function withRemarks(statuses: readonly Status[], remarks: readonly string[]): readonly Status[] {
  if (remarks.length === 0) return statuses;
  const at = Math.max(
    statuses.findIndex(({ codeMajor }) => codeMajor === 'success'),
    0,
  );
  return statuses.map((status, index) => (index === at ? remarked(status, remarks) : status));
}
