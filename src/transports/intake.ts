import type { Clock } from '../base/clock.ts';
import { randomId } from '../base/ids.ts';
import { type Problem, type ProblemCode, problem } from '../base/problem.ts';
import { type Failed, failed, ok, type Result } from '../base/result.ts';
import type { Context } from '../roster/index.ts';
import type { ArrivalRow, Arrivals } from '../store/index.ts';
import type { Run, Sync, TransportKind } from '../sync/index.ts';
import { arrivalName } from './arrival-name.ts';
import { type Arrival, ArrivalBroken, type FeedPlace, type Intake, type Taken } from './types.ts';

/** What the intake needs. */
export interface IntakeDeps {
  readonly arrivals: Arrivals;
  readonly sync: Pick<Sync, 'submit' | 'run'>;
  readonly clock: Clock;
  /** Bytes of the largest file that is taken. */
  readonly maxFileBytes: number;
  /** Days that the ledger remembers a file after it was seen last: those that originals are kept, {@link leastDays} at least. */
  readonly keptDays: number;
}

/** Days that the ledger remembers a file at least. */
export const leastDays = 90;
const dayMs = 86_400_000;
/** How long a file is one gateway's after its last sign of life, and milliseconds between these. */
const leaseMs = 60_000;
const beatMs = 20_000;
const longestVersion = 1_024;

/** Kinds whose sender is gone when the file is whole: it cannot wait outside. */
const brought: ReadonlySet<TransportKind> = new Set<TransportKind>(['upload', 'http-put', 'sftp-drop']);

/** Problems that another try may not have; all others are the file's own. */
const passing: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  'conflict',
  'busy',
  'too-many-requests',
  'storage-full',
  'internal',
  'unknown-object',
]);

/**
 * Makes the {@link Intake}: the ledger claims a file before it is read, under an id that its run will have, so that two
 * gateways, or one that was killed on the way and the next, make one run of it.
 */
export function makeIntake({ arrivals, sync, clock, maxFileBytes, keptDays }: IntakeDeps): Intake {
  const later = (ms: number) => new Date(clock.now().getTime() + ms);
  const keptMs = Math.max(keptDays, leastDays) * dayMs;

  /** The run of a file: the one that is there already, or a new one. */
  async function runOf(row: ArrivalRow, arrival: Arrival, signal: AbortSignal): Promise<Result<Run> | Broken> {
    const via = row.via as TransportKind;
    const writer = arrival.by ?? `feed:${row.feed}`;
    const context: Context = { tenant: row.tenant, writer, namespace: 'default', source: 'file', feeds: [row.feed] };
    const there = await sync.run(context, row.run);
    if (there !== undefined) return ok(there);
    if (arrival.bytes !== undefined && arrival.bytes > maxFileBytes) return tooLarge(maxFileBytes);
    const bytes = await arrival.open(signal);
    if (!bytes.ok) return bytes;
    const pieces = bytes.value[Symbol.asyncIterator]();
    const asked = { feed: row.feed, dryRun: false, fileName: row.name, run: row.run } as const;
    const way = brought.has(via) ? ({ behindHeld: true } as const) : ({ fetched: true } as const);
    try {
      return await sync.submit(
        context,
        { ...asked, ...way },
        stoppable({ [Symbol.asyncIterator]: () => pieces }, signal),
      );
    } catch (error) {
      if (error instanceof ArrivalBroken) return { ok: false, broken: true, problem: error.problem };
      if (signal.aborted) return failed('busy', 'It was stopped on its way; nothing was kept of it.');
      throw error;
    } finally {
      // What was refused before it was read is let go.
      await pieces.return?.();
    }
  }

  /** Says that the file is still this gateway's, until the answer is called. */
  function beating(row: ArrivalRow): () => void {
    const timer = setInterval(() => {
      // What cannot be prolonged is taken over in the worst case, under the same run.
      arrivals.hold(row, later(leaseMs)).catch(() => undefined);
    }, beatMs).unref();
    return () => clearInterval(timer);
  }

  async function work(row: ArrivalRow, arrival: Arrival, signal: AbortSignal): Promise<Taken> {
    const settle = (set: Partial<ArrivalRow>) =>
      arrivals.settle(row, { ...set, changedAt: clock.now(), keptUntil: later(keptMs) });
    const calm = beating(row);
    try {
      // Where files are fetched, the one before is gone: it cannot be taken any more.
      if (!brought.has(row.via as TransportKind)) await arrivals.replace(row, clock.now(), replaced);
      const run = await runOf(row, arrival, signal);
      if (run.ok) {
        const { bytes, sha256 } = run.value.file;
        await settle({ state: 'taken', bytes, sha256 });
        await arrival.settle?.('taken');
        return { state: 'taken', run: row.run };
      }
      const told = withName(run.problem, row.name);
      const again = 'broken' in run || passing.has(told.code);
      // Whoever puts a file over HTTP is told at once, and sends it again.
      const state = again && row.via !== 'http-put' ? 'waiting' : 'refused';
      await settle({ state, problem: { code: told.code, text: told.text } });
      if (state === 'refused') await arrival.settle?.('refused');
      return { state, problem: told };
    } catch (error) {
      await settle({ state: 'waiting', problem: defect }).catch(() => undefined);
      throw error;
    } finally {
      calm();
    }
  }

  return {
    async take({ tenant, feed }: FeedPlace, via, given, signal) {
      const name = arrivalName(given.name);
      const key = { tenant, feed, name, version: given.version.slice(0, longestVersion) };
      const claim = { via, run: randomId(), now: clock.now(), until: later(leaseMs), keptUntil: later(keptMs) };
      const { row, mine } = await arrivals.claim(key, claim);
      if (mine) return work(row, given, signal);
      if (row.state !== 'taken' && row.state !== 'refused') {
        return { state: 'waiting', problem: problem('busy', `The file ${name} is being taken in already.`) };
      }
      if (row.keptUntil < later(keptMs - dayMs)) await arrivals.keep(row, later(keptMs));
      // Whoever took it may have ended before it was moved away.
      await given.settle?.(row.state);
      return { state: 'known', run: row.state === 'taken' ? row.run : null };
    },
  };
}

/** A file that is cut off or has changed while it was read. */
interface Broken extends Failed {
  readonly broken: true;
}

const defect = problem('internal', 'It could not be taken in by a fault of the gateway; it is tried again.');

const replaced = {
  code: 'conflict',
  text: 'Another file of this name has taken its place before it could be taken in.',
} as const;

function tooLarge(maxBytes: number): Failed {
  return failed('too-large', `The file is larger than ${maxBytes} bytes (setting MAX_IMPORT_BYTES).`);
}

/** A problem that names its file. */
function withName(known: Problem, file: string): Problem {
  return { ...known, place: { file, ...known.place } };
}

async function* stoppable(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    signal.throwIfAborted();
    yield chunk;
  }
  signal.throwIfAborted();
}
