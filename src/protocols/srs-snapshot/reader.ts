import type { FeedItem, FeedReader } from '../../sync/index.ts';
import { makeRowTaker } from './row-taker.ts';
import { makeStudentCutter } from './students.ts';

const batchLength = 100;
/** Rows whose accounts are looked up together. */
const lookedUpAtOnce = 500;

/**
 * Reads snapshots of a student record system (`feeds.md` 1): a row is a student in a course. A snapshot is always the whole truth
 * about its students, so that who is not in it is removed as the feed's setting says. What a snapshot must not have twice
 * is kept as hashes; students are asked for by their e-mails, five hundred at a time.
 */
export function makeSnapshotReader(): FeedReader {
  return {
    protocol: 'srs-snapshot',
    version: 'srs-snapshot/1',
    async *read(bytes, options) {
      const items: FeedItem[] = [{ kind: 'complete', scopes: ['person', 'group', 'membership'] }];
      const rows = makeRowTaker(options, items);
      const cutter = makeStudentCutter(options.file, rows.take);
      for await (const piece of bytes) {
        cutter.push(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
        await rows.settle(lookedUpAtOnce);
        while (items.length >= batchLength) yield items.splice(0, batchLength);
      }
      cutter.end();
      await rows.settle(1);
      rows.end();
      while (items.length > 0) yield items.splice(0, batchLength);
    },
  };
}
