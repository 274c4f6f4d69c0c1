import type { FilePart } from '../../store/index.ts';
import type { Progress } from '../run.ts';

type Phase = Progress['phase'];

/** Where each phase lies in the whole run, in percent: reading and applying are the long ones. */
const spans: Readonly<Record<Phase, readonly [number, number]>> = {
  reading: [0, 45],
  removals: [45, 50],
  listing: [50, 100],
  applying: [50, 100],
};
/** Milliseconds between savings. */
const saveMs = 500;
/** Milliseconds over which the speed is measured. */
const speedMs = 5_000;

/** How far a run is, saved every now and then. */
export interface ProgressMeter {
  /** Begins a phase with so many records, where that is known. */
  enter(phase: Phase, expected?: number): void;
  /** Notes the records of this phase so far, and saves nothing; answers whether it would be time. */
  seen(records: number): boolean;
  /** The same, and saves when it is time. */
  at(records: number): Promise<void>;
  /** Passes a file's parts on and counts their bytes. */
  counted(parts: AsyncIterable<FilePart>): AsyncGenerator<FilePart>;
  /** As it is now. */
  now(): Progress;
}

/** Makes a {@link ProgressMeter} of a run whose file has so many bytes. */
export function makeProgress(fileBytes: number, save: (progress: Progress) => Promise<void>): ProgressMeter {
  let phase: Phase = 'reading';
  let expected: number | undefined;
  let records = 0;
  let bytes = 0;
  let percent = 0;
  let saved = Date.now();
  let marks: { at: number; records: number }[] = [{ at: Date.now(), records: 0 }];

  function share(): number {
    if (phase === 'reading' && fileBytes > 0) return bytes / fileBytes;
    return expected === undefined || expected === 0 ? 0 : records / expected;
  }

  function now(): Progress {
    const [from, to] = spans[phase];
    // It never goes back, though a phase may turn out longer than it seemed.
    percent = Math.max(percent, Math.min(to, Math.floor(from + (to - from) * share())));
    const time = Date.now();
    marks = marks.filter(({ at }, index) => time - at <= speedMs || index === marks.length - 1);
    const first = marks[0] ?? { at: time, records };
    const seconds = (time - first.at) / 1000;
    const perSecond = seconds > 0 ? Math.round((records - first.records) / seconds) : 0;
    return { phase, records, perSecond, percent, bytes: fileBytes };
  }

  function seen(done: number): boolean {
    records = done;
    const time = Date.now();
    if (time - saved < saveMs) return false;
    saved = time;
    marks.push({ at: time, records });
    return true;
  }

  return {
    now,
    enter(next, records_) {
      phase = next;
      expected = records_;
      records = 0;
      marks = [{ at: Date.now(), records: 0 }];
    },
    seen,
    async at(done) {
      if (seen(done)) await save(now());
    },
    async *counted(source) {
      for await (const part of source) {
        bytes += part.bytes;
        yield part;
      }
    },
  };
}
