import { fieldsOf } from '../../wire/index.ts';
import type { CsvVersion } from './columns.ts';
import { firstRows } from './rows.ts';

/** How a file of a package is meant: all there is, or changes. */
export type FileMode = 'bulk' | 'delta';

/** What `manifest.csv` says (OneRoster CSV 1.2, section 2 "Manifest"). */
export interface Manifest {
  /** Undefined where `oneroster.version` is missing or unknown. */
  readonly version: CsvVersion | undefined;
  /** By the file's name without ending, in lower case; `absent` is kept, other words are left out. */
  readonly modes: ReadonlyMap<string, FileMode | 'absent'>;
  /** Names of files with the spelling of the manifest, for problems. */
  readonly names: ReadonlyMap<string, string>;
  /** Whether rows of delta files say all about their records, so that what they leave out is cleared: `rostergate.rows` is `whole`. */
  readonly wholeRows: boolean;
  readonly rows: number;
}

const mostRows = 200;

/** The gateway's own line of a manifest that sets {@link Manifest.wholeRows}; other readers pass over it. */
const wholeRowsProperty = ['rostergate.rows', 'whole'] as const;

/** Reads the manifest leniently: case, blanks and a star behind a name do not matter. */
export async function readManifest(bytes: AsyncIterable<Uint8Array>): Promise<Manifest> {
  const modes = new Map<string, FileMode | 'absent'>();
  const names = new Map<string, string>();
  let version: CsvVersion | undefined;
  let rows = 0;
  let wholeRows = false;
  for (const { text } of await firstRows(bytes, mostRows)) {
    const [property = '', value = ''] = (fieldsOf(text) ?? []).map((field) => field.trim());
    const name = property.replace(/\*$/, '');
    if (name.toLowerCase() === 'propertyname') continue;
    rows += 1;
    const word = value.toLowerCase();
    if (name.toLowerCase() === 'oneroster.version') {
      version =
        word === '1.2.1' ? '1.2.1' : word.startsWith('1.2') ? '1.2' : word.startsWith('1.1') ? '1.1' : undefined;
    }
    if (name.toLowerCase() === wholeRowsProperty[0]) wholeRows = word === wholeRowsProperty[1];
    const file = /^file\.(.+)$/i.exec(name)?.[1];
    if (file === undefined) continue;
    names.set(file.toLowerCase(), file);
    if (word === 'bulk' || word === 'delta' || word === 'absent') modes.set(file.toLowerCase(), word);
  }
  return { version, modes, names, wholeRows, rows };
}
