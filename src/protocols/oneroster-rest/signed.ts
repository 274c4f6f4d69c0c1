import { failed, type Result } from '../../base/result.ts';
import type { Caller, Context } from '../../roster/index.ts';
import { authorizationPairs, baseString, type Oauth1Pair, queryPairs } from '../../wire/index.ts';
import type { Tokens } from './deps.ts';

/** A request as its signature covers it. */
export interface SignedCall {
  readonly method: string;
  /** `scheme://host[:port]` as clients know it. */
  readonly origin: string;
  /** The path as it was sent. */
  readonly path: string;
  /** The query as it was sent. */
  readonly query: string;
}

/** No id, nonce or signature is longer. */
const longest = 1024;

const refused = (text: string) => failed('unauthenticated', text);

/** The single value of a parameter. */
function only(pairs: readonly Oauth1Pair[], name: string): string | undefined {
  const found = pairs.filter(([one]) => one === name);
  return found.length === 1 ? found[0]?.[1] : undefined;
}

/** Whether a request is signed by OAuth 1.0a: in its header, or in its query (RFC 5849, sections 3.5.1 and 3.5.3). */
export function isSigned(authorization: string | undefined, query: string): boolean {
  if (authorization !== undefined) return /^oauth(?:[ \t]|$)/i.test(authorization);
  return new URLSearchParams(query).has('oauth_signature');
}

/**
 * The context of a signed request without a token (OneRoster 1.1, security; RFC 5849): HMAC-SHA256, or HMAC-SHA1 where
 * the client's credential allows it. Parameters of the query are part of what is signed; the bodies of OneRoster are
 * JSON, which OAuth 1.0a does not cover.
 */
export async function signedContext(
  access: Tokens,
  authorization: string | undefined,
  { method, origin, path, query }: SignedCall,
  caller?: Caller,
): Promise<Result<Context>> {
  const inHeader = authorization === undefined ? [] : authorizationPairs(authorization);
  const inQuery = queryPairs(query);
  if (inHeader === undefined || inQuery === undefined) return refused('The OAuth parameters cannot be read');
  const pairs = [...inHeader, ...inQuery];
  const named = (name: string) => only(pairs, name);
  const id = named('oauth_consumer_key');
  const signature = named('oauth_signature');
  const nonce = named('oauth_nonce');
  const timestamp = named('oauth_timestamp');
  if (!id || !signature || !nonce || timestamp === undefined) {
    return refused('oauth_consumer_key, oauth_signature, oauth_nonce and oauth_timestamp are needed, each once');
  }
  if ([id, signature, nonce].some((text) => text.length > longest)) return refused('An OAuth parameter is too long');
  const version = named('oauth_version') ?? '1.0';
  if (version !== '1.0' || (named('oauth_token') ?? '') !== '') {
    return refused('Requests are signed by OAuth 1.0 without a token');
  }
  const signatureMethod = named('oauth_signature_method');
  if (signatureMethod !== 'HMAC-SHA256' && signatureMethod !== 'HMAC-SHA1') {
    return refused('oauth_signature_method is HMAC-SHA256, or HMAC-SHA1 where the client may use it');
  }
  const base = baseString({ method, origin, path, pairs });
  return access.signedClient(id, { method: signatureMethod, base, signature, nonce, timestamp }, caller);
}
