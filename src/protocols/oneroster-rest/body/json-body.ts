import express, { type Request, type Response } from 'express';
import { failed, ok, type Result } from '../../../base/result.ts';
import { jsonFault } from '../../../wire/index.ts';

/** Most bytes of a body, unpacked. */
const maxBytes = 10 * 1024 * 1024;

const readBytes = express.raw({ limit: maxBytes, type: () => true });

/** Whether a media type is JSON in UTF-8. */
function isJson(contentType: string | undefined): boolean {
  const [type = '', ...parameters] = (contentType ?? '').toLowerCase().split(';');
  if (!/^\s*application\/(?:[\w.+-]+\+)?json\s*$/.test(type)) return false;
  return parameters.every((one) => !/^\s*charset\s*=/.test(one) || /^\s*charset\s*=\s*"?utf-?8"?\s*$/.test(one));
}

function bytesOf(request: Request): Promise<Result<Uint8Array>> {
  return new Promise((resolve) => {
    // The body is read into the request alone; nothing is written to the response, which is not at hand here.
    readBytes(request, {} as Response, (error?: unknown) => {
      const { body } = request as { body?: unknown };
      if (error === undefined) resolve(ok(body instanceof Uint8Array ? body : new Uint8Array()));
      else resolve(refusedBytes(error));
    });
  });
}

function refusedBytes(error: unknown): Result<never> {
  const { status } = error as { status?: unknown };
  if (status === 413) return failed('too-large', `A body has at most ${maxBytes} bytes.`);
  if (status === 415) return failed('unsupported-media-type', 'The body is packed in a way that is not supported.');
  return failed('unreadable-input', 'The body did not arrive as it was announced.');
}

/**
 * Reads the JSON body of a request, once. Problems: `unsupported-media-type` (415) for what is not JSON in UTF-8,
 * `too-large` (413) beyond 10 MiB unpacked or the bounds of all JSON, `unreadable-input` (400) for what
 * is no JSON, or has half of a character.
 */
export async function readJsonBody(request: Request): Promise<Result<unknown>> {
  if (!isJson(request.headers['content-type'])) {
    return failed('unsupported-media-type', 'The body must be JSON in UTF-8, with Content-Type: application/json.');
  }
  const bytes = await bytesOf(request);
  if (!bytes.ok) return bytes;
  if (bytes.value.length === 0) return failed('unreadable-input', 'A JSON body is needed.');
  const fault = jsonFault(bytes.value);
  if (fault !== undefined) return failed('too-large', fault);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.value);
    const value: unknown = JSON.parse(text);
    if (!halfEscape.test(text) || isWellFormed(value)) return ok(value);
    return failed(
      'unreadable-input',
      'The body has half of a surrogate pair (\\uD800 to \\uDFFF), which is no character.',
    );
  } catch {
    return failed('unreadable-input', 'The body is not JSON in UTF-8.');
  }
}

/** An escape of half of a surrogate pair (RFC 8259, section 8.2). */
const halfEscape = /\\u[dD][89a-fA-F]/;

/** Half of a surrogate pair in a text. */
const half = /\p{Surrogate}/u;

/** Whether all texts of a JSON value consist of whole characters; others could not be stored as they are. */
function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return !half.test(value);
  if (Array.isArray(value)) return value.every(isWellFormed);
  if (!isObject(value)) return true;
  return Object.entries(value).every(([name, inner]) => !half.test(name) && isWellFormed(inner));
}

/** Whether a JSON value is an object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a body's wrapper holds (`{"lineItem": …}`); a body must have it and nothing beside it (`invalid-data`). */
export function unwrapped(body: unknown, wrapper: string): Result<unknown> {
  if (!isObject(body) || !Object.hasOwn(body, wrapper)) {
    return failed('invalid-data', `The body must be an object with ${wrapper}.`, { field: wrapper });
  }
  const other = Object.keys(body).find((name) => name !== wrapper);
  if (other === undefined) return ok(body[wrapper]);
  return failed('invalid-data', `The body has ${other} beside ${wrapper}; take it out.`, { field: other });
}
