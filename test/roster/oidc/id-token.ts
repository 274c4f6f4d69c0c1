// ID tokens that a liar would send, made from real ones (JWS compact serialization, RFC 7515 section 3.1).

const partsOf = (token: string) => token.split('.') as [string, string, string];
const coded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The token without a signature, as `alg: none` allows it (RFC 7518, section 3.6). */
export function unsigned(token: string): string {
  return `${coded({ alg: 'none' })}.${partsOf(token)[1]}.`;
}

/** The token with other claims under the signature of before. */
export function withClaims(token: string, claims: object): string {
  const [header, payload, signature] = partsOf(token);
  const before = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as object;
  return `${header}.${coded({ ...before, ...claims })}.${signature}`;
}

/** The token with a signature that is not its own. */
export function withOtherSignature(token: string): string {
  const [header, payload, signature] = partsOf(token);
  return `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
}
