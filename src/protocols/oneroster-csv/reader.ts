import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type FeedItem, type FeedReader, type Scope, UnreadableFile } from '../../sync/index.ts';
import { ZipError, type ZipLimits, zipLimits } from '../../wire/index.ts';
import type { RosterFile } from './columns.ts';
import { type Intake, makeIntake } from './intake.ts';
import { type OneRosterPackage, openPackage, type PackagedCsv, putAside } from './package.ts';
import { readPersons } from './persons/read-persons.ts';
import { makeRecordRows, type RecordFile } from './records.ts';
import { rowsBelowHeader, unreadableIn } from './rows.ts';

/** How the reader may be set up. */
export interface CsvReaderSettings {
  /** What a package may hold. */
  readonly limits?: ZipLimits;
  /** Bytes of `roles.csv`, `userProfiles.csv` and `demographics.csv` that are held in memory to be joined to users. */
  readonly joinBytes?: number;
}

const batchLength = 100;
const joinBytes = 32 * 1024 * 1024;

const scopes: Partial<Readonly<Record<RosterFile, Scope>>> = {
  orgs: 'org',
  academicSessions: 'session',
  courses: 'course',
  classes: 'class',
  users: 'person',
  enrollments: 'membership',
};

/**
 * Reads packages of OneRoster CSV 1.0, 1.1, 1.2 and 1.2.1 leniently: what exporters commonly bend is repaired and noted, a
 * row that cannot be used is rejected alone, and only a package that cannot be taken as a whole (damaged, dangerous, a
 * header without its required columns, mixed encodings) ends with {@link UnreadableFile}. What is missing from a bulk
 * file is removed; the mode of the run does not matter (decisions 4.1).
 */
export function makeOneRosterCsvReader(settings: CsvReaderSettings = {}): FeedReader {
  return {
    protocol: 'oneroster-csv',
    version: 'oneroster-csv/2',
    async *read(bytes, options) {
      const intake = makeIntake(options);
      const { items } = intake;
      await mkdir(options.workFolder, { recursive: true });
      const folder = await mkdtemp(join(options.workFolder, 'oneroster-'));
      let opened: OneRosterPackage | undefined;
      let at: PackagedCsv | undefined;
      try {
        const path = await putAside(bytes, folder, options.file);
        opened = await openPackage(path, settings.limits ?? zipLimits, intake);
        items.push({ kind: 'complete', scopes: completeIn(opened) });
        for (const file of ['orgs', 'academicSessions', 'courses', 'classes'] as const) {
          at = opened.files.get(file);
          yield* drained(readRecords(intake, opened, file), items);
        }
        at = opened.files.get('users');
        const held = settings.joinBytes ?? joinBytes;
        yield* drained(readPersons(intake, opened, { folder, joinBytes: held }), items);
        at = opened.files.get('enrollments');
        yield* drained(readRecords(intake, opened, 'enrollments'), items);
        if (items.length > 0) yield items.splice(0);
      } catch (error) {
        const refused = asUnreadable(error, at?.tally.name ?? options.file);
        if (refused === undefined) throw error;
        refuseRest(intake, opened, refused);
        if (items.length > 0) yield items.splice(0);
        throw refused;
      } finally {
        opened?.close();
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

function completeIn({ files }: OneRosterPackage): Scope[] {
  return [...files.values()].flatMap(({ file, mode }) => {
    const scope = scopes[file];
    return mode === 'bulk' && scope !== undefined ? [scope] : [];
  });
}

async function* readRecords(intake: Intake, pack: OneRosterPackage, file: RecordFile): AsyncGenerator<void> {
  const csv = pack.files.get(file);
  if (csv === undefined) return;
  yield* rowsBelowHeader(intake, csv, makeRecordRows(intake, csv, file, pack.version));
  intake.packaged(csv.tally, true, '');
}

async function* drained(turns: AsyncGenerator<void>, items: FeedItem[]): AsyncGenerator<FeedItem[]> {
  for await (const _ of turns) while (items.length >= batchLength) yield items.splice(0, batchLength);
}

function asUnreadable(thrown: unknown, file: string): UnreadableFile | undefined {
  const error = unreadableIn(file, thrown);
  if (error instanceof UnreadableFile) return error;
  if (error instanceof ZipError) {
    return new UnreadableFile(error.code, `${error.entry ?? file}: ${error.message}`, undefined, error.entry ?? file);
  }
  return undefined;
}

/** Nothing of a refused package is imported; certification logs name each of its files. */
function refuseRest(intake: Intake, pack: OneRosterPackage | undefined, refused: UnreadableFile): void {
  for (const { tally } of pack?.files.values() ?? []) {
    if (intake.isPackaged(tally.name)) continue;
    const comment = tally.name === refused.file ? refused.message : 'not imported, for the package was refused';
    intake.packaged(tally, false, comment);
  }
}
