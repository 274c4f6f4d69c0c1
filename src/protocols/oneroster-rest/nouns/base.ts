import { type Extension, type StoredRecord, sentMetadata } from '../../../model/index.ts';

/** `dateLastModified`: the last change in UTC with milliseconds. */
export function modified(record: StoredRecord): string {
  return record.updatedAt.toISOString();
}

/**
 * OneRoster's own metadata of a record; archived records say so there (decisions 2.4), and classes that went with their
 * course. Absent when there is none.
 */
export function metadataOf(
  record: StoredRecord,
  extension: Extension | undefined,
  archived = record.state === 'archived',
): object | undefined {
  const sent = sentMetadata(extension);
  return archived ? { ...sent, archived: 'true' } : sent;
}

/** A text or list that holds something; empty ones are left out of answers. */
export function filled<T extends string | readonly unknown[]>(value: T | undefined): T | undefined {
  return value === undefined || value.length === 0 ? undefined : value;
}

/** A OneRoster boolean: the strings `true` and `false`. */
export function flag(value: boolean): 'true' | 'false' {
  return value ? 'true' : 'false';
}

/** {@link flag} of what may be unknown. */
export function optionalFlag(value: boolean | undefined): 'true' | 'false' | undefined {
  return value === undefined ? undefined : flag(value);
}
