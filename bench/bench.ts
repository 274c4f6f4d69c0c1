import { join } from 'node:path';
import { type ChildPlace, startChild } from './child-process.ts';
import { connect, serverTimes } from './children/databases.ts';
import { importRoster } from './first-import.ts';
import type { Bench, Imported } from './measure.ts';
import { writeRosterFile } from './roster-file.ts';
import type { Later, RosterSize } from './roster-xml.ts';

/** What a bench is made from. */
export interface BenchSettings {
  readonly scale: number;
  readonly uri: string;
  readonly place: ChildPlace;
  say(line: string): void;
}

/** Makes what measures work with. */
export function makeBench({ scale, uri, place, say }: BenchSettings): Bench & { close(): Promise<void> } {
  const files = new Map<string, { path: string; bytes: number; records: number }>();
  const client = connect(uri);
  let databases = 0;
  let imported: Promise<Imported> | undefined;

  const bench: Bench = {
    scale,
    uri,
    folder: place.folder,
    say,
    freshDatabase() {
      databases += 1;
      return `bench${databases}`;
    },
    async dropDatabase(name) {
      await (await client).db(name).dropDatabase();
    },
    serverTimes: async (name) => serverTimes(await client, name),
    rosterFile(size: RosterSize, later?: Later) {
      const suffix = later === undefined ? '' : `-${later.sent.replaceAll(':', '')}-${later.changed}`;
      const name = `${size.persons}-${size.groups}-${size.memberships}${suffix}.xml`;
      const there = files.get(name);
      if (there !== undefined) return there;
      const path = join(place.folder, name);
      const records = size.persons + size.groups + size.memberships;
      const file = { path, bytes: writeRosterFile(path, size, later), records };
      files.set(name, file);
      return file;
    },
    start: (role, options) => startChild(place, role, options),
    imported() {
      imported ??= importRoster(bench);
      return imported;
    },
  };
  return { ...bench, close: async () => (await client).close() };
}
