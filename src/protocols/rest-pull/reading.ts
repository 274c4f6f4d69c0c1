import { failed, ok, type Result } from '../../base/result.ts';
import {
  type PullOptions,
  type RestCollection,
  type RestPullTarget,
  restColumns,
  restTypes,
} from '../../sync/index.ts';
import { makeRowShelf, type RowShelf, type ServerClient } from '../../wire/index.ts';
import { readPages } from './paging.ts';
import { makeRowMaker, type RowFault, type RowMaker } from './rows.ts';

/** An address and all collections that its records have rows for. */
export interface Address {
  readonly path: string;
  readonly records: string;
  readonly collections: readonly {
    readonly index: number;
    readonly collection: RestCollection;
    readonly make: RowMaker;
  }[];
}

/** What a server gave. */
export interface Read {
  /** The package. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** What could not be mapped, for people; null: all could. */
  readonly note: string | null;
}

/** What one reading needs. */
export interface ReadingDeps {
  readonly client: ServerClient;
  readonly target: RestPullTarget;
  readonly options: Pick<PullOptions, 'folder' | 'maxBytes' | 'signal' | 'onProgress'>;
}

/** The addresses of the settings, each once. */
export function addressesOf({ collections, version }: Pick<RestPullTarget, 'collections' | 'version'>): Address[] {
  const addresses = new Map<string, Address & { collections: Address['collections'][number][] }>();
  for (const [index, collection] of collections.entries()) {
    const { path, records = '$' } = collection;
    const key = JSON.stringify([path, records]);
    const address = addresses.get(key) ?? { path, records, collections: [] };
    addresses.set(key, address);
    address.collections.push({ index, collection, make: makeRowMaker(collection, version) });
  }
  return [...addresses.values()];
}

/** Reads all addresses into a bulk package of OneRoster CSV; memory does not grow with what is read but for an id a record. */
export async function readAddresses(deps: ReadingDeps): Promise<Result<Read>> {
  const { target, options } = deps;
  const { version, collections } = target;
  const shelf = makeRowShelf({
    folder: options.folder,
    columns: (file) => bulkColumns(file, restColumns(file as RestCollection['type'], version)),
    manifest: (files) => [
      ['propertyName', 'value'],
      ['manifest.version', '1.0'],
      ['oneroster.version', version],
      ...files.map((file) => [`file.${file}`, 'bulk']),
      ['source.systemName', 'REST'],
    ],
  });
  const used = new Set(collections.map(({ type }) => type));
  const faults = new Map<string, number>();
  try {
    // A file that nothing came for is there too, so that what was in it before is missing.
    for (const type of restTypes) if (used.has(type)) shelf.begin(type, metadataOf(collections, type));
    const read = await readAll(deps, shelf, ({ column, text }) => {
      const told = `${column}: ${text}`;
      faults.set(told, (faults.get(told) ?? 0) + 1);
    });
    return read.ok ? ok({ bytes: shelf.bytes(), note: noteOf(faults) }) : read;
  } finally {
    await shelf.end();
  }
}

/** The columns of a bulk file as the binding has them: state, time of change and passwords are there, and empty. */
function bulkColumns(file: string, mapped: readonly string[]): string[] {
  return mapped.flatMap((name) => {
    if (name === 'sourcedId') return [name, 'status', 'dateLastModified'];
    return file === 'users' && name === 'grades' ? [name, 'password'] : [name];
  });
}

/** Columns of metadata that the settings fill: they are there even where no record has a value, which clears the others. */
function metadataOf(collections: readonly RestCollection[], type: string): string[] {
  const fields = collections.filter((one) => one.type === type).flatMap((one) => Object.keys(one.fields));
  return [...new Set(fields.filter((column) => column.startsWith('metadata.')))];
}

/** Kinds of faults that are named. */
const mostFaults = 10;

function noteOf(faults: ReadonlyMap<string, number>): string | null {
  if (faults.size === 0) return null;
  const named = [...faults].slice(0, mostFaults).map(([text, count]) => `${text} (${count} times)`);
  return `Values could not be mapped: ${named.join(' ')} Look at them with the preview of the pull.`;
}

async function readAll(
  { client, target, options }: ReadingDeps,
  shelf: RowShelf,
  tell: (fault: RowFault) => void,
): Promise<Result<void>> {
  const { maxBytes, signal, onProgress } = options;
  let [records, bytes, unnamed] = [0, 0, 0];
  for (const address of addressesOf(target)) {
    for await (const page of readPages({ client, target, ...address })) {
      if (!page.ok) return page;
      if (signal.aborted) return failed('busy', 'The gateway is stopping.');
      bytes += page.value.bytes;
      if (bytes > maxBytes) {
        const text = `The server’s answers are larger than ${maxBytes} bytes (setting MAX_IMPORT_BYTES).`;
        return failed('too-large', text);
      }
      for (const record of page.value.records) {
        records += 1;
        for (const { index, collection, make } of address.collections) {
          const { rows, faults } = make(record);
          for (const fault of faults) tell(fault);
          for (const cells of rows) {
            // Without an id, rows are told of by the reader as those of files are.
            if (cells['sourcedId'] === undefined) unnamed += 1;
            const owner = cells['sourcedId'] ?? `#${unnamed}`;
            await shelf.add(collection.type, `${index}:${owner}`, [{ file: collection.type, cells }]);
          }
        }
      }
      onProgress(records);
    }
  }
  return ok(undefined);
}
