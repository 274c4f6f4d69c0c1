import { problemCodes } from '../../base/problem.ts';
import { jobStates } from '../../jobs/index.ts';
import { count, list, object, orNull, text, time } from '../schema-parts.ts';

/** What the routes of jobs give. */
export const jobSchemas = {
  Job: object({
    id: text,
    kind: text,
    key: text,
    state: { enum: [...jobStates] },
    addedAt: time,
    dueAt: time,
    attempts: count,
    problem: orNull(object({ code: { enum: [...problemCodes] }, text })),
    failedAt: orNull(time),
  }),
  JobList: list('Job'),
} as const;
