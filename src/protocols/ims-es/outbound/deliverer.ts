import { type ProblemCode, problem } from '../../../base/problem.ts';
import { type Delivered, type Deliverer, type Delivery, Unreachable } from '../../../sync/index.ts';
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
 * longer there, and `create…s` for what the server says it does not have; a removal is `delete…s`, a renaming
 * `change…sIdentifier`.
 */
export function makeImsEsDeliverer({ outbound, wsdlDir }: ImsEsDelivererDeps): Deliverer {
  const send = makeSend(outbound, wsdlDir);

  /** The outcomes of a delivery, and the items that the server does not have, as places. */
  async function once(ask: Ask, delivery: Delivery, act?: 'create') {
    const message = messageOf(delivery, act);
    const outcomes: Delivered[] = Array.from({ length: idsOf(delivery).length }, () => ({ kind: 'done' }));
    const unknown: number[] = [];
    (await ask(message)).forEach((status, at) => {
      const place = message.places[at] ?? -1;
      outcomes[place] = outcomeOf(delivery.op, status);
      if (status.codeMajor === 'failure' && status.codeMinor === 'unknownobject') unknown.push(place);
    });
    return { outcomes, unknown };
  }

  return {
    protocol: 'ims-es',
    async deliver(_context, target, delivery, signal) {
      const ask: Ask = async (message) =>
        message.places.length === 0 ? [] : readStatuses(await send(target, message, signal), message.places.length);
      try {
        const { outcomes, unknown } = await once(ask, delivery);
        if (delivery.op === 'write' && unknown.length > 0) {
          // A server that keeps to the standard replaces nothing that is not there.
          const records = unknown.flatMap((at) => delivery.records[at] ?? []);
          const created = await once(ask, { ...delivery, records }, 'create');
          unknown.forEach((place, at) => {
            outcomes[place] = created.outcomes[at] ?? { kind: 'done' };
          });
        }
        if (delivery.op === 'remove') await settleDoubts(ask, delivery, outcomes);
        return outcomes;
      } catch (error) {
        if (!(error instanceof Unreachable && error.answered)) throw error;
        // Whether it is the message that the server cannot deal with, or whatever we send, a harmless question tells.
        try {
          await ask(readMessage(delivery.type, [idsOf(delivery)[0] ?? '']));
        } catch (other) {
          if (!(other instanceof Unreachable)) throw other;
          throw new Unreachable(error.message);
        }
        throw error;
      }
    },
  };
}

type Ask = (message: Message) => Promise<ReadStatus[]>;

/** A server that refuses a removal may mean that there is nothing to remove any more. */
async function settleDoubts(ask: Ask, { type, ids }: Extract<Delivery, { op: 'remove' }>, outcomes: Delivered[]) {
  const doubtful = outcomes.flatMap((outcome, at) =>
    outcome.kind === 'refused' && outcome.problem.code === 'delete-refused' ? [at] : [],
  );
  const read = readMessage(
    type,
    doubtful.map((at) => ids[at] ?? ''),
  );
  (await ask(read)).forEach(({ codeMajor, codeMinor }, at) => {
    const isGone = codeMajor === 'failure' && codeMinor === 'unknownobject';
    if (isGone) outcomes[doubtful[at] ?? -1] = { kind: 'done' };
  });
}

function idsOf(delivery: Delivery): readonly string[] {
  if (delivery.op === 'write') return delivery.records.map(({ imsId }) => imsId);
  return delivery.op === 'remove' ? delivery.ids : delivery.pairs.map(({ from }) => from);
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
