import { type ProblemCode, problem } from '../../../base/problem.ts';
import type { Delivered, Deliverer, Delivery, Target } from '../../../sync/index.ts';
import type { Outbound } from '../../../wire/index.ts';
import { type ReadStatus, readStatuses } from './answer.ts';
import { makeSend } from './client.ts';
import { type Message, messageOf, readMessage } from './messages.ts';

/** What the deliverer needs. */
export interface ImsEsDelivererDeps {
  /** The guarded way out. */
  readonly outbound: Outbound;
  /** Folder of the WSDL and XSD texts. */
  readonly wsdlDir: string;
}

/** Words of a server that has no time or room now (IMS-ES 1.0, codeMinor). */
const busyWords: ReadonlySet<string> = new Set(['targetisbusy', 'overflowfail', 'linkfailure']);

const codes: Readonly<Record<string, ProblemCode>> = {
  unknownobject: 'unknown-object',
  idallocinusefail: 'already-exists',
  invaliddata: 'invalid-data',
  incompletedata: 'missing-data',
  deletefailure: 'delete-refused',
  unauthorizedrequest: 'forbidden',
};

/**
 * Delivers records to another IMS Enterprise Services 1.0 server: a write is `replace…s`, which also clears what is no
 * longer there, a removal `delete…s`, a renaming `change…sIdentifier`.
 */
export function makeImsEsDeliverer({ outbound, wsdlDir }: ImsEsDelivererDeps): Deliverer {
  const send = makeSend(outbound, wsdlDir);
  const ask = async (target: Target, message: Message): Promise<ReadStatus[]> =>
    message.places.length === 0 ? [] : readStatuses(await send(target, message), message.places.length);

  return {
    protocol: 'ims-es',
    async deliver(_context, target, delivery) {
      const message = messageOf(delivery);
      const outcomes: Delivered[] = Array.from({ length: sizeOf(delivery) }, () => ({ kind: 'done' }));
      (await ask(target, message)).forEach((status, at) => {
        outcomes[message.places[at] ?? -1] = outcomeOf(delivery.op, status);
      });
      if (delivery.op !== 'remove') return outcomes;
      // A server that refuses a removal may mean that there is nothing to remove any more.
      const doubtful = outcomes.flatMap((outcome, at) =>
        outcome.kind === 'refused' && outcome.problem.code === 'delete-refused' ? [at] : [],
      );
      const read = readMessage(
        delivery.type,
        doubtful.map((at) => delivery.ids[at] ?? ''),
      );
      (await ask(target, read)).forEach(({ codeMajor, codeMinor }, at) => {
        const isGone = codeMajor === 'failure' && codeMinor === 'unknownobject';
        if (isGone) outcomes[doubtful[at] ?? -1] = { kind: 'done' };
      });
      return outcomes;
    },
  };
}

function sizeOf(delivery: Delivery): number {
  if (delivery.op === 'write') return delivery.records.length;
  return delivery.op === 'remove' ? delivery.ids.length : delivery.pairs.length;
}

function outcomeOf(op: Delivery['op'], { codeMajor, codeMinor, text }: ReadStatus): Delivered {
  if (codeMajor === 'success') return text === '' ? { kind: 'done' } : { kind: 'done', remark: text };
  const words = `${codeMinor || codeMajor}${text === '' ? '' : `: ${text}`}`;
  if (codeMajor === 'processing' || busyWords.has(codeMinor)) return { kind: 'retry', reason: words };
  // It is gone already, or it will be made by the write that follows.
  if (codeMinor === 'unknownobject' && op !== 'write') return { kind: 'done' };
  const code = codeMajor === 'unsupported' ? 'unsupported-operation' : codes[codeMinor];
  return { kind: 'refused', problem: problem(code ?? 'invalid-data', `The server refuses it: ${words}`) };
}
