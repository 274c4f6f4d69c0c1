/** A parameter by name and value, both decoded. */
export type Oauth1Pair = readonly [name: string, value: string];

/** What a signature base string is made from. */
export interface SignedRequest {
  readonly method: string;
  /** `scheme://host[:port]` as the client knows it. */
  readonly origin: string;
  /** The path as it was sent, without the query. */
  readonly path: string;
  /** All parameters: of the `Authorization` header, the query and a form; `realm` and `oauth_signature` are left out here. */
  readonly pairs: readonly Oauth1Pair[];
}

/** Percent-encoding of OAuth (RFC 5849, section 3.6): all but unreserved characters, in upper-case hexadecimal. */
export function percentEncoded(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\uFFFD')).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const defaultPorts: Readonly<Record<string, string>> = { http: '80', https: '443' };

/** Scheme and host in lower case, without the scheme's own port (RFC 5849, section 3.4.1.2). */
function normalOrigin(origin: string): string {
  const [, scheme = '', host = '', port] = /^([^:]+):\/\/(.*?)(?::(\d+))?$/.exec(origin.toLowerCase()) ?? [];
  return port === undefined || port === defaultPorts[scheme] ? `${scheme}://${host}` : `${scheme}://${host}:${port}`;
}

const compare = (one: string, other: string) => (one < other ? -1 : Number(one > other));

/** The signature base string (RFC 5849, section 3.4.1): parameters encoded, sorted by name and then value, joined. */
export function baseString({ method, origin, path, pairs }: SignedRequest): string {
  const parameters = pairs
    .filter(([name]) => name !== 'oauth_signature' && name !== 'realm')
    .map(([name, value]) => [percentEncoded(name), percentEncoded(value)] as const)
    .sort((one, other) => compare(one[0], other[0]) || compare(one[1], other[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  return [method.toUpperCase(), percentEncoded(normalOrigin(origin) + (path || '/')), percentEncoded(parameters)].join(
    '&',
  );
}
