import { failed, ok, type Result } from '../../base/result.ts';
import type { SftpPullSettings } from '../../sync/index.ts';
import { isWanted } from '../folder/names.ts';
import type { Remote, RemoteStats } from './remote.ts';

/** A file of the server. */
export interface RemoteFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** Seconds since 1970. */
  readonly mtime: number;
}

/** What lies at a feed's place: its files, and the names of all that lies there. */
export interface Lying {
  readonly files: readonly RemoteFile[];
  readonly names: ReadonlySet<string>;
}

/** Names that one look goes through, and files of the feed among them. */
const mostNames = 10_000;
const mostFiles = 1_000;

/** The feed's files on the server, the oldest first, whole or not. Throws `RemoteFailed`. */
export async function findFiles(
  remote: Remote,
  { path, pattern, whole, markerSuffix }: SftpPullSettings,
): Promise<Result<Lying>> {
  if (pattern === null) return findOne(remote, path, whole === 'marker' ? path + markerSuffix : undefined);
  const listed = await remote.list(path, mostNames);
  const most = (count: number) =>
    failed('too-large', `The folder holds more than ${count}; have them moved or deleted (sftpPull.after).`, {
      field: 'sftpPull.path',
    });
  if (listed === undefined) return most(mostNames);
  const files = listed.flatMap(([name, stats]) =>
    stats.kind === 'file' && isWanted({ pattern, whole, markerSuffix }, name)
      ? [fileOf(name, `${path.replace(/\/+$/, '')}/${name}`, stats)]
      : [],
  );
  if (files.length > mostFiles) return most(mostFiles);
  files.sort((a, b) => a.mtime - b.mtime || (a.name < b.name ? -1 : 1));
  return ok({ files, names: new Set(listed.map(([name]) => name)) });
}

async function findOne(remote: Remote, path: string, marker: string | undefined): Promise<Result<Lying>> {
  const stats = await remote.stat(path);
  if (stats === undefined) return ok({ files: [], names: new Set() });
  if (stats.kind !== 'file') {
    return failed('conflict', 'The path is a folder; set sftpPull.pattern to the names of its files.', {
      field: 'sftpPull.pattern',
    });
  }
  const hasMarker = marker !== undefined && (await remote.stat(marker)) !== undefined;
  return ok({ files: [fileOf(nameOf(path), path, stats)], names: new Set(hasMarker ? [nameOf(marker)] : []) });
}

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

function fileOf(name: string, path: string, { bytes, mtime }: RemoteStats): RemoteFile {
  return { name, path, bytes, mtime };
}

/** Whether a file is still as it was seen. */
export function isStill({ bytes, mtime }: RemoteFile, now: RemoteStats | undefined): boolean {
  return now?.kind === 'file' && now.bytes === bytes && now.mtime === mtime;
}
