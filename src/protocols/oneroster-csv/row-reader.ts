import type { RosterType } from '../../model/index.ts';
import { fieldBytes, fieldsOf, makeRowText, type RowFault, type RowText } from '../../wire/index.ts';
import { type Cells, makeCells } from './cells.ts';
import { isInstant } from './days.ts';
import type { Intake, Remark } from './intake.ts';
import type { Note } from './note.ts';
import type { PackagedCsv } from './package.ts';
import { unreadableIn } from './rows.ts';

/** A row that {@link RowReader.open} has taken: its id, and whether the record is to go. */
export interface Opened {
  readonly id: string;
  readonly removed: boolean;
}

/** Why a row cannot be used. */
export interface Refused {
  readonly refused: 'rejected.missing-id' | 'rejected.invalid-data' | 'rejected.unreadable' | 'rejected.too-large';
  readonly text: string;
  readonly field?: string;
  readonly id: string | undefined;
}

/** Reads the rows of one file, one after the other. */
export interface RowReader {
  readonly cells: Cells;
  readonly note: Note;
  /** Takes a row; then its cells are read. May throw `UnreadableFile` where the whole file cannot be read on. */
  open(bytes: Buffer, from: number, to: number, line: number, fault: RowFault | undefined): Opened | Refused;
  /** The refusal of a row whose cells lack a needed value; undefined where none is missing. */
  lacking(): Refused | undefined;
  /** Gives the remarks on the row at hand. */
  flush(): void;
}

const faults: Readonly<Record<RowFault, { refused: Refused['refused']; text: string }>> = {
  'stray-quote': { refused: 'rejected.unreadable', text: 'a double quote stands where none may stand (RFC 4180)' },
  'open-quote': { refused: 'rejected.unreadable', text: 'a double quote is not closed' },
  'too-large': { refused: 'rejected.too-large', text: 'the row has more bytes than a record may have' },
};

/** Control characters but tab and line ends. */
const controls = /[^\P{Cc}\t\n\r]/gu;

/** The bytes of the id of a row, as latin1; undefined where they cannot be told. */
export function idBytes(csv: PackagedCsv, column: string, bytes: Buffer, from: number, to: number): string | undefined {
  const place = csv.layout.places.get(column);
  return place === undefined ? undefined : fieldBytes(bytes, from, to, place)?.trim() || undefined;
}

/** Makes a {@link RowReader} for one file whose records are of a type. */
export function makeRowReader(intake: Intake, csv: PackagedCsv, type: RosterType): RowReader {
  const { tally, layout, mode, whole } = csv;
  const file = tally.name;
  const notes: Omit<Remark, 'id'>[] = [];
  let line = 1;
  let id: string | undefined;
  let toldRemoval = false;
  const note: Note = (notice, text, field) => notes.push({ notice, text, file, line, field, type });
  const cells = makeCells(note);
  const toText = makeRowText((text, at) => {
    intake.notice({ notice: 'repair.encoding', text: `the file ${text}`, file, line: at });
  });

  const decode: RowText = (bytes, from, to, at) => {
    try {
      return toText(bytes, from, to, at);
    } catch (error) {
      throw unreadableIn(file, error);
    }
  };

  /** The cells of a row; a row that ends early is filled, if no required column is missing. */
  const split = (text: string): readonly string[] | Omit<Refused, 'id'> => {
    const clean = text.replace(controls, '');
    if (clean !== text) note('repair.control-character', 'control characters are left out');
    const fields = fieldsOf(clean);
    if (fields === undefined) return faults['stray-quote'];
    const { width, lastRequired } = layout;
    if (fields.length < width) {
      if (fields.length <= lastRequired) {
        return {
          refused: 'rejected.invalid-data',
          text: `the row has ${fields.length} fields, the header ${width}`,
          field: layout.cells[fields.length] ?? '',
        };
      }
      note('repair.field-count', `the row has ${fields.length} fields, the header ${width}; the others are empty`);
    } else if (fields.slice(width).some((field) => field.trim() !== '')) {
      return {
        refused: 'rejected.invalid-data',
        text: `the row has ${fields.length} fields, the header ${width}; a comma may stand in a field that is not quoted`,
      };
    }
    return fields;
  };

  const isRemoval = (): boolean => {
    const status = cells.text('status');
    const modified = cells.text('dateLastModified');
    if (typeof modified === 'string' && !isInstant(modified)) {
      note(
        'repair.date-format',
        `"${modified.slice(0, 30)}" is no time in UTC as OneRoster writes it`,
        'dateLastModified',
      );
    }
    if (typeof status !== 'string' || status === 'active') return false;
    const word = status.toLowerCase();
    const removed = word === 'tobedeleted' || word === 'inactive' || word === 'deleted';
    if (status !== 'tobedeleted') {
      const read = removed ? 'tobedeleted' : 'active';
      note(
        word === read ? 'repair.case-folded' : 'repair.unknown-vocabulary',
        `"${status.slice(0, 20)}" is read as ${read}`,
        'status',
      );
    }
    if (removed && mode === 'bulk' && !toldRemoval) {
      toldRemoval = true;
      const text = 'a record of this bulk file is marked tobedeleted; such records are removed';
      intake.notice({ notice: 'warning.removal-in-bulk', text, file, line });
    }
    return removed;
  };

  return {
    cells,
    note,
    open(bytes, from, to, at, fault) {
      line = at;
      notes.length = 0;
      id = readableId(csv, bytes, from, to);
      if (fault !== undefined) return { ...faults[fault], id };
      const fields = split(decode(bytes, from, to, at));
      if ('refused' in fields) return { ...fields, id };
      cells.begin(layout, fields, whole);
      const sourcedId = cells.text('sourcedId');
      if (typeof sourcedId !== 'string') {
        id = undefined;
        return { refused: 'rejected.missing-id', text: 'the row has no sourcedId', field: 'sourcedId', id };
      }
      id = sourcedId;
      if (fields[layout.places.get('sourcedId') ?? 0] !== sourcedId) {
        note('repair.trimmed-id', 'blanks around the sourcedId are left out', 'sourcedId');
      }
      return { id, removed: isRemoval() };
    },
    lacking() {
      const { missing } = cells;
      if (missing === undefined) return undefined;
      return { refused: 'rejected.invalid-data', text: `${missing} is required and empty`, field: missing, id };
    },
    flush() {
      for (const one of notes) intake.notice({ ...one, id });
      notes.length = 0;
    },
  };
}

function readableId(csv: PackagedCsv, bytes: Buffer, from: number, to: number): string | undefined {
  const raw = idBytes(csv, 'sourcedId', bytes, from, to);
  return raw === undefined || raw.length > 1024 ? undefined : Buffer.from(raw, 'latin1').toString('utf8');
}
