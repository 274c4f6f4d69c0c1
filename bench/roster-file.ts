import { closeSync, openSync, writeSync } from 'node:fs';
import { type Later, type RosterSize, rosterXml } from './roster-xml.ts';

/** Writes a roster to a file piece by piece; answers its bytes. */
export function writeRosterFile(path: string, size: RosterSize, later?: Later): number {
  const file = openSync(path, 'w');
  let bytes = 0;
  let waiting: string[] = [];
  const flush = () => {
    bytes += writeSync(file, waiting.join(''));
    waiting = [];
  };
  for (const text of rosterXml(size, later)) {
    waiting.push(text);
    if (waiting.length >= 2000) flush();
  }
  flush();
  closeSync(file);
  return bytes;
}

/** A roster so many times as large; of 100 persons at least, or members of a class come twice. */
export function scaled({ persons, groups, memberships }: RosterSize, factor: number): RosterSize {
  const size = { persons: Math.round(persons * factor), memberships: Math.round(memberships * factor) };
  // A class holds nobody twice, so that a small roster needs more classes for its memberships.
  const fewest = 1 + Math.ceil((2 * memberships) / persons);
  return { ...size, groups: Math.max(fewest, Math.round(groups * factor)) };
}
