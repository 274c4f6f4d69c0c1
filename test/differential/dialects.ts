import type { Feed } from '../../src/sync/index.ts';
import { enterpriseXml } from './enterprise-xml.ts';
import { oneRosterZip } from './oneroster-zip.ts';
import type { RandomGroup, RandomRoster } from './random-roster.ts';

/** A way to write a random roster as the file of a feed. */
export interface Dialect {
  readonly protocol: Feed['protocol'];
  /** Name of the file. */
  readonly name: string;
  readonly kinds: readonly RandomGroup['kind'][];
  readonly joined: readonly RandomGroup['kind'][];
  fileOf(roster: RandomRoster, stamp: string): Promise<Uint8Array>;
}

/** The dialects in which random rosters are tried. */
export const dialects: readonly Dialect[] = [
  {
    protocol: 'ims-enterprise-xml',
    name: 'roster.xml',
    kinds: ['class', 'school', 'course', 'class'],
    joined: ['class', 'school', 'course'],
    fileOf: async (roster, stamp) => Buffer.from(enterpriseXml(roster, stamp)),
  },
  {
    protocol: 'oneroster-csv',
    name: 'roster.zip',
    kinds: ['class', 'school', 'class'],
    joined: ['class'],
    fileOf: oneRosterZip,
  },
];
