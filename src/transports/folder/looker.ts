import type { BigIntStats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { failed, ok } from '../../base/result.ts';
import type { FolderSettings } from '../../sync/index.ts';
import type { Arrival, Looker } from '../types.ts';
import { isWanted } from './names.ts';
import { folderOf } from './place.ts';
import { openFile } from './read.ts';
import { takeAway } from './take-away.ts';
import { versionOf } from './version.ts';

/** What the watched folders need. */
export interface FolderDeps {
  /** Folders that the operator has opened; each has one folder a tenant. */
  readonly roots: readonly string[];
  readonly clock: Clock;
}

/** Names that one look goes through, and files that it gives: the oldest, the others once these are moved or deleted. */
const mostNames = 10_000;
const mostFiles = 100;
/** Files that may be kept where they lie: those that were taken are seen at each look, before the new ones. */
const mostKept = 1_000;

/** A file of the folder that could be taken. */
interface Lying {
  readonly name: string;
  readonly stats: BigIntStats;
  readonly version: string;
}

/** Makes the {@link Looker} of watched folders. */
export function makeFolderLooker({ roots, clock }: FolderDeps): Looker {
  // What lay there at the look before, by feed: since when it is as it is.
  const seen = new Map<string, ReadonlyMap<string, number>>();
  // What could not be moved after it was taken, by feed: it must not stand before what is new.
  const stuck = new Map<string, Set<string>>();

  /** Whether nothing was written to a file for some time: by the file's own times, or as it was at an earlier look. */
  function isSettled({ stats }: Lying, since: number, { settleSeconds }: FolderSettings): boolean {
    const now = clock.now().getTime();
    const written = Math.max(Number(stats.mtimeNs), Number(stats.ctimeNs)) / 1e6;
    return now - Math.min(since, written) >= settleSeconds * 1000;
  }

  return {
    kind: 'folder',

    async look({ tenant, feed: feedName }, feed, signal) {
      const settings = feed.folder;
      if (settings === null) return failed('conflict', 'The feed has no setting folder.', { field: 'folder' });
      const folder = await folderOf(roots, tenant, settings.path);
      if (!folder.ok) return folder;
      const names = await namesIn(folder.value);
      if (names === undefined) return failed('conflict', 'The gateway may not read the folder.');
      if (names.length > mostNames) {
        return failed(
          'too-large',
          `The folder holds more than ${mostNames} files; take out what is no file of the feed.`,
        );
      }
      const there = new Set(names);
      const lying: Lying[] = [];
      for (const name of names.filter((one) => isWanted(settings, one))) {
        signal.throwIfAborted();
        const stats = await lstat(join(folder.value, name), { bigint: true }).catch(() => undefined);
        // A link is no file; a file of two names is still being put there, or is somebody else's.
        if (stats?.isFile() !== true || stats.nlink !== 1n) continue;
        lying.push({ name, stats, version: versionOf(stats) });
      }
      const key = `${tenant}/${feedName}`;
      const before = seen.get(key);
      const now = clock.now().getTime();
      const since = new Map(lying.map((file) => [idOf(file), before?.get(idOf(file)) ?? now]));
      seen.set(key, since);
      const stays = new Set([...(stuck.get(key) ?? [])].filter((id) => since.has(id)));
      stuck.set(key, stays);
      const whole = lying.filter((file) => {
        if (settings.whole === 'marker') return there.has(file.name + settings.markerSuffix);
        return settings.whole === 'rename' || isSettled(file, since.get(idOf(file)) ?? now, settings);
      });
      const isLast = (file: Lying) => Number(stays.has(idOf(file)));
      whole.sort(
        (a, b) => isLast(a) - isLast(b) || Number(a.stats.mtimeNs - b.stats.mtimeNs) || (a.name < b.name ? -1 : 1),
      );
      const isKept = settings.after === 'keep';
      if (isKept && whole.length > mostKept) {
        const text = `More than ${mostKept} files of the feed lie in the folder; have them moved or deleted (folder.after).`;
        return failed('too-large', text, { field: 'folder.after' });
      }
      return ok(
        whole.slice(0, isKept ? mostKept : mostFiles).map((file) => arrivalOf(folder.value, file, settings, stays)),
      );
    },
  };

  function arrivalOf(folder: string, lying: Lying, settings: FolderSettings, stays: Set<string>): Arrival {
    const { name, stats, version } = lying;
    return {
      name,
      version,
      bytes: Number(stats.size),
      open: (signal) => openFile(folder, name, version, signal),
      async settle(outcome) {
        const file = { folder, name, version };
        const isAway = await takeAway(file, outcome === 'taken' ? 'done' : 'failed', settings, clock);
        if (!isAway) stays.add(idOf(lying));
      },
    };
  }
}

const idOf = ({ name, version }: Lying) => `${name}\0${version}`;

async function namesIn(folder: string): Promise<string[] | undefined> {
  try {
    return await readdir(folder);
  } catch {
    return undefined;
  }
}
