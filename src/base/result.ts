import type { Place, Problem, ProblemCode } from './problem.ts';
import { problem } from './problem.ts';

/** The outcome of something that may fail in an expected way. */
export type Result<T> = Ok<T> | Failed;

/** Success with a value. */
export interface Ok<T> {
  readonly ok: true;
  readonly value: T;
}

/** Failure with its problem. */
export interface Failed {
  readonly ok: false;
  readonly problem: Problem;
}

/** Wraps a value as success. */
export function ok<T>(value: T): Ok<T> {
  return { ok: true, value };
}

/** Makes a failure. */
export function failed(code: ProblemCode, text: string, place?: Place): Failed {
  return { ok: false, problem: problem(code, text, place) };
}
