import type { Problem, ProblemCode } from '../../base/problem.ts';
import type { ChangeResult } from '../../roster/index.ts';

/** The words of a `statusInfo` (IMS-ES 1.0 message binding, StatusInfo). */
export interface StatusWords {
  readonly codeMajor: 'success' | 'unsupported' | 'failure' | 'processing';
  readonly severity: 'status' | 'warning' | 'error';
  /** Value of the one `codeMinorField`. */
  readonly codeMinor?: string;
}

/** A `statusInfo` to be written. */
export interface Status extends StatusWords {
  readonly text?: string;
}

const failure = (codeMinor: string): StatusWords => ({ codeMajor: 'failure', severity: 'error', codeMinor });
const unsupported: StatusWords = { codeMajor: 'unsupported', severity: 'status', codeMinor: 'unsupportedoperation' };

/**
 * The words for every problem. The published parts of IMS-ES 1.0 leave the values of `codeMinor` open; these are the
 * words of its successor, which clients of 1.0 know too.
 */
export const statusOf: Readonly<Record<ProblemCode, StatusWords>> = {
  'unknown-object': failure('unknownobject'),
  'already-exists': failure('idallocinusefail'),
  'key-in-use': failure('idallocinusefail'),
  'already-trashed': failure('deletefailure'),
  'not-in-trash': failure('unknownobject'),
  'parent-in-trash': failure('unknownobject'),
  'in-quarantine': failure('deletefailure'),
  'delete-refused': failure('deletefailure'),
  'missing-data': failure('incompletedata'),
  'invalid-data': failure('invaliddata'),
  'too-long': failure('invaliddata'),
  'unreadable-input': failure('invaliddata'),
  'forbidden-input': failure('invaliddata'),
  'too-large': failure('overflowfail'),
  'unsupported-media-type': unsupported,
  'unsupported-operation': unsupported,
  'invalid-request': failure('invaliddata'),
  'invalid-filter-field': failure('unknownquery'),
  'invalid-selection-field': failure('unknownquery'),
  unauthenticated: failure('unauthorizedrequest'),
  'confirmation-needed': failure('unauthorizedrequest'),
  forbidden: failure('unauthorizedrequest'),
  conflict: failure('targetisbusy'),
  'storage-full': failure('overflowfail'),
  busy: failure('targetisbusy'),
  'too-many-requests': failure('targetisbusy'),
  internal: failure('linkfailure'),
};

/** The status of a problem. */
export function failedStatus({ code, text, place }: Problem): Status {
  const field = place?.field === undefined ? '' : `${place.field}: `;
  return { ...statusOf[code], text: `${field}${text}` };
}

/** Success, as a warning where there is something to remark. */
export function doneStatus(remarks: readonly string[] = []): Status {
  return remarked({ codeMajor: 'success', severity: 'status' }, remarks);
}

/** A status with more to tell the sender; a success becomes a warning. */
export function remarked(status: Status, remarks: readonly string[]): Status {
  if (remarks.length === 0) return status;
  const text = [...(status.text === undefined ? [] : [status.text]), ...remarks].join('; ');
  return status.codeMajor === 'success' ? { ...status, severity: 'warning', text } : { ...status, text };
}

/** The status of one change; `remarks` are those of the reader. */
export function changeStatus(result: ChangeResult, remarks: readonly string[]): Status {
  if (!result.ok) return failedStatus(result.problem);
  return doneStatus([
    ...remarks,
    ...(result.remarks ?? []).map(({ text }) => text),
    ...(result.notRestored ?? []).map(({ text }) => text),
  ]);
}
