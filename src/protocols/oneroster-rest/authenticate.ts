import type { Result } from '../../base/result.ts';
import type { Caller, Context } from '../../roster/index.ts';
import { bearerContext, challenge, realm } from './bearer.ts';
import type { Tokens } from './deps.ts';
import { isSigned, type SignedCall, signedContext } from './signed.ts';

/** The context of a request by its bearer token (1.1 and 1.2) or by its signature (OAuth 1.0a, as 1.1 clients sign). */
export function contextOfRequest(
  access: Tokens,
  authorization: string | undefined,
  call: SignedCall,
  caller?: Caller,
): Promise<Result<Context>> {
  return isSigned(authorization, call.query)
    ? signedContext(access, authorization, call, caller)
    : bearerContext(access, authorization, call.query, caller);
}

/** What a request that nobody is known by is told: both ways to come in (RFC 6750, section 3; RFC 5849, section 3.5.1). */
export function challenges(authorization: string | undefined, query: string): string {
  const token = authorization === undefined || isSigned(authorization, query) ? undefined : 'invalid_token';
  return `${challenge(token)}, OAuth realm="${realm}"`;
}
