import { appendFile, readFile, rm, stat } from 'node:fs/promises';
import { type Frame, framesOf, splitFrames } from './frames.ts';

/** Bytes that are sorted in memory at once. */
const partBytes = 4_194_304;
/** A part that one person alone fills beyond this is not sorted, so that memory has an end. */
const mostBytes = 16 * partBytes;
const mostParts = 512;
/** Bytes of a part that wait to be written. */
const waitingBytes = 65_536;

/**
 * Frames of files, those of a person together and in the order of the files, up to `size` at a time; a person's are cut
 * only where they are more. What does not fit into memory is first dealt out to parts on disk by person.
 */
export async function* together(paths: readonly string[], part: string, size: number): AsyncGenerator<Frame[]> {
  let batch: Frame[] = [];
  for await (const source of sources(paths, part)) {
    for (const frames of source) {
      if (batch.length > 0 && batch.length + frames.length > size) {
        yield batch;
        batch = [];
      }
      for (const frame of frames) {
        batch.push(frame);
        if (batch.length < size) continue;
        yield batch;
        batch = [];
      }
    }
  }
  if (batch.length > 0) yield batch;
}

/** The frames of each person, part after part. */
async function* sources(paths: readonly string[], part: string): AsyncGenerator<Iterable<Frame[]>> {
  const bytes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  const total = bytes.reduce((sum, size) => sum + size, 0);
  if (total <= partBytes) {
    yield byPerson(await Promise.all(paths.map((path) => readFile(path))));
    return;
  }
  for (const path of await dealOut(paths, part, Math.min(mostParts, Math.ceil(total / partBytes)))) {
    if ((await stat(path)).size <= mostBytes) yield byPerson([await readFile(path)]);
    else for await (const frames of framesOf(path)) yield [frames];
    await rm(path);
  }
}

/** Writes frames to as many files as told, those of a person to the same one; answers the files. */
async function dealOut(paths: readonly string[], part: string, parts: number): Promise<string[]> {
  const waiting = Array.from({ length: parts }, () => ({ buffers: [] as Buffer[], bytes: 0 }));
  const used = new Set<number>();
  const pathOf = (number: number) => `${part}-${number}`;
  const write = async (number: number) => {
    const { buffers } = waiting[number] ?? { buffers: [] };
    waiting[number] = { buffers: [], bytes: 0 };
    if (buffers.length === 0) return;
    used.add(number);
    await appendFile(pathOf(number), Buffer.concat(buffers), { mode: 0o600 });
  };
  for (const path of paths) {
    for await (const frames of framesOf(path)) {
      const full = new Set<number>();
      for (const frame of frames) {
        const number = frame.person % parts;
        const there = waiting[number];
        if (there === undefined) continue;
        there.buffers.push(frame.bytes);
        there.bytes += frame.bytes.length;
        if (there.bytes >= waitingBytes) full.add(number);
      }
      for (const number of full) await write(number);
    }
  }
  for (const number of waiting.keys()) await write(number);
  return [...used].map(pathOf);
}

/** The frames of each person, in the order in which persons come first. */
function byPerson(files: readonly Buffer[]): Iterable<Frame[]> {
  const persons = new Map<number, Frame[]>();
  for (const bytes of files) {
    splitFrames(bytes, (frame) => {
      const there = persons.get(frame.person);
      if (there === undefined) persons.set(frame.person, [frame]);
      else there.push(frame);
    });
  }
  return persons.values();
}
