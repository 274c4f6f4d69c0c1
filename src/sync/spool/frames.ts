import { createReadStream } from 'node:fs';
import { endsOf } from '../../model/index.ts';
import type { Planned } from './planned.ts';

/** A planned change as it lies on disk, and a number that changes about the same person share. */
export interface Frame {
  readonly person: number;
  /** The length of its JSON, the number, the JSON. */
  readonly bytes: Buffer;
}

/** Bytes before the JSON. */
const headBytes = 8;
/** What is read at once. */
const chunkBytes = 262_144;

/** Planned changes as bytes. */
export function encodeFrames(planned: readonly Planned[]): Buffer {
  const texts = planned.map((one) => JSON.stringify(one));
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + headBytes + length, 0));
  let at = 0;
  planned.forEach(({ change }, index) => {
    const length = lengths[index] ?? 0;
    bytes.writeUInt32LE(length, at);
    bytes.writeUInt32LE(personNumber(change), at + 4);
    bytes.write(texts[index] ?? '', at + headBytes, length, 'utf8');
    at += headBytes + length;
  });
  return bytes;
}

/** Planned changes of frames, parsed together, which is cheaper than one by one. */
export function decodeFrames(frames: readonly Frame[]): Planned[] {
  const text = frames.map(({ bytes }) => bytes.toString('utf8', headBytes)).join(',');
  return JSON.parse(`[${text}]`) as Planned[];
}

/** Takes whole frames off the front of bytes; answers how many bytes they were. */
export function splitFrames(bytes: Buffer, take: (frame: Frame) => void): number {
  let at = 0;
  while (at + headBytes <= bytes.length) {
    const end = at + headBytes + bytes.readUInt32LE(at);
    if (end > bytes.length) break;
    take({ person: bytes.readUInt32LE(at + 4), bytes: bytes.subarray(at, end) });
    at = end;
  }
  return at;
}

/** The frames of a file in order, some at a time. */
export async function* framesOf(path: string): AsyncGenerator<Frame[]> {
  let rest: Buffer[] = [];
  let missing = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes }) as AsyncIterable<Buffer>) {
    rest.push(chunk);
    missing -= chunk.length;
    // A frame that is larger than a chunk is put together once and not with each chunk.
    if (missing > 0) continue;
    const bytes = rest.length === 1 ? chunk : Buffer.concat(rest);
    const frames: Frame[] = [];
    const end = splitFrames(bytes, (frame) => frames.push(frame));
    rest = end === bytes.length ? [] : [bytes.subarray(end)];
    const left = bytes.length - end;
    missing = left < headBytes ? 1 : headBytes + bytes.readUInt32LE(end) - left;
    if (frames.length > 0) yield frames;
  }
}

/** The number of the person whom a change is about: one's own, or that of the member; 0 where there is none (FNV-1a). */
function personNumber(change: Planned['change']): number {
  const { type, key } = change;
  if (type === 'group') return 0;
  const member = 'data' in change ? (change.data as { member?: string | null }).member : undefined;
  const text = type === 'person' ? key : (member ?? (key === undefined ? undefined : (endsOf(key)?.member ?? key)));
  if (text === undefined) return 0;
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
