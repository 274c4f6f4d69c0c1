import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UnreadableFile } from '../../sync/index.ts';
import { fieldsOf, openZip, type ZipEntry, type ZipLimits, type ZipPackage } from '../../wire/index.ts';
import { type CsvVersion, type RosterFile, rosterFiles } from './columns.ts';
import { headerCells, type Layout, readHeader } from './header.ts';
import type { FileTally, Intake } from './intake.ts';
import { type FileMode, type Manifest, readManifest } from './manifest.ts';
import type { Note } from './note.ts';
import { type Named, nameFiles } from './package-files.ts';
import { firstRows } from './rows.ts';

/** A CSV file of a package, ready to be read. */
export interface PackagedCsv {
  readonly file: RosterFile;
  readonly mode: FileMode;
  /** Whether a row says all about its record: always in bulk files, in delta files if the manifest says so. */
  readonly whole: boolean;
  readonly layout: Layout;
  readonly tally: FileTally;
  /** What its rows' meaning depends on besides their bytes: name, mode, version and header (decisions 4.2). */
  readonly container: string;
  /** Unpacked size. */
  readonly bytes: number;
  read(): AsyncGenerator<Uint8Array>;
}

/** An open package of OneRoster CSV. */
export interface OneRosterPackage {
  readonly version: CsvVersion;
  readonly files: ReadonlyMap<RosterFile, PackagedCsv>;
  close(): void;
}

/** Writes the bytes of a package to a file, for a zip is read from its end. */
export async function putAside(bytes: AsyncIterable<Uint8Array>, folder: string, name: string): Promise<string> {
  const path = join(folder, 'package.zip');
  let head = Buffer.alloc(0);
  const checked = async function* () {
    for await (const chunk of bytes) {
      if (head.length < 4) {
        head = Buffer.concat([head, chunk.subarray(0, 4)]);
        if (head.length >= 4) checkZip(head, name);
      }
      yield chunk;
    }
    checkZip(head, name);
  };
  await pipeline(Readable.from(checked()), createWriteStream(path));
  return path;
}

function checkZip(head: Buffer, name: string): void {
  if (head.length >= 4 && head[0] === 0x50 && head[1] === 0x4b && (head[2] ?? 0) < 9) return;
  throw new UnreadableFile(
    'unreadable-input',
    `${name} is no zip package. OneRoster CSV comes as one zip with manifest.csv and its CSV files at the root.`,
  );
}

/**
 * Opens a package: names, manifest and the headers of all files are looked at before any record, so that one that cannot
 * be used is refused as a whole. Throws `UnreadableFile`, `ZipError` or `CsvError`.
 */
export async function openPackage(path: string, limits: ZipLimits, intake: Intake): Promise<OneRosterPackage> {
  const zip = await openZip(path, limits);
  try {
    const named = nameFiles(zip.entries, (file) => noteOn(intake, file));
    const manifest = named.manifest === undefined ? undefined : await manifestOf(zip, named.manifest, intake);
    refuseEmpty(named, intake.options.file);
    noteIgnored(named, intake);
    const version = versionOf(manifest, named, intake);
    if (manifest !== undefined) noteAbsent(manifest, named, intake);
    const files = await openFiles(zip, named, manifest, version, intake);
    return { version, files, close: () => zip.close() };
  } catch (error) {
    zip.close();
    throw error;
  }
}

function noteOn(intake: Intake, file: string): Note {
  return (notice, text, field) => intake.notice({ notice, text, file, line: 1, field });
}

async function manifestOf(zip: ZipPackage, entry: ZipEntry, intake: Intake): Promise<Manifest> {
  const manifest = await readManifest(zip.read(entry));
  intake.packaged({ name: entry.name, records: manifest.rows, rejected: 0 }, true, '');
  return manifest;
}

function refuseEmpty({ manifest, roster, other }: Named, name: string): void {
  if (manifest !== undefined || roster.size > 0 || other.size > 0) return;
  throw new UnreadableFile('unreadable-input', `${name} holds none of the CSV files of OneRoster at its root.`);
}

function noteIgnored({ other, unknown }: Named, intake: Intake): void {
  const ignore = (name: string, text: string) => {
    intake.notice({ notice: 'warning.file-ignored', text, file: name, line: 1 });
    intake.packaged({ name, records: 0, rejected: 0 }, false, '');
  };
  const text = 'files of gradebook and resources are not read; they can be written by OneRoster REST';
  for (const { name } of other.values()) ignore(name, text);
  for (const { name } of unknown) ignore(name, 'this is no file of the standard; it is not read');
}

function versionOf(manifest: Manifest | undefined, { roster }: Named, intake: Intake): CsvVersion {
  const split = roster.has('roles') || roster.has('userProfiles');
  const note = noteOn(intake, manifest === undefined ? '' : 'manifest.csv');
  if (manifest === undefined) {
    if (!split) return '1.0';
    note(
      'warning.manifest-mismatch',
      'there is no manifest.csv, but there are files of OneRoster 1.2; read as 1.2, bulk',
    );
    return '1.2';
  }
  const version = manifest.version ?? (split ? '1.2' : '1.1');
  if (manifest.version === undefined) {
    note('warning.manifest-mismatch', `oneroster.version is missing or unknown; the package is read as ${version}`);
  }
  if (version === '1.1' && roster.has('roles')) {
    note('warning.manifest-mismatch', 'the manifest says 1.1, but there are files of OneRoster 1.2; read as 1.2');
    return '1.2';
  }
  return version;
}

function noteAbsent(manifest: Manifest, { roster, other }: Named, intake: Intake): void {
  const present = new Set([...roster.keys(), ...other.keys()].map((file) => file.toLowerCase()));
  for (const [file, mode] of manifest.modes) {
    if (mode === 'absent' || present.has(file)) continue;
    noteOn(intake, 'manifest.csv')(
      'warning.manifest-mismatch',
      `the manifest says ${mode} for ${manifest.names.get(file) ?? file}.csv, which is not in the package`,
    );
  }
}

/** Opens the roster's files; those whose header cannot be used refuse the package, all named at once. */
async function openFiles(
  zip: ZipPackage,
  named: Named,
  manifest: Manifest | undefined,
  version: CsvVersion,
  intake: Intake,
): Promise<Map<RosterFile, PackagedCsv>> {
  const files = new Map<RosterFile, PackagedCsv>();
  const faults: { name: string; fault: string }[] = [];
  for (const file of rosterFiles) {
    const entry = named.roster.get(file);
    if (entry === undefined) continue;
    const said = manifest === undefined ? 'bulk' : manifest.modes.get(file.toLowerCase());
    const declared = said === 'bulk' || said === 'delta';
    const mode = declared ? said : 'delta';
    const whole = mode === 'bulk' || (declared && manifest?.wholeRows === true);
    const opened = await openFile(zip, entry, { file, mode, whole }, version, intake);
    if ('fault' in opened && declared) faults.push({ name: entry.name, fault: opened.fault });
    else if ('fault' in opened) {
      const text = `${opened.fault}; the manifest does not announce the file, so it is not read`;
      intake.notice({ notice: 'warning.file-ignored', text, file: entry.name, line: 1 });
      intake.packaged({ name: entry.name, records: 0, rejected: 0 }, false, '');
    } else {
      if (!declared) noteUnannounced(entry.name, intake);
      files.set(file, opened);
    }
  }
  const [first] = faults;
  if (first === undefined) return files;
  for (const { name, fault } of faults) intake.packaged({ name, records: 0, rejected: 0 }, false, fault);
  const text = faults.map(({ name, fault }) => `${name}: ${fault}`).join('; ');
  throw new UnreadableFile('unreadable-input', `The package is not imported: ${text}.`, 1, first.name);
}

function noteUnannounced(name: string, intake: Intake): void {
  noteOn(intake, name)(
    'warning.manifest-mismatch',
    'the manifest does not say bulk or delta for this file; it is read as delta, so nothing is removed for being absent',
  );
}

async function openFile(
  zip: ZipPackage,
  entry: ZipEntry,
  { file, mode, whole }: Pick<PackagedCsv, 'file' | 'mode' | 'whole'>,
  version: CsvVersion,
  intake: Intake,
): Promise<PackagedCsv | { readonly fault: string }> {
  const { name, bytes } = entry;
  const [head, first] = await firstRows(zip.read(entry), 2);
  if (head === undefined) return { fault: 'the file is empty' };
  const note = noteOn(intake, name);
  const header = headerCells(head.text, note);
  if ('fault' in header) return header;
  const layout = readHeader(file, version, header, note);
  if ('fault' in layout) return layout;
  const status = layout.places.get('status');
  const filled = first !== undefined && status !== undefined && (fieldsOf(first.text)?.[status] ?? '').trim() !== '';
  if (first !== undefined && filled !== (mode === 'delta')) noteMode(name, mode, intake);
  const meaning = mode === 'delta' && whole ? 'delta of whole rows' : mode;
  const container = `${file}.csv ${meaning} ${version}\n${layout.cells.join('\n')}`;
  const tally = { name, records: 0, rejected: 0, ...(mode === 'bulk' && { whole: { of: file, bytes } }) };
  return { file, mode, whole, layout, tally, container, bytes, read: () => zip.read(entry) };
}

/** Data that contradict the mode (decisions 4.1), by the first record. */
function noteMode(name: string, mode: FileMode, intake: Intake): void {
  const text =
    mode === 'bulk'
      ? 'the manifest says bulk and status is filled; the file is taken as bulk'
      : 'the manifest says delta and status is empty; such records are taken as active, and nothing is removed for being absent';
  intake.notice({ notice: 'warning.mode-mismatch', text, file: name, line: 2 });
}
