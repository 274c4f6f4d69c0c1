import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seriesOf } from './program.ts';

/** What a data folder remembers of the server that wrote it (decisions 5.4). */
export interface DataVersion {
  /** Version of the last program that ran on it. */
  readonly program: string;
  /** MongoDB's feature compatibility version of the files, such as `8.0`. */
  readonly compatibility: string;
}

const fileOf = (dataDir: string) => join(dataDir, 'db-version.json');

/** Reads the version file of a data folder; undefined when there is none or it is unreadable (MongoDB then judges by itself). */
export async function readDataVersion(dataDir: string): Promise<DataVersion | undefined> {
  const text = await readFile(fileOf(dataDir), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { program, compatibility } = value as { program?: unknown; compatibility?: unknown };
    return typeof program === 'string' && typeof compatibility === 'string' ? { program, compatibility } : undefined;
  } catch {
    return undefined;
  }
}

/** Writes the version file of a data folder, whole or not at all. */
export async function writeDataVersion(dataDir: string, version: DataVersion): Promise<void> {
  const temporary = `${fileOf(dataDir)}.${process.pid}.tmp`;
  await writeFile(temporary, `${JSON.stringify(version)}\n`, { mode: 0o600 });
  await rename(temporary, fileOf(dataDir));
}

/**
 * How a program stands to data: `same` series, `newer` by one major version at most (MongoDB can open the data and
 * raise it), or `unfit`: older than the data, or newer by more than one major version.
 */
export function fitness(program: string, compatibility: string): 'same' | 'newer' | 'unfit' {
  const [programMajor, programMinor] = seriesOf(program);
  const [dataMajor, dataMinor] = seriesOf(compatibility);
  if (programMajor === dataMajor && programMinor === dataMinor) return 'same';
  const older = programMajor < dataMajor || (programMajor === dataMajor && programMinor < dataMinor);
  return older || programMajor > dataMajor + 1 ? 'unfit' : 'newer';
}
