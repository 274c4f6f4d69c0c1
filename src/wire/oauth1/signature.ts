import { createHmac, randomBytes } from 'node:crypto';
import { baseString, type Oauth1Pair, percentEncoded, type SignedRequest } from './base-string.ts';

/** Signature methods that are known; `HMAC-SHA1` only where somebody allows it. */
export type Oauth1Method = 'HMAC-SHA256' | 'HMAC-SHA1';

/** The signature of a base string without a token (RFC 5849, section 3.4.2; HMAC-SHA256 likewise), as bytes. */
export function hmacSignature(method: Oauth1Method, base: string, secret: string): Buffer {
  return createHmac(method === 'HMAC-SHA1' ? 'sha1' : 'sha256', `${percentEncoded(secret)}&`)
    .update(base)
    .digest();
}

/** A client that signs its requests. */
export interface Oauth1Client {
  readonly id: string;
  readonly secret: string;
  readonly method: Oauth1Method;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The `Authorization` header that signs a request (RFC 5849, section 3.5.1); the nonce is new each time. */
export function authorizationHeader(client: Oauth1Client, request: SignedRequest): string {
  const own: Oauth1Pair[] = [
    ['oauth_consumer_key', client.id],
    ['oauth_nonce', randomBytes(16).toString('hex')],
    ['oauth_signature_method', client.method],
    ['oauth_timestamp', String(Math.floor(client.now() / 1000))],
    ['oauth_version', '1.0'],
  ];
  const base = baseString({ ...request, pairs: [...request.pairs, ...own] });
  const signature = hmacSignature(client.method, base, client.secret).toString('base64');
  const pairs: Oauth1Pair[] = [...own, ['oauth_signature', signature]];
  return `OAuth ${pairs.map(([name, value]) => `${name}="${percentEncoded(value)}"`).join(', ')}`;
}
