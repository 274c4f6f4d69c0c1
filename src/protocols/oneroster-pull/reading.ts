import { failed, ok, type Result } from '../../base/result.ts';
import type { PulledCollection, PullFacts, PullOptions, PullTarget } from '../../sync/index.ts';
import { makeRowShelf, type OutboundAnswer, type RowShelf, type ServerClient } from '../../wire/index.ts';

import { type Item, idOf, readCollection } from './collection.ts';
import { columnNames, goneRow, rowsOf } from './rows.ts';
import { makeTimes, type Times } from './times.ts';

/** What comes later refers to what came before: read in this order, fewest references point to what is not there yet. */
const names = ['orgs', 'academicSessions', 'courses', 'classes', 'users', 'demographics', 'enrollments'] as const;
/** Files of users beside `users.csv`, from 1.2 on. */
const usersFiles: readonly string[] = ['roles', 'userProfiles'];
/** Columns of metadata that are remembered, as many as an export writes. */
const mostMetadata = 400;

/** What a server gave. */
export interface Read {
  /** The package. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** The times of its collections; null where one has records without. */
  readonly collections: PullFacts['collections'];
  /** Columns of metadata of users. */
  readonly metadata: string[];
}

/** What one reading needs. */
export interface ReadingDeps {
  readonly client: ServerClient;
  readonly target: PullTarget;
  /** An empty folder. */
  readonly folder: string;
  /** What an earlier pull was shown of each collection, where only changes since are to be read. */
  readonly since: PullFacts['collections'];
  /** Columns of metadata that users had. */
  readonly metadata: readonly string[];
  readonly marginMs: number;
  readonly options: Pick<PullOptions, 'maxBytes' | 'signal' | 'onProgress'>;
}

/** Reads all collections, whole or by their changes, into a package of OneRoster CSV in the version of the server. */
export async function readServer(deps: ReadingDeps): Promise<Result<Read>> {
  const { target, folder, since, metadata } = deps;
  const mode = since === null ? 'bulk' : 'delta';
  const shelf = makeRowShelf({
    folder,
    columns: (file) => columnNames(file, target.version),
    collectionOf: (file) => (usersFiles.includes(file) ? 'users' : file),
    manifest: (files) => manifestOf(files, target.version, mode),
  });
  const wanted = names.filter((name) => name !== 'demographics' || target.demographics);
  try {
    for (const name of wanted) {
      shelf.begin(name, name === 'users' ? metadata : []);
      if (name === 'users' && target.version === 'v1p2') for (const file of usersFiles) shelf.begin(file);
    }
    const read = await readAll(deps, wanted, shelf);
    if (!read.ok) return read;
    const collections = timesOf(read.value);
    return ok({ bytes: shelf.bytes(), collections, metadata: shelf.metadata('users').slice(0, mostMetadata) });
  } finally {
    await shelf.end();
  }
}

/** Rows of a delta package say all about their records, for so does the server. */
function manifestOf(files: readonly string[], version: PullTarget['version'], mode: 'bulk' | 'delta') {
  return [
    ['propertyName', 'value'],
    ['manifest.version', '1.0'],
    ['oneroster.version', version === 'v1p1' ? '1.1' : '1.2'],
    ...files.map((file) => [`file.${file}`, mode]),
    ...(mode === 'delta' ? [['rostergate.rows', 'whole']] : []),
    ['source.systemName', 'OneRoster REST'],
  ];
}

type Found = ReadonlyMap<string, PulledCollection | null | undefined>;

/** What later changes are asked by; null where records have no times. */
function timesOf(found: Found): PullFacts['collections'] {
  const collections: Record<string, PulledCollection | null> = {};
  for (const [name, times] of found) {
    if (times === undefined) return null;
    collections[name] = times;
  }
  return collections;
}

async function readAll(deps: ReadingDeps, wanted: readonly string[], shelf: RowShelf): Promise<Result<Found>> {
  const { client, target, since, marginMs, options } = deps;
  const { url, version, pageSize } = target;
  const { maxBytes, signal, onProgress } = options;
  const begun = Date.now();
  let serverTime: number | undefined;
  let [records, bytes] = [0, 0];
  const seen = new Map<string, Times>();
  for (const name of wanted) {
    const times = makeTimes(name, since === null ? undefined : (since[name] ?? null));
    seen.set(name, times);
    const take = async (items: readonly Item[], { body, headers }: OutboundAnswer): Promise<Result<void>> => {
      if (signal.aborted) return failed('busy', 'The gateway is stopping.');
      serverTime ??= Date.parse(headers.date ?? '') || begun;
      bytes += body.length;
      if (bytes > maxBytes) {
        return failed(
          'too-large',
          `The server’s answers are larger than ${maxBytes} bytes (setting MAX_IMPORT_BYTES).`,
        );
      }
      const proven = times.take(items);
      if (!proven.ok) return proven;
      for (const item of items) {
        records += 1;
        // Without an id, rows are told of by the reader as those of files are.
        const owner = idOf(item) ?? `#${records}`;
        if (since === null) {
          // What is gone is not in a bulk file, which removes what it does not have.
          await shelf.add(name, owner, isGone(item) ? [] : rowsOf(name, version, item));
        } else {
          const at = times.of(item);
          const stamp = { status: 'active', dateLastModified: at } as const;
          await shelf.add(name, owner, isGone(item) ? [goneRow(name, item, at)] : rowsOf(name, version, item, stamp));
        }
      }
      onProgress(records);
      return ok(undefined);
    };
    const read = await readCollection({ client, url, name, pageSize, filter: times.filter, take });
    if (!read.ok) return read;
    const whole = times.check();
    if (!whole.ok) return whole;
  }
  const time = { serverTime: serverTime ?? begun, tookMs: Date.now() - begun, marginMs };
  return ok(new Map([...seen].map(([name, times]) => [name, times.end(time)])));
}

function isGone({ status }: Item): boolean {
  return typeof status === 'string' && ['tobedeleted', 'inactive'].includes(status.toLowerCase());
}
