import { failed, type Result } from '../../base/result.ts';
import type { Caller, Context } from '../../roster/index.ts';
import type { Tokens } from './deps.ts';

/** The realm of the `WWW-Authenticate` challenges. */
export const realm = 'OneRoster';

/** The longest bearer token that is looked up. */
const maxToken = 1024;

/**
 * The context of a request by its bearer token (RFC 6750, section 2.1: the `Authorization` header only; a token in the
 * query is refused).
 */
export async function bearerContext(
  access: Tokens,
  authorization: string | undefined,
  query: string,
  caller?: Caller,
): Promise<Result<Context>> {
  const inQuery = new URLSearchParams(query).has('access_token');
  if (authorization === undefined) {
    return failed('unauthenticated', `A bearer token is needed${inQuery ? ' in the Authorization header' : ''}`);
  }
  if (inQuery) return failed('invalid-request', 'The token belongs in the Authorization header only');
  const token = /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i.exec(authorization)?.[1];
  if (token === undefined || token.length > maxToken) {
    return failed('unauthenticated', 'The Authorization header holds no bearer token');
  }
  return access.token(token, caller);
}

/** The challenge of a refused request (RFC 6750, section 3): which error, and with 403 the scopes that would do. */
export function challenge(
  error: 'invalid_token' | 'insufficient_scope' | undefined,
  scopes: readonly string[] = [],
): string {
  const parts = [`realm="${realm}"`];
  if (error !== undefined) parts.push(`error="${error}"`);
  if (scopes.length > 0) parts.push(`scope="${scopes.join(' ')}"`);
  return `Bearer ${parts.join(', ')}`;
}
