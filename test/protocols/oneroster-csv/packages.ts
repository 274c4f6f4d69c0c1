import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ZipFile } from 'yazl';
import { columnsOf, type RosterFile } from '../../../src/protocols/oneroster-csv/columns.ts';
import { type CsvReaderSettings, makeOneRosterCsvReader } from '../../../src/protocols/oneroster-csv/index.ts';
import { type FeedItem, UnreadableFile } from '../../../src/sync/index.ts';

/** Folder of the sample packages of other systems. */
export const sampleFolder = new URL('../../../../shared/samples/oneroster/', import.meta.url);
/** Whether they are beside the project. */
export const samplesThere = existsSync(sampleFolder);
if (!samplesThere) {
  process.stderr.write('The OneRoster samples are not beside the project; their tests are skipped.\n');
}

/** Packs files into a zip. */
export async function zipOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(files)) {
    zip.addBuffer(Buffer.from(content as string), name, { mtime: new Date(0) });
  }
  zip.end();
  const parts: Buffer[] = [];
  for await (const part of zip.outputStream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** A sample package: a zip as it is, a folder packed. */
export async function sample(name: string): Promise<Buffer> {
  const url = new URL(name, sampleFolder);
  if (name.endsWith('.zip')) return readFileSync(url);
  const files = readdirSync(url).filter((file) => file.endsWith('.csv'));
  return zipOf(Object.fromEntries(files.map((file) => [file, readFileSync(new URL(`${name}/${file}`, sampleFolder))])));
}

/** A manifest that says one mode for each file. */
export const manifest = (modes: Readonly<Record<string, string>>, version = '1.2') =>
  `propertyName,value\nmanifest.version,1.0\noneroster.version,${version}\n${Object.entries(modes)
    .map(([file, mode]) => `file.${file},${mode}\n`)
    .join('')}`;

/** The header of a file of OneRoster 1.2.1, as the binding has it. */
export const header = (file: RosterFile) =>
  `${columnsOf(file, '1.2.1')
    .map(({ name }) => name)
    .join(',')}\n`;

/** A package of files by their rows, all of one mode. */
export function packageOf(
  mode: 'bulk' | 'delta',
  files: Readonly<Partial<Record<RosterFile, readonly string[]>>>,
): Promise<Buffer> {
  const named = Object.entries(files) as [RosterFile, readonly string[]][];
  return zipOf({
    'manifest.csv': manifest(Object.fromEntries(named.map(([name]) => [name, mode]))),
    ...Object.fromEntries(named.map(([name, rows]) => [`${name}.csv`, `${header(name)}${rows.join('\n')}\n`])),
  });
}

/** What reading a package gave. */
export interface Read {
  readonly items: readonly FeedItem[];
  readonly error: UnreadableFile | undefined;
  /** Files that are left in the work folder. */
  readonly leftOver: readonly string[];
  /** Hashes of the records that stand after this reading: those given, and those known. */
  readonly hashes: ReadonlySet<string>;
}

/** Reads a package with the reader alone; `known` are hashes of an earlier reading. */
export async function readPackage(
  bytes: Uint8Array,
  options: { settings?: CsvReaderSettings; known?: ReadonlySet<string>; chunk?: number; file?: string } = {},
): Promise<Read> {
  const workFolder = await mkdtemp(join(tmpdir(), 'rostergate-csv-'));
  const items: FeedItem[] = [];
  const hashes = new Set<string>();
  let last = '';
  const seeds: string[] = [];
  const source = (async function* () {
    const chunk = options.chunk ?? 65_536;
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
  })();
  let error: UnreadableFile | undefined;
  try {
    const reader = makeOneRosterCsvReader(options.settings);
    const batches = reader.read(source, {
      file: options.file ?? 'package.zip',
      namespace: 'default',
      sourceInKey: false,
      timeZone: 'UTC',
      mode: 'changes',
      workFolder,
      fingerprints: {
        container: (key) => BigInt(seeds.push(key) - 1),
        known(type, seed, row, from, to) {
          const text = Buffer.from(row.subarray(from, to));
          last = createHash('sha256')
            .update(`${type}|${seeds[Number(seed)]}|`)
            .update(text)
            .digest('hex')
            .slice(0, 16);
          const known = options.known?.has(last) === true;
          if (known) hashes.add(last);
          return known;
        },
        hash: () => last,
      },
    });
    for await (const batch of batches) {
      items.push(...batch);
      for (const item of batch) if (item.kind === 'record') hashes.add(item.hash);
    }
  } catch (thrown) {
    if (!(thrown instanceof UnreadableFile)) throw thrown;
    error = thrown;
  }
  const leftOver = await readdir(workFolder);
  await rm(workFolder, { recursive: true });
  return { items, error, leftOver, hashes };
}

type Item<K extends FeedItem['kind']> = Extract<FeedItem, { kind: K }>;

/** The items of one kind. */
export const only = <K extends FeedItem['kind']>({ items }: Read, kind: K): Item<K>[] =>
  items.filter((item): item is Item<K> => item.kind === kind);

/** Kinds of notices with the file and line of the first of each. */
export function notices(read: Read): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { notice, file, line } of only(read, 'notice')) found[notice] ??= `${file ?? ''}:${line}`;
  return found;
}
