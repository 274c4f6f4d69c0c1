import type { Problem, ProblemCode } from '../../base/problem.ts';
import type { Version } from './operations/index.ts';

/** How a problem is said in OneRoster: the HTTP status, the major code and each version's minor code. */
export interface StatusWords {
  readonly http: number;
  readonly major: 'failure' | 'unsupported';
  /** 1.2: one of the rostering service's `imsx_codeMinorFieldValue`s; absent where it has none that fits. */
  readonly minor?: string;
  /** 1.1: `imsx_codeMinor`. */
  readonly minor1p1: string;
}

const failure = (http: number, minor: string, minor1p1 = minor): StatusWords => ({
  http,
  major: 'failure',
  minor,
  minor1p1,
});

/** The words for every problem (OneRoster 1.2 REST binding, `imsx_StatusInfo`; 1.1, section 3.5 of its specification). */
export const statusWords: Readonly<Record<ProblemCode, StatusWords>> = {
  'unknown-object': failure(404, 'unknownobject'),
  'already-exists': failure(422, 'invaliddata'),
  'key-in-use': failure(422, 'invaliddata'),
  'already-trashed': failure(404, 'unknownobject'),
  'not-in-trash': failure(422, 'invaliddata'),
  'parent-in-trash': failure(422, 'invaliddata'),
  'in-quarantine': failure(403, 'forbidden'),
  'delete-refused': failure(403, 'forbidden', 'deletefailure'),
  'missing-data': failure(422, 'invaliddata'),
  'invalid-data': failure(422, 'invaliddata'),
  'too-long': failure(422, 'invaliddata'),
  'unreadable-input': failure(400, 'invaliddata'),
  'forbidden-input': failure(400, 'invaliddata'),
  'too-large': failure(413, 'invaliddata'),
  'unsupported-media-type': failure(415, 'invaliddata'),
  'unsupported-operation': { http: 405, major: 'unsupported', minor1p1: 'unsupportedoperation' },
  'invalid-request': failure(400, 'invaliddata'),
  'invalid-filter-field': failure(400, 'invalid_filter_field'),
  'invalid-selection-field': failure(400, 'invalid_selection_field', 'invalid_blank_selection_field'),
  unauthenticated: failure(401, 'unauthorisedrequest'),
  'confirmation-needed': failure(403, 'forbidden'),
  forbidden: failure(403, 'forbidden'),
  conflict: failure(409, 'invaliddata'),
  'storage-full': failure(503, 'server_busy'),
  busy: failure(429, 'server_busy'),
  'too-many-requests': failure(429, 'server_busy'),
  internal: failure(500, 'internal_server_error'),
};

/** An item of 1.1's `statusInfoSet`. */
export interface StatusInfo1p1 {
  readonly imsx_codeMajor: 'success' | 'failure' | 'unsupported';
  readonly imsx_severity: 'status' | 'warning' | 'error';
  readonly imsx_codeMinor: string;
  readonly imsx_description: string;
}

/** A warning beside data, as 1.1 has it for `fields` and `sort` that it does not know (answered with 200). */
export function warning1p1(minor: 'invalid_selection_field' | 'invalid_sort_field', text: string): StatusInfo1p1 {
  return { imsx_codeMajor: 'success', imsx_severity: 'warning', imsx_codeMinor: minor, imsx_description: text };
}

/** The body of a failed request: the bare `imsx_StatusInfo` in 1.2, a `statusInfoSet` in 1.1. */
export function statusBody(version: Version, problem: Problem): object {
  const words = statusWords[problem.code];
  const head = { imsx_codeMajor: words.major, imsx_severity: 'error', imsx_description: problem.text } as const;
  if (version === '1.1') return { statusInfoSet: [{ ...head, imsx_codeMinor: words.minor1p1 }] };
  if (words.minor === undefined) return head;
  return {
    ...head,
    imsx_CodeMinor: {
      imsx_codeMinorField: [{ imsx_codeMinorFieldName: 'TargetEndSystem', imsx_codeMinorFieldValue: words.minor }],
    },
  };
}
