import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordType } from '../model/index.ts';
import type { Change } from '../roster/index.ts';

/** Changes that are planned and applied together. */
export const batchSize = 1000;

/** A planned change with what its report needs. */
export interface Planned {
  readonly change: Change;
  readonly line: number;
  readonly id: string;
  readonly renamedFrom?: string;
  /** The counted type. */
  readonly session?: boolean;
  /** Its record lies in the trash; where another one has brought it back, it is counted already. */
  readonly restored?: boolean;
  /** Number of an explicit removal (`last-word.ts`). */
  readonly removal?: number;
  /** A removal of what is gone already, counted when it was read. */
  readonly idle?: boolean;
}

/** The steps of applying, in order (issue: groups, persons, memberships, then removals). */
export type Step = RecordType | 'removals';

/** Planned changes on disk between planning and applying, so that memory does not grow with the file. */
export interface Spool {
  add(step: Step, planned: readonly Planned[]): Promise<void>;
  read(step: Step): AsyncGenerator<Planned[]>;
  remove(): Promise<void>;
}

/** Removes what processes that are gone have left behind; to be called before the first spool of this process. */
export async function clearSpools(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) {
    const pid = Number(/^plan-(\d+)-/.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(pid) || (pid !== process.pid && isAlive(pid))) continue;
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}

/** Opens a spool in a folder of its own; removed when the run ends, and by the next start if the process dies. */
export async function openSpool(folder: string): Promise<Spool> {
  const home = await mkdtemp(join(folder, `plan-${process.pid}-`));
  const writers = new Map<Step, WriteStream>();
  const pathOf = (step: Step) => join(home, `${step}.jsonl`);

  return {
    async add(step, planned) {
      if (planned.length === 0) return;
      let writer = writers.get(step);
      if (writer === undefined) {
        writer = createWriteStream(pathOf(step), { mode: 0o600, highWaterMark: 1_048_576 });
        writers.set(step, writer);
      }
      const stream = writer;
      await new Promise<void>((resolve, reject) => {
        stream.write(`${JSON.stringify(planned)}\n`, (error) => (error ? reject(error) : resolve()));
      });
    },

    async *read(step) {
      const writer = writers.get(step);
      if (writer === undefined) return;
      if (!writer.closed) {
        await new Promise<void>((resolve, reject) => {
          writer.once('error', reject);
          writer.end(() => resolve());
        });
      }
      yield* linesOf(createReadStream(pathOf(step), { highWaterMark: 262_144 }));
    },

    async remove() {
      for (const writer of writers.values()) writer.destroy();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Parses one line after the other; a line that waits is all that is held in memory. */
async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Planned[]> {
  let parts: Buffer[] = [];
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      parts.push(chunk.subarray(from, at));
      yield JSON.parse(Buffer.concat(parts).toString('utf8')) as Planned[];
      parts = [];
      from = at + 1;
    }
    parts.push(chunk.subarray(from));
  }
}
