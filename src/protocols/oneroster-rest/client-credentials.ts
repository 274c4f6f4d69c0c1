import { failed, ok, type Result } from '../../base/result.ts';

/** A client's id and secret. */
export interface ClientCredentials {
  readonly id: string;
  readonly secret: string;
}

const maxLength = 1024;

/** Undoes the form encoding of one part (RFC 6749, section 2.3.1), or leaves it alone if it is none. */
function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function basic(header: string): Result<readonly ClientCredentials[]> {
  const base64 = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header)?.[1];
  if (base64 === undefined) return failed('invalid-request', 'The Authorization header is not HTTP Basic');
  const text = Buffer.from(base64, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return failed('invalid-request', 'The Basic credentials have no colon');
  const raw = { id: text.slice(0, colon), secret: text.slice(colon + 1) };
  const decoded = { id: formDecoded(raw.id), secret: formDecoded(raw.secret) };
  if (decoded.id === raw.id && decoded.secret === raw.secret) return ok([raw]);
  return ok([decoded, raw]);
}

/**
 * The client credentials of a token request: HTTP Basic with both parts form-encoded (RFC 6749, section 2.3.1), or
 * `client_id` and `client_secret` in the form; never both. Clients that do not encode the Basic parts exist: where it
 * makes a difference the parts as sent are the second thing to try. Empty if the request names none.
 */
export function credentialsOf(
  authorization: string | undefined,
  form: ReadonlyMap<string, string>,
): Result<readonly ClientCredentials[]> {
  const id = form.get('client_id');
  const secret = form.get('client_secret');
  if (authorization !== undefined) {
    if (secret !== undefined) return failed('invalid-request', 'Credentials are given in two places');
    return checked(basic(authorization));
  }
  return checked(ok(id === undefined || secret === undefined ? [] : [{ id, secret }]));
}

function checked(result: Result<readonly ClientCredentials[]>): Result<readonly ClientCredentials[]> {
  if (!result.ok) return result;
  const long = result.value.some((one) => one.id.length > maxLength || one.secret.length > maxLength);
  return long ? failed('invalid-request', 'The credentials are too long') : result;
}
