import { key, primaryFaults, type Space, type UserRole } from '../../../model/index.ts';
import type { WriteChange } from '../../../roster/index.ts';
import type { CsvVersion, RosterFile } from '../columns.ts';
import type { Intake } from '../intake.ts';
import { readDemographics } from '../nouns/demographics.ts';
import type { Data, Reading } from '../nouns/noun.ts';
import { readRole } from '../nouns/role.ts';
import { readUser } from '../nouns/user.ts';
import { readUserProfile } from '../nouns/user-profile.ts';
import type { PackagedCsv } from '../package.ts';
import { makeRowReader, type RowReader } from '../row-reader.ts';
import type { SideRow } from './side-index.ts';

/** Files whose rows belong to a user, with the column that names the user and the field that they give. */
export const sideFiles = {
  roles: { column: 'userSourcedId', field: 'roles', read: readRole },
  userProfiles: { column: 'userSourcedId', field: 'userProfiles', read: readUserProfile },
  demographics: { column: 'sourcedId', field: 'demographics', read: readDemographics },
} as const satisfies Partial<Record<RosterFile, { column: string; field: string; read: (reading: Reading) => Data }>>;
/** A file of {@link sideFiles}. */
export type SideFile = keyof typeof sideFiles;

/** A joined file of the package at hand. */
export interface Side {
  readonly file: SideFile;
  readonly csv: PackagedCsv;
}

/** Turns users with their joined rows into items. */
export interface PersonReader {
  /** A row of `users.csv` with what was joined to it. */
  user(row: Omit<SideRow, 'file'>, joined: readonly SideRow[]): void;
  /** Rows of a user that is not in the package. */
  alone(user: string, rows: readonly SideRow[]): void;
}

/** What a joined row gives, and whether its record is removed. */
interface SideValue {
  readonly id: string;
  readonly data: Data;
  readonly removed: boolean;
}

/** What joined rows give to a person. */
interface Joined {
  readonly data: Data;
  readonly mergeLists?: NonNullable<WriteChange['mergeLists']>;
  /** Whether a row could not be used. */
  readonly spoiled: boolean;
}

/** Between the rows of a joined person; none of OneRoster's rows holds it, for control characters are left out. */
const separator = 0x1e;
/** Behind the rows of a person of whom some could not be used, so that these are told of again each time. */
const spoiledMark = 0x1f;

/**
 * Makes a {@link PersonReader}. A person is written as an upsert, for a file that is not in the package says nothing
 * about its part of the person: a part whose file is bulk is written whole, and stays as it is where one of its rows cannot be
 * used; of one whose file is delta only the roles and profiles of its rows are written, unless rows say all about their users.
 */
export function makePersonReader(
  intake: Intake,
  users: PackagedCsv | undefined,
  sides: readonly Side[],
  version: CsvVersion,
): PersonReader {
  const { options, items } = intake;
  const { fingerprints } = options;
  const readerOf = (csv: PackagedCsv) => makeRowReader(intake, csv, 'person');
  const userReader = users === undefined ? undefined : readerOf(users);
  const sideReaders = sides.map(({ csv }) => readerOf(csv));
  const keyOf = (space: Space, id: string) => key(space, options.namespace, id);
  const readingOf = (reader: RowReader): Reading => ({ cells: reader.cells, version, note: reader.note, keyOf });
  const parts = sides.map(({ csv }) => csv.container).join('\n');
  const seed = fingerprints.container(`${users?.container ?? ''}\n${parts}`);
  const aloneSeed = fingerprints.container(`alone\n${parts}`);
  let scratch = Buffer.allocUnsafe(65_536);

  /** Rows one behind the other, as they are hashed; answers the length. */
  const pack = (rows: readonly Omit<SideRow, 'file'>[]): number => {
    let length = 0;
    for (const row of rows) {
      const size = row.to - row.from + 1;
      if (length + size + 1 > scratch.length) {
        const larger = Buffer.allocUnsafe((length + size) * 2);
        scratch.copy(larger, 0, 0, length);
        scratch = larger;
      }
      row.bytes.copy(scratch, length, row.from, row.to);
      length += size;
      scratch[length - 1] = separator;
    }
    return length;
  };

  /** Reads a joined row; undefined where it cannot be used. */
  const readSide = (side: Side, reader: RowReader, row: SideRow, id: string): SideValue | undefined => {
    const { tally, mode } = side.csv;
    const opened = reader.open(row.bytes, row.from, row.to, row.line, row.fault);
    const data = 'refused' in opened ? {} : sideFiles[side.file].read(readingOf(reader));
    const refused = 'refused' in opened ? opened : opened.removed ? undefined : reader.lacking();
    reader.flush();
    if (refused === undefined) return { id: opened.id ?? '', data, removed: 'removed' in opened && opened.removed };
    tally.rejected += 1;
    const { refused: notice, text, field } = refused;
    const outcome = mode === 'delta' ? 'the row is not used' : 'this part of the person stays as it is';
    intake.notice({ notice, text: `${text}; ${outcome}`, file: tally.name, line: row.line, field, id });
    return undefined;
  };

  /** Tells of roles of which not exactly one is primary in each org. */
  const checkPrimaries = (roles: readonly Data[], { tally }: PackagedCsv, line: number, id: string): void => {
    for (const text of primaryFaults(roles as UserRole[])) {
      intake.notice({
        notice: 'repair.primary-role',
        text,
        file: tally.name,
        line,
        field: 'roleType',
        type: 'person',
        id,
      });
    }
  };

  /**
   * What joined files give to a person: a bulk file all items of its field, a delta file those to add and those to take away,
   * of rows with one id the last. Beside a row of `users.csv` that says all about its user (`whole`), a delta file of such rows
   * has all roles and profiles of the user, too; demographics are a record of their own.
   */
  const join = (rows: readonly SideRow[], id: string, whole: boolean): Joined => {
    const data: Record<string, unknown> = {};
    const mergeLists: Record<string, readonly Data[]> = {};
    let spoiled = false;
    for (const [at, side] of sides.entries()) {
      const own = rows.filter(({ file }) => file === at);
      const [first] = own;
      const { field } = sideFiles[side.file];
      const isDelta = side.csv.mode === 'delta' && !(whole && side.csv.whole && field !== 'demographics');
      if (first === undefined && isDelta) continue;
      const read = own.map((row) => readSide(side, sideReaders[at] as RowReader, row, id));
      const usable = read.filter((value) => value !== undefined);
      if (usable.length < read.length) spoiled = true;
      if (usable.length < read.length && (usable.length === 0 || !isDelta || field === 'demographics')) continue;
      const last = [...new Map(usable.map((value) => [value.id, value])).values()];
      const values = last.filter(({ removed }) => !removed).map((value) => value.data);
      data[field] = field === 'demographics' ? (values.at(-1) ?? null) : values;
      if (field === 'demographics') continue;
      if (isDelta) mergeLists[field] = last.filter(({ removed }) => removed).map((value) => value.data);
      else if (field === 'roles' && first !== undefined) checkPrimaries(values, side.csv, first.line, id);
    }
    return { data, spoiled, ...(Object.keys(mergeLists).length > 0 && { mergeLists }) };
  };

  const give = (id: string, change: Omit<WriteChange, 'hash'>, place: { line: number; file: string }, hash: string) => {
    items.push({ kind: 'record', type: 'person', hash, ...place, id, change: { ...change, hash } });
  };

  return {
    user(row, joined) {
      if (users === undefined || userReader === undefined) return;
      const { tally } = users;
      tally.records += 1;
      const length = pack([row, ...joined]);
      if (row.fault === undefined && fingerprints.known('person', seed, scratch, 0, length)) return;
      let hash = row.fault === undefined ? fingerprints.hash() : '';
      const opened = userReader.open(row.bytes, row.from, row.to, row.line, row.fault);
      const own = 'refused' in opened || opened.removed ? {} : readUser(readingOf(userReader));
      const refused = 'refused' in opened ? opened : opened.removed ? undefined : userReader.lacking();
      userReader.flush();
      const file = tally.name;
      const place = { line: row.line, file };
      const userKey = opened.id === undefined ? undefined : keyOf('user', opened.id);
      if (refused !== undefined || opened.id === undefined || userKey === undefined || 'refused' in opened) {
        if (refused === undefined) return;
        const { refused: notice, text, field, id } = refused;
        intake.reject({ notice, text, field, id, type: 'person', key: userKey, ...place }, tally);
        return;
      }
      if (opened.removed) {
        const change = { op: 'remove', type: 'person', key: userKey } as const;
        items.push({ kind: 'record', type: 'person', hash, ...place, id: opened.id, change });
        return;
      }
      const { data, spoiled, ...lists } = join(joined, opened.id, users.whole);
      if (spoiled) {
        scratch[length] = spoiledMark;
        if (fingerprints.known('person', seed, scratch, 0, length + 1)) return;
        hash = fingerprints.hash();
      }
      give(
        opened.id,
        { op: 'upsert', type: 'person', key: userKey, data: { ...own, ...data } as WriteChange['data'], ...lists },
        place,
        hash,
      );
    },

    alone(user, rows) {
      const [first] = rows;
      if (first === undefined) return;
      const id = Buffer.from(user, 'latin1').toString('utf8');
      const side = sides[first.file] as Side;
      const place = { line: first.line, file: side.csv.tally.name };
      if (users?.mode === 'bulk') {
        for (const { file, line } of rows) {
          const { tally } = (sides[file] as Side).csv;
          tally.rejected += 1;
          const text = 'users.csv has no such user; the row is not used';
          intake.notice({ notice: 'warning.expected-reference', text, file: tally.name, line, id });
        }
        return;
      }
      const length = pack(rows);
      if (fingerprints.known('person', aloneSeed, scratch, 0, length)) return;
      const hash = fingerprints.hash();
      const { data, spoiled: _spoiled, ...lists } = join(rows, id, false);
      const named = Object.fromEntries(
        Object.entries(data).filter(([field]) =>
          rows.some(({ file }) => sideFiles[(sides[file] as Side).file].field === field),
        ),
      );
      if (Object.keys(named).length === 0) return;
      const change = {
        op: 'upsert',
        type: 'person',
        key: keyOf('user', id),
        data: named as WriteChange['data'],
        must: 'exist',
        ...lists,
      } as const;
      give(id, change, place, hash);
    },
  };
}
