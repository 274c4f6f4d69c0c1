import { setTimeout as sleep } from 'node:timers/promises';
import { problem } from '../../base/problem.ts';
import type { Context } from '../../roster/index.ts';
import type { DownstreamRow, DownstreamStore, Settled } from '../../store/index.ts';
import type { Guard } from '../attempt/deps.ts';
import { Interrupted } from '../attempt/deps.ts';
import { type Delivered, type Deliverer, type Delivery, type Target, Unreachable } from './types.ts';

/** A call must be over before the lease that it began under is. */
const leaseMs = 90_000;
/** Tries of a record that the server is too busy for. */
const busyTries = 8;
/** Tries of a call at one place; after them the work is put aside until it is due again. */
const triesAtOnce = 3;
const longestMs = 600_000;

/** What became of one record, and how often it was sent. */
export type Sent = Exclude<Delivered, { readonly kind: 'retry' }> & { readonly attempts: number };

/** Sends on behalf of one leased downstream; everything throws {@link Interrupted} once it is no longer this worker's. */
export interface Sender {
  readonly row: DownstreamRow;
  readonly batchSize: number;
  /** Throws {@link Interrupted} where the work must stop. */
  readonly guard: Guard;
  /** Sends items in calls of at most `batchSize`; one outcome per item in order. Throws {@link Unreachable}. */
  send<T>(items: readonly T[], make: (part: readonly T[]) => Delivery): Promise<Sent[]>;
  expect: (ids: Parameters<DownstreamStore['expect']>[1]) => Promise<void>;
  settle(settled: Settled): Promise<void>;
  note(set: Record<string, unknown>): Promise<void>;
}

/** What a {@link Sender} needs. */
export interface SenderDeps {
  readonly rows: DownstreamStore;
  readonly deliverer: Deliverer;
  readonly context: Context;
  readonly target: Target;
  readonly row: DownstreamRow;
  readonly guard: Guard;
  /** Aborted, it ends the call under way. */
  readonly signal: AbortSignal;
  /** Milliseconds before the second try; it doubles with each further one. */
  readonly firstDelayMs: number;
}

/** Milliseconds to wait after so many tries: doubling up to ten minutes, the last half at random. */
export function delayAfter(attempts: number, firstDelayMs: number): number {
  const full = Math.min(longestMs, firstDelayMs * 2 ** Math.min(attempts - 1, 30));
  return full * (0.5 + Math.random() / 2);
}

/** Makes a {@link Sender}. */
export function makeSender(deps: SenderDeps): Sender {
  const { rows, deliverer, context, target, row, signal, firstDelayMs } = deps;
  let { failing } = row;

  const guard = () => {
    deps.guard();
    if (signal.aborted) throw new Interrupted();
  };
  const own = (held: boolean) => {
    if (!held) throw new Interrupted();
  };
  const note = async (set: Record<string, unknown>) => own(await rows.note(row, set));

  async function pause(ms: number): Promise<void> {
    for (const until = Date.now() + ms; ; ) {
      guard();
      const left = until - Date.now();
      if (left <= 0) return;
      await sleep(Math.min(left, 200));
    }
  }

  /** One call, tried again where there is no answer; what the server cannot deal with is the answer after some tries. */
  async function call(delivery: Delivery): Promise<readonly Delivered[] | Unreachable> {
    let faults = 0;
    for (let tried = 1; ; tried += 1) {
      guard();
      own(await rows.hold(row, new Date(Date.now() + leaseMs)));
      try {
        const outcomes = await deliverer.deliver(context, target, delivery, signal);
        if (failing !== null) {
          failing = null;
          await note({ failing, nextAt: new Date(0) });
        }
        return outcomes;
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        // Nothing is known of the server where it was us who did not wait.
        guard();
        const attempts = (failing?.attempts ?? 0) + 1;
        if (error.answered) faults += 1;
        if (faults >= triesAtOnce) {
          failing = null;
          await note({ failing, nextAt: new Date(0) });
          return error;
        }
        const delay = delayAfter(error.answered ? faults : attempts, firstDelayMs);
        failing = { since: failing?.since ?? new Date(), attempts, reason: error.message };
        await note({ failing, nextAt: new Date(Date.now() + delay) });
        if (!error.answered && (tried >= triesAtOnce || attempts > triesAtOnce)) throw error;
        await pause(delay);
      }
    }
  }

  /** Calls with halves of what the server cannot deal with at once, down to the single item that it refuses. */
  async function callParts<T>(
    items: readonly T[],
    make: (part: readonly T[]) => Delivery,
  ): Promise<readonly Delivered[]> {
    const outcomes = await call(make(items));
    if (!(outcomes instanceof Unreachable)) return outcomes;
    if (items.length === 1) return [{ kind: 'refused', problem: problem('invalid-data', outcomes.message) }];
    const half = Math.ceil(items.length / 2);
    const first = await callParts(items.slice(0, half), make);
    return [...first, ...(await callParts(items.slice(half), make))];
  }

  return {
    row,
    batchSize: target.batchSize,
    guard,
    async send<T>(items: readonly T[], make: (part: readonly T[]) => Delivery) {
      const sent: Sent[] = [];
      let open = items.map((_, index) => index);
      for (let attempts = 1; ; attempts += 1) {
        // A server that is too busy for so many may have room for fewer.
        const size = Math.max(1, Math.ceil(target.batchSize / 2 ** (attempts - 1)));
        const again: { readonly index: number; readonly reason: string }[] = [];
        for (let at = 0; at < open.length; at += size) {
          const part = open.slice(at, at + size);
          const outcomes = await callParts(
            part.map((index) => items[index] as T),
            make,
          );
          part.forEach((index, place) => {
            const outcome = outcomes[place];
            if (outcome === undefined) throw new Error('a deliverer answered fewer outcomes than records');
            if (outcome.kind === 'retry') again.push({ index, reason: outcome.reason });
            else sent[index] = { ...outcome, attempts };
          });
        }
        if (again.length === 0) return sent;
        if (attempts >= busyTries) {
          for (const { index, reason } of again)
            sent[index] = { kind: 'refused', problem: problem('busy', reason), attempts };
          return sent;
        }
        open = again.map(({ index }) => index);
        await pause(delayAfter(attempts, firstDelayMs));
      }
    },
    expect: async (ids) => own(await rows.expect(row, ids)),
    settle: async (settled) => own(await rows.settle(row, settled)),
    note,
  };
}
