import type { ProblemCode } from '../base/problem.ts';

/** How a problem is said by the admin API: the HTTP status and a title that is the same for every problem of the code. */
export interface StatusWords {
  readonly status: number;
  readonly title: string;
}

const words = (status: number, title: string): StatusWords => ({ status, title });

/** The words for every problem (RFC 9457, sections 3.1.2 and 3.1.3). */
export const statusWords: Readonly<Record<ProblemCode, StatusWords>> = {
  'unknown-object': words(404, 'Not found'),
  'already-exists': words(409, 'It exists already'),
  'key-in-use': words(409, 'The key is in use'),
  'already-trashed': words(409, 'It is in the trash already'),
  'not-in-trash': words(409, 'It is not in the trash'),
  'parent-in-trash': words(409, 'Its parent is in the trash'),
  'in-quarantine': words(409, 'The quarantine of the trash is not over'),
  'delete-refused': words(403, 'Too many removals'),
  'missing-data': words(422, 'Data are missing'),
  'invalid-data': words(422, 'Data are not valid'),
  'too-long': words(422, 'A value is too long'),
  'unreadable-input': words(400, 'The input cannot be read'),
  'forbidden-input': words(400, 'The input holds what is forbidden'),
  'too-large': words(413, 'The input is too large'),
  'unsupported-media-type': words(415, 'The media type is not supported'),
  'unsupported-operation': words(405, 'The method is not allowed'),
  'invalid-request': words(400, 'The request is not valid'),
  'invalid-filter-field': words(400, 'The filter names an unknown field'),
  'invalid-selection-field': words(400, 'The selection names an unknown field'),
  unauthenticated: words(401, 'Credentials are needed'),
  'confirmation-needed': words(403, 'It must be proved anew who asks'),
  forbidden: words(403, 'Not allowed'),
  conflict: words(409, 'It conflicts with the present state'),
  'storage-full': words(507, 'No room is left'),
  busy: words(503, 'The gateway is busy'),
  'too-many-requests': words(429, 'Too many requests'),
  internal: words(500, 'A defect of the gateway'),
};
