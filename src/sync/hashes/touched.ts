import { blockTypes, entryBytes, type FeedBlocks } from '../../store/index.ts';
import type { Listed } from './feed-index.ts';
import { guidAt, hashAt, makeLastEntries } from './last-entries.ts';

/** Records of a feed that somebody else has changed since it sent them: its next file is not taken for what is stored. */
export async function touchedOf(blocks: FeedBlocks): Promise<Listed[]> {
  const base = await blocks.base();
  const from = base?.sequence ?? -1;
  const { last } = await blocks.appended(from);
  const appended = makeLastEntries();
  for await (const block of blocks.readAppended(from, last)) appended.load(block);
  const touched: Listed[] = [];
  const look = (block: Uint8Array, isLast: (view: DataView, at: number) => boolean) => {
    const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
    for (let at = 0; at + entryBytes <= block.byteLength; at += entryBytes) {
      if (view.getInt32(at + hashAt) !== 0 || view.getInt32(at + hashAt + 4) !== 0 || !isLast(view, at)) continue;
      const guid = Buffer.from(block.subarray(at + guidAt, at + entryBytes)).toString('hex');
      touched.push({ guid, type: blockTypes[view.getUint8(at)] ?? 'group' });
    }
  };
  for (const entry of appended.entries()) look(entry, () => true);
  if (base === undefined) return touched;
  for await (const block of blocks.readBase(base)) look(block, (view, at) => !appended.has(view, at));
  return touched;
}
