import { type FileHandle, mkdir, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RosterType } from '../model/index.ts';
import { decodeFrames, encodeFrames, framesOf } from './spool/frames.ts';
import { batchSize, type Planned } from './spool/planned.ts';
import { together } from './spool/together.ts';

export { batchSize, type Planned, renameOf } from './spool/planned.ts';

/** The steps of applying, in order. */
export type Step = RosterType | 'removals';

/** Planned changes on disk between planning and applying, so that memory does not grow with the file. */
export interface Spool {
  add(step: Step, planned: readonly Planned[]): Promise<void>;
  /** The changes of a step in the order in which they were added, at most {@link batchSize} at a time. */
  read(step: Step): AsyncGenerator<Planned[]>;
  /**
   * The persons and memberships, those of one person together, so that a new person is written once and not again for
   * what follows from the memberships. Where they are more than writes of records, as renames are, their order counts:
   * then they come as they were added, persons first.
   */
  readMembers(): AsyncGenerator<Planned[]>;
  remove(): Promise<void>;
}

/** Removes what processes that are gone have left behind; to be called before the first spool of this process. */
export async function clearSpools(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) {
    const pid = Number(/^(?:plan|pull|open)-(\d+)-/.exec(name)?.[1] ?? Number.NaN);
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
  const files = new Map<Step, FileHandle>();
  const pathOf = (step: Step) => join(home, step);
  let inOrder = false;

  async function* read(step: Step): AsyncGenerator<Planned[]> {
    if (!files.has(step)) return;
    for await (const frames of framesOf(pathOf(step))) {
      for (let at = 0; at < frames.length; at += batchSize) yield decodeFrames(frames.slice(at, at + batchSize));
    }
  }

  return {
    async add(step, planned) {
      if (planned.length === 0) return;
      let file = files.get(step);
      if (file === undefined) {
        file = await open(pathOf(step), 'a', 0o600);
        files.set(step, file);
      }
      if (step === 'person' || step === 'membership') inOrder ||= !planned.every(isWrite);
      await file.appendFile(encodeFrames(planned));
    },

    read,

    async *readMembers() {
      const steps = (['person', 'membership'] as const).filter((step) => files.has(step));
      if (inOrder) {
        for (const step of steps) yield* read(step);
        return;
      }
      for await (const frames of together(steps.map(pathOf), join(home, 'part'), batchSize)) {
        yield decodeFrames(frames);
      }
    },

    async remove() {
      for (const file of files.values()) await file.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

function isWrite({ change, renamedFrom }: Planned): boolean {
  return renamedFrom === undefined && (change.op === 'upsert' || change.op === 'replace');
}
