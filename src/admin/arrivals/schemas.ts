import { problemCodes } from '../../base/problem.ts';
import { transportKinds } from '../../sync/index.ts';
import { count, list, object, orNull, text, time } from '../schema-parts.ts';
import { arrivalStates } from './rooms.ts';

/** What the routes of files that came by transports give. */
export const arrivalSchemas = {
  Arrival: object({
    name: text,
    version: text,
    via: { enum: [...transportKinds] },
    state: { enum: [...arrivalStates] },
    run: orNull(text),
    bytes: orNull(count),
    sha256: orNull(text),
    problem: orNull(object({ code: { enum: [...problemCodes] }, text })),
    at: time,
    changedAt: time,
  }),
  ArrivalList: list('Arrival'),
} as const;
