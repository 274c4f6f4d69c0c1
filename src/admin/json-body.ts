import express, { type RequestHandler } from 'express';
import { type Problem, problem } from '../base/problem.ts';
import { failed, ok, type Result } from '../base/result.ts';
import { makeSchemaCheck } from '../base/schema-check.ts';
import { schemaFault } from '../base/schema-fault.ts';
import { jsonFault } from '../wire/index.ts';
import { type SchemaName, schemas } from './schemas.ts';

const limit = 100 * 1024;
const tooComplex = 'entity.too.complex';

/** Reads a JSON body into `request.body`; what is no JSON is an error that {@link bodyProblem} has words for. */
export const readJson: RequestHandler = express.json({
  limit,
  type: () => true,
  strict: false,
  verify: (_request, _response, bytes) => {
    const fault = jsonFault(bytes);
    if (fault !== undefined) throw Object.assign(new Error(fault), { status: 413, type: tooComplex });
  },
});

/** Checks a JSON body by a schema. */
export type BodyCheck = (body: unknown) => Result<unknown>;

/** Makes the check of a route's JSON body. */
export function makeBodyCheck(name: SchemaName): BodyCheck {
  const check = makeSchemaCheck(schemas[name]);
  const noun = name.includes('Settings') ? 'setting' : 'field';
  return (body) => {
    if (body === undefined) return failed('invalid-request', 'A JSON body is needed.');
    if (check(body)) return ok(body);
    const { field, text } = schemaFault(check.errors);
    if (field === '') return failed('invalid-request', `The body ${text}.`);
    return failed('invalid-request', `The ${noun} ${field} ${text}.`, { field });
  };
}

/** Whether a request says that its body is JSON. */
export function isJson(contentType: string | undefined): boolean {
  return /^\s*application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(contentType ?? '');
}

/** The problem behind an error of express or of reading a body; undefined for a defect. */
export function bodyProblem(error: unknown): Problem | undefined {
  const { status, type, message } = error as { status?: unknown; type?: unknown; message?: unknown };
  if (type === tooComplex) return problem('too-large', String(message));
  if (type === 'entity.too.large') return problem('too-large', `A JSON body has at most ${limit} bytes.`);
  if (type === 'entity.parse.failed') return problem('unreadable-input', 'The body is not JSON.');
  if (status === 415) return problem('unsupported-media-type', 'The body must be JSON in UTF-8.');
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return problem('invalid-request', 'The request is malformed.');
  }
  return undefined;
}
