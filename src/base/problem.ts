/**
 * Every expected failure of the gateway, as a closed list: a new code does not compile until each
 * protocol has words for it (`status.ts` of the protocol rooms).
 */
export const problemCodes = [
  'unknown-object',
  'already-exists',
  'key-in-use',
  'already-trashed',
  'not-in-trash',
  'parent-in-trash',
  'in-quarantine',
  'delete-refused',
  'missing-data',
  'invalid-data',
  'too-long',
  'unreadable-input',
  'forbidden-input',
  'too-large',
  'unsupported-media-type',
  'unsupported-operation',
  'invalid-request',
  'invalid-filter-field',
  'invalid-selection-field',
  'unauthenticated',
  'confirmation-needed',
  'forbidden',
  'conflict',
  'storage-full',
  'busy',
  'too-many-requests',
  'internal',
] as const;

/** One of {@link problemCodes}. */
export type ProblemCode = (typeof problemCodes)[number];

/** Where a problem is, as far as it is known: a file's name, a line (from 1), a field's path, the id of the record. */
export interface Place {
  readonly file?: string;
  readonly line?: number;
  readonly field?: string;
  readonly id?: string;
}

/** An expected failure: a closed code, a text for people that says the remedy, and a place. Never holds a secret. */
export interface Problem {
  readonly code: ProblemCode;
  readonly text: string;
  readonly place?: Place;
  /** Seconds after which the same may be tried again, where that is known. */
  readonly retryAfter?: number;
}

/** Makes a {@link Problem}. */
export function problem(code: ProblemCode, text: string, place?: Place): Problem {
  return place === undefined ? { code, text } : { code, text, place };
}

/**
 * Remarks of a run that stop nothing: repairs of a lenient reader and warnings. Each kind is counted and reported
 * with its first line.
 */
export const noticeKinds = [
  'repair.bare-ampersand',
  'repair.leading-junk',
  'repair.trailing-junk',
  'repair.trimmed-id',
  'repair.idtype-attribute',
  'repair.idtype-missing',
  'repair.roletype-element',
  'repair.roletype-missing',
  'repair.role-missing',
  'repair.source-missing',
  'repair.namespace-ignored',
  'repair.case-folded',
  'repair.encoding',
  'repair.element-order',
  'repair.duplicate-element',
  'repair.date-format',
  'repair.boolean-format',
  'repair.control-character',
  'repair.properties-missing',
  'repair.unknown-element',
  'repair.truncated-file',
  'repair.self-parent',
  'repair.duplicate-record',
  'repair.unknown-vocabulary',
  'repair.header-spelling',
  'repair.column-order',
  'repair.field-count',
  'repair.file-name',
  'repair.missing-value',
  'repair.primary-role',
  'repair.number-format',
  'repair.delimiter',
  'repair.quoting',
  'warning.expected-reference',
  'warning.already-removed',
  'warning.mode-mismatch',
  'warning.same-file',
  'warning.archived-ignored',
  'warning.cascade',
  'warning.reported-missing',
  'warning.home-not-an-org',
  'warning.undo-conflict',
  'warning.undo-lost',
  'warning.locked-field',
  'warning.waiting-removal',
  'warning.withheld',
  'warning.key-change',
  'warning.probable-match',
  'warning.file-ignored',
  'warning.manifest-mismatch',
  'warning.column-ignored',
  'warning.removal-in-bulk',
  'warning.list-cut',
  'warning.unmapped',
  'warning.course-new',
  'warning.course-not-enrolled',
  'warning.course-filtered',
  'warning.rows-disagree',
  'warning.column-missing',
  'rejected.missing-id',
  'rejected.invalid-data',
  'rejected.too-large',
  'rejected.store',
  'rejected.unreadable',
  'rejected.no-email',
  'rejected.shared-key',
  'rejected.email-taken',
] as const;

/** One of {@link noticeKinds}. */
export type NoticeKind = (typeof noticeKinds)[number];
