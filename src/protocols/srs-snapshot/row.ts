import { isUtf8 } from 'node:buffer';
import { isMailAddress } from '../../base/mail-address.ts';
import type { NoticeKind } from '../../base/problem.ts';

/** One row of a snapshot: a student in a course (`feeds.md` 1). Texts are trimmed. */
export interface StudentRow {
  /** The id in the university; empty: none. */
  readonly id: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly year: number | null;
  readonly faculty: string;
  readonly department: string;
  readonly course: string;
}

/** Why a row cannot be used, and by what its student is recognised all the same (`feeds.md` 0.3). */
export interface RefusedRow {
  readonly notice: Extract<NoticeKind, `rejected.${string}`>;
  readonly text: string;
  readonly field?: string;
  readonly id: string;
  readonly email: string;
}

/** Tells of what was repaired in a row. */
export type Repaired = (notice: NoticeKind, field: string, text: string) => void;

const members = ['faculty', 'department', 'course', 'firstName', 'lastName', 'email', 'id', 'year'] as const;
type Member = (typeof members)[number];
const known: ReadonlySet<string> = new Set(members);
/** Characters of the longest text. */
const longest = 256;
const latestYear = 7;

/** Reads a row; `ignored` is told of members that mean nothing here. */
export function readRow(
  found: unknown,
  bytes: Buffer,
  repaired: Repaired,
  ignored: (name: string) => void,
): StudentRow | RefusedRow {
  if (typeof found !== 'object' || found === null || Array.isArray(found)) {
    return { notice: 'rejected.invalid-data', text: 'is no object; the row is not used', id: '', email: '' };
  }
  const row = found as Readonly<Record<string, unknown>>;
  const own = (name: Member) => (Object.hasOwn(row, name) ? row[name] : undefined);
  for (const name of Object.keys(row)) if (!known.has(name)) ignored(name);
  const email = asText(own('email')) ?? '';
  const id = idOf(own('id'), repaired) ?? '';
  const refused = (field: Member, why: string, notice: RefusedRow['notice'] = 'rejected.invalid-data'): RefusedRow => ({
    notice,
    text: `${field} ${why}; the row is not used, and its student stays as it is`,
    field,
    id,
    email: isMailAddress(email) ? email : '',
  });
  if (!isUtf8(bytes)) {
    return {
      ...refused('email', ''),
      notice: 'rejected.unreadable',
      text: 'holds bytes that are not UTF-8; the row is not used',
    };
  }
  if (id === '' && own('id') !== undefined && own('id') !== null && typeof own('id') !== 'string') {
    return refused('id', 'must be a text');
  }
  for (const name of members) {
    if (name === 'id' || name === 'year') continue;
    const value = own(name);
    if (value !== undefined && value !== null && typeof value !== 'string') return refused(name, 'must be a text');
    if (typeof value === 'string' && value.length > longest)
      return refused(name, `is longer than ${longest} characters`);
  }
  if (id.length > longest) return refused('id', `is longer than ${longest} characters`);
  if (!isMailAddress(email)) {
    return refused('email', email === '' ? 'is missing' : 'is no e-mail address', 'rejected.no-email');
  }
  const text = (name: Member) => asText(own(name)) ?? '';
  for (const name of ['course', 'firstName', 'lastName'] as const) {
    if (text(name) === '') return refused(name, 'is missing');
  }
  const year = yearOf(own('year'), repaired);
  if (year === undefined) return refused('year', `must be a number from 0 to ${latestYear}, or null`);
  return {
    id,
    email,
    firstName: text('firstName'),
    lastName: text('lastName'),
    year,
    faculty: text('faculty'),
    department: text('department'),
    course: text('course'),
  };
}

/** Controls, and halves of pairs. */
const odd = /[\p{Cc}\p{Cs}]/u;

function asText(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  // What a record must not hold is taken out of it.
  return (odd.test(value) ? value.replace(/\p{Cc}+/gu, ' ').replace(/\p{Cs}/gu, '') : value).trim();
}

/** An id; numbers are taken as they are written. Undefined: it is none. */
function idOf(value: unknown, repaired: Repaired): string | undefined {
  if (typeof value !== 'number') return asText(value);
  if (!Number.isSafeInteger(value)) return undefined;
  repaired('repair.number-format', 'id', 'id is a number and is taken as a text; send it in quotes');
  return String(value);
}

/** A year; null: none. Undefined: it is no year. */
function yearOf(value: unknown, repaired: Repaired): number | null | undefined {
  if (value === undefined || value === null) return null;
  const isText = typeof value === 'string';
  const year = isText && /^\s*\d\s*$/.test(value) ? Number(value) : value;
  if (isText && value.trim() === '') {
    repaired('repair.number-format', 'year', 'year is an empty text and is taken as null');
    return null;
  }
  if (!Number.isInteger(year) || (year as number) < 0 || (year as number) > latestYear) return undefined;
  if (isText) repaired('repair.number-format', 'year', 'year stands in quotes and is taken as a number');
  return year as number;
}
