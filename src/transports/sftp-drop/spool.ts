import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FeedPlace } from '../types.ts';

/** A file of the spool. */
export interface SpoolFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** When it was written to last, in milliseconds since 1970. */
  readonly at: number;
}

/** A file that came whole and is to be taken in. */
export interface WholeFile extends SpoolFile {
  /** Tells it from all others. */
  readonly id: string;
}

/** Where files lie that come by SFTP, until they are taken in: two folders a feed, of files on their way and of whole ones. */
export interface Spool {
  /** The feeds that have a folder. */
  places(): Promise<readonly FeedPlace[]>;
  coming(place: FeedPlace): Promise<readonly SpoolFile[]>;
  whole(place: FeedPlace): Promise<readonly WholeFile[]>;
  /** Where a file on its way lies; its folder is there. */
  pathOf(place: FeedPlace, name: string): Promise<string>;
  find(place: FeedPlace, name: string): Promise<SpoolFile | undefined>;
  /** Gives a file on its way another name. */
  move(place: FeedPlace, from: string, to: string): Promise<void>;
  /** Puts a file that is whole now to those that are taken in. */
  finish(place: FeedPlace, file: SpoolFile): Promise<WholeFile>;
}

const idLength = 36;

/** Makes the {@link Spool} in a folder. */
export function makeSpool(root: string): Spool {
  const folderOf = ({ tenant, feed }: FeedPlace, part: 'coming' | 'whole') =>
    join(root, encoded(tenant), encoded(feed), part);

  async function made(place: FeedPlace, part: 'coming' | 'whole'): Promise<string> {
    const folder = folderOf(place, part);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  return {
    async places() {
      const found: FeedPlace[] = [];
      for (const tenant of await namesIn(root)) {
        for (const feed of await namesIn(join(root, tenant))) {
          found.push({ tenant: decoded(tenant), feed: decoded(feed) });
        }
      }
      return found;
    },
    coming: (place) => filesIn(folderOf(place, 'coming')),
    async whole(place) {
      const files = await filesIn(folderOf(place, 'whole'));
      return files
        .map((file) => ({ ...file, id: file.name.slice(0, idLength), name: file.name.slice(idLength + 1) }))
        .sort((one, other) => one.at - other.at);
    },
    pathOf: async (place, name) => join(await made(place, 'coming'), name),
    find: (place, name) => fileAt(join(folderOf(place, 'coming'), name), name),
    async move(place, from, to) {
      const folder = folderOf(place, 'coming');
      await rename(join(folder, from), join(folder, to));
    },
    async finish(place, { name, path, bytes, at }) {
      const id = randomUUID();
      const to = join(await made(place, 'whole'), `${id}~${name}`);
      await rename(path, to);
      return { id, name, path: to, bytes, at };
    },
  };
}

/** Removes a file, if it is there. */
export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
}

// Names of tenants and feeds are no names of folders: a feed may be called what a folder cannot.
const encoded = (text: string) => Buffer.from(text).toString('base64url');
const decoded = (text: string) => Buffer.from(text, 'base64url').toString();

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function filesIn(folder: string): Promise<readonly SpoolFile[]> {
  const found = await Promise.all((await namesIn(folder)).map((name) => fileAt(join(folder, name), name)));
  return found.filter((file) => file !== undefined);
}

async function fileAt(path: string, name: string): Promise<SpoolFile | undefined> {
  try {
    const { size, mtimeMs } = await stat(path);
    return { name, path, bytes: size, at: mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
