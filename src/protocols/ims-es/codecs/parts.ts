import { isDay } from '../../../base/instant.ts';
import { type Comment, dayAfter, dayBefore, type TimeFrame, type UserId } from '../../../model/index.ts';
import { element, escapeText } from '../../../wire/index.ts';
import { common } from '../namespaces.ts';
import { branch, day, flag, leaf } from './elements.ts';
import { clearing, type Fields, filled, given, some } from './fields.ts';

/** Reads `recordInfo` (RecordMetaData). */
export function decodeComments(fields: Fields, namespace: string): Comment | null | undefined {
  const record = fields.one(namespace, 'recordInfo');
  const text = clearing(record?.text(common, 'comments'));
  record?.finish();
  return typeof text === 'string' ? { text } : text;
}

/** Writes `recordInfo`. */
export function encodeComments(comments: Comment | undefined): string {
  return branch('d:recordInfo', leaf('c:comments', comments?.text, 2048));
}

/** Reads `userId` (UserId); null when it is there to clear. */
export function decodeUserId(fields: Fields, namespace: string): UserId | null | undefined {
  const user = fields.one(namespace, 'userId');
  if (user === undefined) return undefined;
  const value = user.text(common, 'userIdValue');
  const rest = given({
    type: filled(user.text(common, 'userIdType')),
    password: filled(user.text(common, 'passWord')),
    passwordEncryption: filled(user.text(common, 'pwEncryptionType')),
    authentication: filled(user.text(common, 'authenticationType')),
  });
  user.finish();
  if (value !== undefined && value !== '') return { value, ...rest };
  if (some(rest) !== undefined) user.missing('userIdValue', 'is missing');
  return value === '' ? null : undefined;
}

/** Writes `userId`. */
export function encodeUserId(user: UserId | undefined): string {
  if (user === undefined || escapeText(user.value) === '') return '';
  return branch(
    'd:userId',
    leaf('c:userIdValue', user.value, 256),
    leaf('c:userIdType', user.type, 32),
    leaf('c:passWord', user.password, 1024),
    leaf('c:pwEncryptionType', user.passwordEncryption, 32),
    leaf('c:authenticationType', user.authentication, 32),
  );
}

/** Moves a day that is there and is one. */
function shifted(date: string | undefined, move: (day: string) => string): string | undefined {
  return date === undefined || !isDay(date) ? date : move(date);
}

/**
 * Reads `timeFrame` (TimeFrame): the inclusive last day becomes the first day after it. The last day that can be
 * written, 9999-12-31, means no end in the field and stays as it is.
 */
export function decodeTimeFrame(fields: Fields, namespace: string): TimeFrame | undefined {
  const frame = fields.one(namespace, 'timeFrame');
  const begin = frame?.one(common, 'begin');
  const end = frame?.one(common, 'end');
  const found = given({
    start: begin?.date(common, 'date'),
    end: shifted(end?.date(common, 'date'), dayAfter),
    startRestrict: begin?.flag(common, 'restrict'),
    endRestrict: end?.flag(common, 'restrict'),
    adminPeriod: filled(frame?.text(common, 'adminPeriod')),
  });
  for (const part of [frame, begin, end]) part?.finish();
  return some(found);
}

/** Writes `timeFrame`. */
export function encodeTimeFrame(frame: TimeFrame | undefined): string {
  const bound = (name: string, date: string | undefined, restrict = false) => {
    const written = day('c:date', date);
    return written === '' ? '' : element(name, undefined, written, flag('c:restrict', restrict));
  };
  return branch(
    'd:timeFrame',
    bound('c:begin', frame?.start, frame?.startRestrict),
    bound('c:end', shifted(frame?.end, dayBefore), frame?.endRestrict),
    leaf('c:adminPeriod', frame?.adminPeriod, 32),
  );
}

/** Longest identifier in characters (IMS-ES 1.0 common data, `identifier`). */
export const idLength = 1024;

/** The tenant's limit on an identifier; null is the standard's. */
export type IdLimit = number | null;

/**
 * Reads the identifier of a `sourcedId`-like child that names another record; undefined when there is none. Outer white
 * space does not count.
 */
export function idOf(fields: Fields, namespace: string, name: string, limit: IdLimit): string | undefined {
  const sourcedId = fields.one(namespace, name);
  const id = sourcedId?.text(common, 'identifier')?.trim();
  sourcedId?.limit('identifier', id, Math.min(limit ?? idLength, idLength));
  sourcedId?.finish();
  return id === '' ? undefined : id;
}
