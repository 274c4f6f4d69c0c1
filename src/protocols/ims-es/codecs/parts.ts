import { type Comment, dayAfter, dayBefore, type TimeFrame, type UserId } from '../../../model/index.ts';
import { element, escapeText } from '../../../wire/index.ts';
import { common } from '../namespaces.ts';
import { branch, day, flag, leaf, list, record } from './elements.ts';
import { clearing, type Fields, filled, given, isDay, some } from './fields.ts';

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

/** A field outside the standard, as the extension bag keeps it. */
export interface ExtensionField {
  readonly name: string;
  readonly type?: string;
  readonly value: string;
}

/** Reads the fields of an `extension` (IMSextension); the list is written as a whole, undefined where none came. */
export function decodeExtensionFields(extension: Fields | undefined): ExtensionField[] | undefined {
  const found: ExtensionField[] = [];
  for (const fields of extension?.all(common, 'extensionField') ?? []) {
    const name = fields.text(common, 'fieldName') ?? '';
    const value = fields.text(common, 'fieldValue') ?? '';
    const type = filled(fields.text(common, 'fieldType'));
    fields.finish();
    if (name === '') fields.missing('fieldName', 'is missing');
    else found.push({ name, value, ...given({ type }) });
  }
  return found.length === 0 ? undefined : found;
}

/** Writes the extension fields that the bag keeps. */
export function encodeExtensionFields(kept: unknown): string {
  return list(kept)
    .map((entry) => {
      const { name, type, value } = record(entry);
      if (typeof name !== 'string' || typeof value !== 'string') return '';
      return element(
        'c:extensionField',
        undefined,
        leaf('c:fieldName', name, 2048),
        leaf('c:fieldType', typeof type === 'string' ? type : 'String', 2048),
        leaf('c:fieldValue', value) || element('c:fieldValue', undefined),
      );
    })
    .join('');
}
