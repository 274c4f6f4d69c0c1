import { type Comment, dayAfter, dayBefore, type SourcedId, type TimeFrame, type UserId } from '../../model/index.ts';
import type { XmlElement } from '../../wire/index.ts';
import { parseDay } from './dates.ts';
import { filled, once, orderOf, put, type Reading } from './reading.ts';
import type { KeptWriter } from './rest.ts';

/** The ids of a record: the one that is its key, and its former one (`sourcedidtype` New and Old, IMS Enterprise 1.1). */
export function chooseIds(ids: readonly SourcedId[]): { main: SourcedId | undefined; old: SourcedId | undefined } {
  const typed = (type: string) => ids.find((id) => id.type?.toLowerCase() === type);
  const old = typed('old');
  const main =
    typed('new') ??
    ids.find((id) => id.type === undefined || !['old', 'duplicate'].includes(id.type.toLowerCase())) ??
    old ??
    ids[0];
  return { main, old: old === main ? undefined : old };
}

const sourcedIdOrder = orderOf('source', 'id');

/** Reads `sourcedid`; undefined where it holds no id. */
export function readSourcedId(reading: Reading, xml: XmlElement, path: string): SourcedId | undefined {
  const found: Partial<SourcedId> = {};
  let raw = '';
  if (xml.children.length === 0) {
    raw = xml.text;
  } else {
    reading.children(xml, path, sourcedIdOrder, (name, child) =>
      name === 'source'
        ? once(found, 'source', () => reading.leaf(child, `${path}/source`))
        : once(found, 'id', () => {
            raw = child.text;
            return reading.leaf(child, `${path}/id`);
          }),
    );
  }
  reading.attributes(xml, path, (name, value) => {
    if (name !== 'sourcedidtype' || value.trim() === '') return name === 'sourcedidtype';
    found.type = value.trim();
    return true;
  });
  const id = raw.trim();
  if (id === '') return undefined;
  if (id !== raw) reading.note('repair.trimmed-id', 'white space around an id is cut off', xml.line);
  if (found.source === undefined) reading.note('repair.source-missing', 'a sourcedid has no source', xml.line);
  return {
    ...(found.source !== undefined && { source: found.source }),
    id,
    ...(found.type !== undefined && { type: found.type }),
  };
}

/** Writes `sourcedid`. */
export function writeSourcedId(writer: KeptWriter, path: string, { source, id, type }: SourcedId): string {
  return writer.element(
    path,
    'sourcedid',
    { sourcedidtype: type },
    // The DTD requires it; an empty one counts as absent.
    writer.leaf(`${path}/source`, source) || '<source/>',
    writer.leaf(`${path}/id`, id),
  );
}

/** Reads `comments`. */
export function readComment(reading: Reading, xml: XmlElement, path: string): Comment | undefined {
  let language: string | undefined;
  reading.attributes(xml, path, (name, value) => {
    if (name !== 'lang') return false;
    language = value;
    return true;
  });
  const text = xml.text.trim();
  for (const child of xml.children) reading.keep(path, child);
  return text === '' ? undefined : { text, ...(language !== undefined && { language }) };
}

/** Writes `comments`. */
export function writeComment(writer: KeptWriter, path: string, comment: Comment | undefined): string {
  return comment === undefined ? '' : writer.leaf(path, comment.text, { lang: comment.language }, 'comments');
}

/** Reads `userid`; undefined for an empty one without attributes, which says nothing. */
export function readUserId(reading: Reading, xml: XmlElement, path: string): UserId | undefined {
  const user: UserId = { value: xml.text.trim() };
  reading.attributes(xml, path, (name, value) => {
    switch (name) {
      case 'useridtype':
        user.type = value;
        return true;
      case 'password':
        user.password = value;
        return true;
      case 'pwencryptiontype':
        user.passwordEncryption = value;
        return true;
      case 'authenticationtype':
        user.authentication = value;
        return true;
      default:
        return false;
    }
  });
  for (const child of xml.children) reading.keep(path, child);
  return user.value === '' && Object.keys(user).length === 1 ? undefined : user;
}

/** Writes `userid`. */
export function writeUserId(writer: KeptWriter, path: string, user: UserId): string {
  const { value, type, password, passwordEncryption, authentication } = user;
  return writer.leaf(
    path,
    value,
    { useridtype: type, password, pwencryptiontype: passwordEncryption, authenticationtype: authentication },
    'userid',
  );
}

const truths: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['true', true],
  ['yes', true],
  ['y', true],
  ['active', true],
  ['0', false],
  ['false', false],
  ['no', false],
  ['n', false],
  ['inactive', false],
]);

/** Reads a flag, which the standard writes as 0 or 1; undefined (and noted) for words that say neither. */
export function readFlag(reading: Reading, text: string, line: number): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (word === '1' || word === '0') return word === '1';
  const value = truths.get(word);
  if (value === undefined && word === '') return undefined;
  reading.note('repair.boolean-format', `"${text.slice(0, 40)}" stands where 0 or 1 is due`, line);
  return value;
}

/** Reads an element that holds a flag; one that cannot be read is kept. */
export function readFlagElement(reading: Reading, xml: XmlElement, path: string, parent: string): boolean | undefined {
  const value = readFlag(reading, xml.text, xml.line);
  if (value === undefined && xml.text.trim() !== '') reading.keep(parent, xml);
  else reading.leaf(xml, path);
  return value;
}

/** Writes a flag. */
export function writeFlag(value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : value ? '1' : '0';
}

/** Reads an element that holds a day; one that cannot be read is kept and noted. */
export function readDay(reading: Reading, xml: XmlElement, path: string, parent: string): string | undefined {
  const text = xml.text.trim();
  if (text === '') return undefined;
  const parsed = parseDay(text);
  if (parsed === undefined) {
    reading.note('repair.date-format', `"${text.slice(0, 40)}" is no date that can be read; kept as it is`, xml.line);
    reading.keep(parent, xml);
    return undefined;
  }
  if (!parsed.exact) reading.note('repair.date-format', `"${text.slice(0, 40)}" is read as ${parsed.day}`, xml.line);
  for (const child of xml.children) reading.keep(path, child);
  return parsed.day;
}

const timeFrameOrder = orderOf('begin', 'end', 'adminperiod');

/** Reads `timeframe`; its `end` is the last day, the canonical one the first day after (decisions 1.9). */
export function readTimeFrame(reading: Reading, xml: XmlElement, path: string): TimeFrame | undefined {
  const frame: TimeFrame = {};
  const restrict = (field: 'startRestrict' | 'endRestrict', child: XmlElement, place: string) =>
    reading.attributes(child, place, (name, value) => {
      if (name !== 'restrict') return false;
      put(frame, field, readFlag(reading, value, child.line));
      return frame[field] !== undefined || value.trim() === '';
    });
  reading.attributes(xml, path, () => false);
  reading.children(xml, path, timeFrameOrder, (name, child) => {
    const place = `${path}/${name}`;
    if (name === 'adminperiod') return once(frame, 'adminPeriod', () => reading.leaf(child, place));
    if (name === 'begin') {
      if (frame.start !== undefined) return false;
      put(frame, 'start', readDay(reading, child, place, path));
      if (frame.start !== undefined || child.text.trim() === '') restrict('startRestrict', child, place);
      return true;
    }
    if (frame.end !== undefined) return false;
    const last = readDay(reading, child, place, path);
    put(frame, 'end', last === undefined ? undefined : dayAfter(last));
    if (frame.end !== undefined || child.text.trim() === '') restrict('endRestrict', child, place);
    return true;
  });
  return filled(frame);
}

/** Writes `timeframe`. */
export function writeTimeFrame(writer: KeptWriter, path: string, frame: TimeFrame | undefined): string {
  const { start, end, startRestrict, endRestrict, adminPeriod } = frame ?? {};
  return writer.element(
    path,
    'timeframe',
    undefined,
    writer.leaf(`${path}/begin`, start, { restrict: writeFlag(startRestrict) }),
    writer.leaf(`${path}/end`, end === undefined ? undefined : dayBefore(end), { restrict: writeFlag(endRestrict) }),
    writer.leaf(`${path}/adminperiod`, adminPeriod),
  );
}
