import { randomId } from '../../base/ids.ts';
import { entryBytes, type FeedBlocks } from '../../store/index.ts';
import { guidAt, hashAt, makeLastEntries } from './last-entries.ts';

/** So many entries appended to a small base are put into it; a large one waits for more, up to the second number. */
const fewAppended = 20_000;
const mostAppended = 500_000;
/** Appended entries held in memory together. */
const atOnce = 2_000_000;
const blockEntries = 20_000;
const word = 4_294_967_296;

/**
 * Puts what was appended to a feed's blocks into a new base, when it is much: the last entry of each guid, those that the
 * feed has let go of left out. Memory does not grow with the feed. `much`: so many entries, otherwise as the size of the base
 * says. Answers whether it did.
 */
export async function compactBlocks(blocks: FeedBlocks, much?: number): Promise<boolean> {
  const base = await blocks.base();
  const from = base?.sequence ?? -1;
  const { entries, last } = await blocks.appended(from);
  if (entries < (much ?? Math.min(mostAppended, fewAppended + (base?.entries ?? 0) / 8))) return false;
  const writer = makeWriter(blocks, { id: randomId(), sequence: last });
  const passes = Math.ceil(entries / atOnce);
  for (let pass = 0; pass < passes; pass += 1) {
    const wanted = (high: number) => Math.floor((high / word) * passes) === pass;
    const appended = makeLastEntries();
    for await (const block of blocks.readAppended(from, last)) {
      appended.load(block, passes === 1 ? undefined : wanted);
    }
    if (base !== undefined) {
      for await (const block of blocks.readBase(base)) {
        const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
        for (let at = 0; at + entryBytes <= block.byteLength; at += entryBytes) {
          if (passes > 1 && !wanted(view.getUint32(at + guidAt))) continue;
          if (!appended.has(view, at)) await writer.add(block.subarray(at, at + entryBytes));
        }
      }
    }
    for (const entry of appended.entries()) if (!isDropped(entry)) await writer.add(entry);
  }
  await writer.settle();
  return true;
}

function isDropped(entry: Uint8Array): boolean {
  for (let at = hashAt; at < guidAt; at += 1) if (entry[at] !== 0xff) return false;
  return true;
}

function makeWriter(blocks: FeedBlocks, base: { readonly id: string; readonly sequence: number }) {
  let block = new Uint8Array(blockEntries * entryBytes);
  let length = 0;
  let written = 0;

  async function flush(): Promise<void> {
    if (length === 0) return;
    await blocks.write(base, [Buffer.from(block.buffer, 0, length)]);
    written += length / entryBytes;
    length = 0;
  }

  return {
    add(entry: Uint8Array): Promise<void> | undefined {
      block.set(entry, length);
      length += entryBytes;
      return length === block.length ? flush() : undefined;
    },
    async settle(): Promise<void> {
      await flush();
      block = new Uint8Array(0);
      await blocks.settle({ ...base, entries: written });
    },
  };
}
