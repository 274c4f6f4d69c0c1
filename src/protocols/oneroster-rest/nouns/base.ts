import type { Extension, StoredRecord } from '../../../model/index.ts';

/** Whether OneRoster shows a record as `tobedeleted`: it is in the trash or archived (decisions 2.4, 2.5). */
export function statusOf(record: StoredRecord): 'active' | 'tobedeleted' {
  return record.state === 'trashed' || record.state === 'archived' ? 'tobedeleted' : 'active';
}

/** `dateLastModified`: the last change in UTC with milliseconds. */
export function modified(record: StoredRecord): string {
  return record.updatedAt.toISOString();
}

/** OneRoster's own metadata of a record; archived records say so there (decisions 2.4). Absent when there is none. */
export function metadataOf(record: StoredRecord, extension: Extension | undefined): object | undefined {
  if (extension?.oneRoster === undefined) return record.state === 'archived' ? { archived: 'true' } : undefined;
  const { metadata } = extension.oneRoster;
  const sent = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata) ? metadata : undefined;
  if (record.state === 'archived') return { ...sent, archived: 'true' };
  return sent !== undefined && Object.keys(sent).length > 0 ? sent : undefined;
}

/** A text or list that holds something; empty ones are left out of answers. */
export function filled<T extends string | readonly unknown[]>(value: T | undefined): T | undefined {
  return value === undefined || value.length === 0 ? undefined : value;
}

/** A OneRoster boolean: the strings `true` and `false`. */
export function flag(value: boolean): 'true' | 'false' {
  return value ? 'true' : 'false';
}

/** A day as OneRoster writes it, or nothing for a text that is none. */
export function day(text: string | undefined): string | undefined {
  if (text === undefined || !/^\d{4}-\d\d-\d\d$/.test(text)) return undefined;
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text) ? text : undefined;
}

/**
 * A word of an extensible vocabulary (OneRoster 1.2: `ext:` and one or more of `a-z A-Z 0-9 . - _`): known words as
 * the standard spells them, everything else as an `ext:` token.
 */
export function vocabularyWord(known: readonly string[], word: string): string {
  if (known.includes(word)) return word;
  const trimmed = word.trim();
  const lower = trimmed.toLowerCase();
  const same = known.find((other) => other.toLowerCase() === lower);
  if (same !== undefined) return same;
  const token = (lower.startsWith('ext:') ? trimmed.slice('ext:'.length) : trimmed).replace(/[^a-zA-Z0-9.\-_]/g, '_');
  return `ext:${token === '' ? 'unknown' : token}`;
}

/** Whether a text is an absolute address by RFC 3986 (`format: uri`). */
export function isUri(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?#@!$&'()*+,;=]|%[0-9a-f]{2})+$/i.test(text) && URL.canParse(text);
}
