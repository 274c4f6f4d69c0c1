/** A user name and password as they came. */
export interface PlainCredential {
  readonly kind: 'text';
  readonly name: string;
  readonly password: string;
}

/** Reads an HTTP Basic `Authorization` header (RFC 7617, UTF-8); undefined when there is none or it is malformed. */
export function basicCredential(authorization: string | undefined): PlainCredential | undefined {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 0 ? undefined : { kind: 'text', name: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}
