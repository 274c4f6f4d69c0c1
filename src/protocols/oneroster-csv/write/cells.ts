import { type StoredRecord, sentMetadata, shownStatus } from '../../../model/index.ts';
import type { CsvVersion } from '../columns.ts';
import type { References } from './references.ts';

/** Values of a row by column; what is undefined is written empty. */
export type Values = Readonly<Record<string, string | undefined>>;

/** What the codec of a noun writes rows with. */
export interface Writing {
  readonly version: CsvVersion;
  readonly references: References;
  /** Of a delta: after when; it has `status` and `dateLastModified`, and what was removed. Undefined for a bulk package. */
  readonly since: Date | undefined;
  /** Whether passwords are written. */
  readonly passwords: boolean;
}

/** `status` and `dateLastModified`: blank in bulk files (OneRoster CSV 1.2, section "Bulk"). */
export function stateCells({ since }: Writing, record: StoredRecord, gone = false): Values {
  if (since === undefined) return {};
  const status = gone ? 'tobedeleted' : shownStatus(record);
  return { status, dateLastModified: record.updatedAt.toISOString() };
}

/** A list as one cell; its items may hold no commas, so these become semicolons. */
export function listCell(items: readonly string[] | undefined): string | undefined {
  if (items === undefined || items.length === 0) return undefined;
  return items
    .filter((item) => item !== '')
    .map((item) => item.replaceAll(',', ';'))
    .join(',');
}

/** Subjects and their codes, which must be as many as the subjects where there are both (OneRoster CSV 1.2.1). */
export function subjectCells(data: { subjects?: string[]; subjectCodes?: string[] }): Values {
  const { subjects = [], subjectCodes = [] } = data;
  const match = subjects.length === 0 || subjects.length === subjectCodes.length;
  return { subjects: listCell(subjects), subjectCodes: match ? listCell(subjectCodes) : undefined };
}

/** A OneRoster boolean. */
export function flagCell(value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : value ? 'true' : 'false';
}

/** The `metadata.*` columns. */
export function metadataCells(extension: Parameters<typeof sentMetadata>[0]): Values {
  const metadata = sentMetadata(extension);
  if (metadata === undefined) return {};
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [
      `metadata.${name}`,
      typeof value === 'string' ? value : value === null || value === undefined ? undefined : JSON.stringify(value),
    ]),
  );
}
