import type { RowHandler } from '../../../wire/index.ts';
import type { RosterFile } from '../columns.ts';
import type { Intake } from '../intake.ts';
import type { OneRosterPackage, PackagedCsv } from '../package.ts';
import { idBytes } from '../row-reader.ts';
import { rowsBelowHeader } from '../rows.ts';
import { makePartitions } from './partitions.ts';
import { makePersonReader, type PersonReader, type Side, type SideFile, sideFiles } from './person-reader.ts';
import { makeSideIndex, type SideIndex, type SideRow } from './side-index.ts';

/** What reading persons needs to know. */
export interface PersonsOptions {
  /** Folder for what must be put aside. */
  readonly folder: string;
  /** Bytes of joined files that are held in memory; beyond, all rows are put aside by user first. */
  readonly joinBytes: number;
}

const personFiles: readonly RosterFile[] = ['users', 'roles', 'userProfiles', 'demographics'];

/**
 * Reads `users.csv` together with the files whose rows belong to users. Memory does not grow with the files: joined files
 * beyond `joinBytes` are first split by user into files of a few megabytes. One turn for each piece that was read.
 */
export async function* readPersons(
  intake: Intake,
  { files, version }: OneRosterPackage,
  { folder, joinBytes }: PersonsOptions,
): AsyncGenerator<void> {
  const users = files.get('users');
  const sides = (Object.keys(sideFiles) as SideFile[]).flatMap((file): Side[] => {
    const csv = files.get(file);
    return csv === undefined ? [] : [{ file, csv }];
  });
  if (users === undefined && sides.length === 0) return;
  const reader = makePersonReader(intake, users, sides, version);
  const bytes = sides.reduce((sum, { csv }) => sum + csv.bytes, 0);
  const inputs = { intake, users, sides, reader };
  if (bytes <= joinBytes) yield* joinInMemory(inputs, bytes);
  else yield* joinByPartition(inputs, folder, bytes + (users?.bytes ?? 0));
  for (const csv of personFiles.map((file) => files.get(file))) {
    if (csv !== undefined) intake.packaged(csv.tally, true, '');
  }
}

interface Inputs {
  readonly intake: Intake;
  readonly users: PackagedCsv | undefined;
  readonly sides: readonly Side[];
  readonly reader: PersonReader;
}

async function* joinInMemory({ intake, users, sides, reader }: Inputs, bytes: number): AsyncGenerator<void> {
  const index = makeSideIndex(bytes);
  for (const [file, { csv }] of sides.entries()) {
    yield* rowsBelowHeader(
      intake,
      csv,
      sideHandler(intake, sides, file, (user, row) => index.add(user, row)),
    );
  }
  if (users !== undefined) {
    yield* rowsBelowHeader(intake, users, (row, from, to, line, fault) => {
      const id = idBytes(users, 'sourcedId', row, from, to);
      reader.user({ bytes: row, from, to, line, fault }, id === undefined ? [] : index.take(id));
    });
  }
  yield* readLeft(index, reader);
}

async function* joinByPartition(inputs: Inputs, folder: string, bytes: number): AsyncGenerator<void> {
  const { intake, users, sides, reader } = inputs;
  const partitions = await makePartitions(folder, bytes);
  try {
    for (const [file, { csv }] of sides.entries()) {
      yield* rowsBelowHeader(
        intake,
        csv,
        sideHandler(intake, sides, file, (user, row) => partitions.add(user, row)),
      );
    }
    if (users !== undefined) {
      yield* rowsBelowHeader(intake, users, (row, from, to, line, fault) => {
        const id = idBytes(users, 'sourcedId', row, from, to);
        const user = { file: -1, bytes: row, from, to, line, fault };
        if (id === undefined || id.length > 65_535) reader.user(user, []);
        else partitions.add(id, user);
      });
    }
  } finally {
    partitions.finish();
  }
  for (let at = 0; at < partitions.count; at += 1) {
    const index = makeSideIndex(0);
    let read = 0;
    // Joined rows were put aside before users, so a user's are all there when it comes.
    for await (const { user, ...row } of partitions.rows(at)) {
      if (row.file >= 0) index.add(user, row);
      else reader.user(row, index.take(user));
      read += 1;
      if (read % 512 === 0) yield;
    }
    yield* readLeft(index, reader);
  }
}

function* readLeft(index: SideIndex, reader: PersonReader): Generator<void> {
  let read = 0;
  for (const { user, rows } of index.left()) {
    reader.alone(user, rows);
    read += 1;
    if (read % 512 === 0) yield;
  }
  yield;
}

/** Puts the rows of a joined file under their users; a row that names none is told of. */
function sideHandler(
  intake: Intake,
  sides: readonly Side[],
  file: number,
  add: (user: string, row: SideRow) => void,
): RowHandler {
  const { csv, file: name } = sides[file] as Side;
  const { tally } = csv;
  const { column } = sideFiles[name];
  return (bytes, from, to, line, fault) => {
    tally.records += 1;
    const user = idBytes(csv, column, bytes, from, to);
    if (user !== undefined && user.length <= 65_535) {
      add(user, { file, bytes, from, to, line, fault });
      return;
    }
    tally.rejected += 1;
    const text = `the row names no user in ${column}; it is not used`;
    intake.notice({ notice: 'rejected.missing-id', text, file: tally.name, line, field: column });
  };
}
