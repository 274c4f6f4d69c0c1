import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultList, type FeedItem, type FeedReader, UnreadableFile } from '../../sync/index.ts';
import { CsvError } from '../../wire/index.ts';
import { lookThrough } from './look-through.ts';
import { makeRowTaker } from './row-taker.ts';
import { makeListSplitter } from './rows.ts';

const batchLength = 100;

/**
 * Reads lists of persons in CSV (`feeds.md` 3): one row a person, with user type, class year and communities. A file is always
 * the whole list, so that who is not in it is removed (3.14). It is read twice, since rows that share an e-mail, user id or login
 * are all rejected (3.4); what must not be shared is held as hashes, all else in the work folder.
 */
export function makeListCsvReader(): FeedReader {
  return {
    protocol: 'list-csv',
    version: 'list-csv/1',
    async *read(bytes, options) {
      const settings = options.list ?? defaultList;
      const items: FeedItem[] = [];
      await mkdir(options.workFolder, { recursive: true, mode: 0o700 });
      const folder = await mkdtemp(join(options.workFolder, 'list-'));
      try {
        const file = await lookThrough(bytes, folder, options.file, settings, items);
        const { layout, dialect } = file;
        // Where a column of communities is left out, nothing says who has left them.
        const scopes = layout.absent.length > 0 ? (['person'] as const) : (['person', 'group', 'membership'] as const);
        items.unshift({ kind: 'complete', scopes });
        const taker = makeRowTaker(file, settings, options, items);
        taker.begin();
        const splitter = makeListSplitter(dialect.delimiter, () => layout.width, taker.take);
        for await (const chunk of createReadStream(file.path, { highWaterMark: 131_072 })) {
          splitter.push(chunk as Buffer);
          while (items.length >= batchLength) yield items.splice(0, batchLength);
        }
        splitter.end();
        taker.end();
        while (items.length > 0) yield items.splice(0, batchLength);
      } catch (error) {
        if (!(error instanceof CsvError)) throw error;
        throw new UnreadableFile(error.code, `${options.file}: ${error.message}`, error.line, options.file);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}
