import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isRosterType, type RosterType } from '../../model/index.ts';
import type { RunStretch } from '../../roster/index.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A record that a run changed, however often: as the run found it and as it left it. */
export interface Touched {
  readonly type: RosterType;
  readonly guid: string;
  readonly before: Fields | 'absent';
  readonly after: Fields;
  /** Sequence number of the run's last change of it. */
  readonly sequence: number;
  /** Values of it are gone with a purge. */
  readonly lost?: true;
}

/**
 * The changes of a run sorted by record: put aside on disk in compartments, of which one at a time is held in memory, so
 * that memory does not grow with the run.
 */
export interface RunShelf {
  add(stretch: RunStretch): Promise<void>;
  /** The records of a type, a compartment at a time; each record once. To be called when all is there. */
  read(type: RosterType): AsyncGenerator<Touched[]>;
  remove(): Promise<void>;
  /** Keys that records had before the run and not after one of its changes. */
  readonly lostKeys: ReadonlySet<string>;
}

/** What waits for the disk, in characters. */
const waitingLimit = 16_000_000;
/** The first two digits of a guid. */
const compartments = Array.from({ length: 256 }, (_, number) => number.toString(16).padStart(2, '0'));

/** Opens a shelf in a folder of its own, which the next start clears away if the process dies. */
export async function openRunShelf(folder: string): Promise<RunShelf> {
  const home = await mkdtemp(join(folder, `plan-${process.pid}-`));
  const waiting = new Map<string, string[]>();
  const written = new Set<string>();
  const lostKeys = new Set<string>();
  let size = 0;

  const pathOf = (name: string) => join(home, `${name}.jsonl`);

  async function write(): Promise<void> {
    for (const [name, lines] of waiting) {
      await appendFile(pathOf(name), lines.join(''), { mode: 0o600 });
      written.add(name);
    }
    waiting.clear();
    size = 0;
  }

  async function linesOf(name: string): Promise<string[]> {
    const kept = written.has(name) ? (await readFile(pathOf(name), 'utf8')).split('\n') : [];
    return [...kept, ...(waiting.get(name) ?? [])].filter((line) => line.trim() !== '');
  }

  return {
    lostKeys,
    async add({ sequence, entries }) {
      for (const entry of entries) {
        // A run writes nothing else.
        if (!isRosterType(entry.type)) continue;
        for (const key of keysLost(entry.before, entry.after)) lostKeys.add(key);
        const line = `${JSON.stringify({ ...entry, sequence })}\n`;
        const name = `${entry.type}-${entry.guid.slice(0, 2)}`;
        const lines = waiting.get(name);
        if (lines === undefined) waiting.set(name, [line]);
        else lines.push(line);
        size += line.length;
      }
      if (size > waitingLimit) await write();
    },
    async *read(type) {
      for (const compartment of compartments) {
        const records = new Map<string, Touched>();
        for (const line of await linesOf(`${type}-${compartment}`)) {
          const entry = JSON.parse(line) as Touched;
          const there = records.get(entry.guid);
          records.set(entry.guid, there === undefined ? entry : joined(there, entry));
        }
        if (records.size > 0) yield [...records.values()];
      }
    },
    async remove() {
      waiting.clear();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Two changes of a record as one: the first values before, the last ones after. */
function joined(first: Touched, then: Touched): Touched {
  const before =
    first.before === 'absent' || then.before === 'absent' ? first.before : { ...then.before, ...first.before };
  const lost = first.lost === true || then.lost === true;
  return {
    ...first,
    before,
    after: { ...first.after, ...then.after },
    sequence: then.sequence,
    ...(lost ? { lost } : {}),
  };
}

function keysLost(before: Fields | 'absent', after: Fields): string[] {
  if (before === 'absent') return [];
  const left = new Set((after['keys'] as string[] | null | undefined) ?? []);
  return ((before['keys'] as string[] | null | undefined) ?? []).filter((key) => !left.has(key));
}
