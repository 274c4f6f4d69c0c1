import { key, type RosterType, type Space } from '../../model/index.ts';
import type { RemoveChange, WriteChange } from '../../roster/index.ts';
import type { Seed } from '../../sync/index.ts';
import type { RowHandler } from '../../wire/index.ts';
import type { CsvVersion, RosterFile } from './columns.ts';
import type { Intake } from './intake.ts';
import { readAcademicSession } from './nouns/academic-session.ts';
import { readClass } from './nouns/class.ts';
import { readCourse } from './nouns/course.ts';
import { readEnrollment } from './nouns/enrollment.ts';
import type { Data, Reading } from './nouns/noun.ts';
import { readOrg } from './nouns/org.ts';
import type { PackagedCsv } from './package.ts';
import { makeRowReader } from './row-reader.ts';

/** Files of which each row is a record of its own. */
export const recordFiles = [
  'orgs',
  'academicSessions',
  'courses',
  'classes',
  'enrollments',
] as const satisfies RosterFile[];
/** One of {@link recordFiles}. */
export type RecordFile = (typeof recordFiles)[number];

interface Noun {
  readonly type: RosterType;
  readonly space: Space;
  readonly read: (reading: Reading) => Data;
}

const nouns: Readonly<Record<RecordFile, Noun>> = {
  orgs: { type: 'group', space: 'org', read: readOrg },
  academicSessions: { type: 'group', space: 'academicSession', read: readAcademicSession },
  courses: { type: 'group', space: 'course', read: readCourse },
  classes: { type: 'group', space: 'class', read: readClass },
  enrollments: { type: 'membership', space: 'enrollment', read: readEnrollment },
};

/**
 * Makes the handler that turns the rows of a file into items. Rows whose bytes are known are passed by unread. A row that says
 * all about its record replaces it; another one changes the columns that the file has. An enrollment is one role of a membership, and stands
 * beside the others that the same user has in the class.
 */
export function makeRecordRows(intake: Intake, csv: PackagedCsv, file: RecordFile, version: CsvVersion): RowHandler {
  const { options, items } = intake;
  const { type, space, read } = nouns[file];
  const { tally } = csv;
  const reader = makeRowReader(intake, csv, type);
  const keyOf = (one: Space, id: string) => key(one, options.namespace, id);
  const reading: Reading = { cells: reader.cells, version, note: reader.note, keyOf };
  const seed: Seed = options.fingerprints.container(csv.container);

  const write = (recordKey: string, hash: string): WriteChange => {
    const data = read(reading) as WriteChange['data'];
    const change = { type, key: recordKey, data, hash };
    if (type === 'group') return { ...change, op: csv.whole ? 'replace' : 'upsert', moveParents: true };
    // The other enrollments of the same two need not be in a delta file.
    return csv.mode === 'bulk' ? { ...change, op: 'replace' } : { ...change, op: 'upsert', addRoles: true };
  };

  const remove = (recordKey: string, id: string): RemoveChange => ({
    op: 'remove',
    type,
    key: recordKey,
    ...(type === 'membership' && { roles: [id] }),
  });

  return (bytes, from, to, line, fault) => {
    tally.records += 1;
    const { fingerprints } = options;
    if (fault === undefined && fingerprints.known(type, seed, bytes, from, to)) return;
    const hash = fault === undefined ? fingerprints.hash() : '';
    const row = reader.open(bytes, from, to, line, fault);
    const recordKey = row.id === undefined ? undefined : keyOf(space, row.id);
    const usable = 'refused' in row || recordKey === undefined ? undefined : row;
    let change: WriteChange | RemoveChange | undefined;
    if (usable !== undefined && recordKey !== undefined) {
      change = usable.removed ? remove(recordKey, usable.id) : write(recordKey, hash);
    }
    const refused = 'refused' in row ? row : change?.op === 'remove' ? undefined : reader.lacking();
    reader.flush();
    if (refused !== undefined) {
      const { refused: notice, text, field, id } = refused;
      intake.reject({ notice, text, field, id, type, key: recordKey, file: tally.name, line }, tally);
    } else if (usable !== undefined && change !== undefined) {
      const part = type === 'membership' ? ({ part: true } as const) : {};
      items.push({ kind: 'record', type, hash, line, file: tally.name, id: usable.id, change, ...part });
    }
  };
}
