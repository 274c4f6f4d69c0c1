import type { NoticeKind, ProblemCode } from '../../base/problem.ts';

/**
 * What a problem with one record is called in the report of a run. IMS Enterprise 1.1 has no status words of its own: a
 * file is answered by a report, and a new problem code does not compile until it has a word here.
 */
export const noticeOfProblem: Readonly<Record<ProblemCode, NoticeKind>> = {
  'unknown-object': 'warning.already-removed',
  'already-exists': 'rejected.store',
  'key-in-use': 'rejected.store',
  'already-trashed': 'warning.already-removed',
  'not-in-trash': 'rejected.store',
  'parent-in-trash': 'rejected.store',
  'in-quarantine': 'rejected.store',
  'delete-refused': 'rejected.store',
  'missing-data': 'rejected.invalid-data',
  'invalid-data': 'rejected.invalid-data',
  'too-long': 'rejected.too-large',
  'unreadable-input': 'rejected.unreadable',
  'forbidden-input': 'rejected.unreadable',
  'too-large': 'rejected.too-large',
  'unsupported-media-type': 'rejected.unreadable',
  'unsupported-operation': 'rejected.invalid-data',
  'invalid-request': 'rejected.invalid-data',
  'invalid-filter-field': 'rejected.invalid-data',
  'invalid-selection-field': 'rejected.invalid-data',
  unauthenticated: 'rejected.store',
  'confirmation-needed': 'rejected.store',
  forbidden: 'rejected.store',
  conflict: 'rejected.store',
  'storage-full': 'rejected.store',
  busy: 'rejected.store',
  'too-many-requests': 'rejected.store',
  internal: 'rejected.store',
};
