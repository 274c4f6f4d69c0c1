import { type ZipEntry, ZipError } from '../../wire/index.ts';
import { type OtherFile, otherFiles, type RosterFile, rosterFiles } from './columns.ts';
import type { Note } from './note.ts';

/** The files of a package by what they are. */
export interface Named {
  readonly manifest: ZipEntry | undefined;
  readonly roster: ReadonlyMap<RosterFile, ZipEntry>;
  readonly other: ReadonlyMap<OtherFile, ZipEntry>;
  readonly unknown: readonly ZipEntry[];
}

/** What an archiver of some system leaves in a package. */
const isLitter = (name: string) =>
  name.startsWith('__MACOSX/') ||
  name.split('/').some((part) => part.startsWith('.')) ||
  /(^|\/)thumbs\.db$/i.test(name);

/**
 * Tells the files of a package apart by name (OneRoster CSV 1.2: files at the root, named as the standard has it). Another
 * case and one folder around all of them are noted; deeper paths throw a {@link ZipError}.
 */
export function nameFiles(entries: readonly ZipEntry[], note: (file: string) => Note): Named {
  const files = entries.filter(({ name }) => !isLitter(name));
  const top = files[0]?.name.split('/').length === 2 ? files[0].name.split('/')[0] : undefined;
  const folder = top !== undefined && files.every(({ name }) => name.startsWith(`${top}/`)) ? `${top}/` : '';
  if (folder !== '')
    note('')('repair.file-name', `the files stand in the folder "${folder.slice(0, 64)}", not at the root`);
  const roster = new Map<RosterFile, ZipEntry>();
  const other = new Map<OtherFile, ZipEntry>();
  const unknown: ZipEntry[] = [];
  let manifest: ZipEntry | undefined;
  for (const entry of files) {
    const name = entry.name.slice(folder.length);
    if (name.includes('/')) {
      throw new ZipError('forbidden-input', 'files of a package must stand at its root, not in folders', entry.name);
    }
    const lower = name.toLowerCase();
    const stem = lower.endsWith('.csv') ? lower.slice(0, -'.csv'.length) : '';
    const file = rosterFiles.find((one) => one.toLowerCase() === stem);
    const spare = otherFiles.find((one) => one.toLowerCase() === stem);
    const known = stem === 'manifest' ? 'manifest' : (file ?? spare);
    if (known === undefined) unknown.push(entry);
    else if (name !== `${known}.csv`) note(name)('repair.file-name', `${name} is read as ${known}.csv`);
    if (stem === 'manifest') manifest = entry;
    else if (file !== undefined) roster.set(file, entry);
    else if (spare !== undefined) other.set(spare, entry);
  }
  return { manifest, roster, other, unknown };
}
