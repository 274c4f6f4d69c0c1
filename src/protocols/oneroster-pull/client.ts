import type { PullTarget } from '../../sync/index.ts';
import {
  authorizationHeader,
  makeServerClient,
  type Outbound,
  queryPairs,
  type ServerClient,
} from '../../wire/index.ts';

/** What reading a OneRoster server needs. */
export interface ClientDeps {
  readonly outbound: Outbound;
  readonly target: PullTarget;
  readonly signal: AbortSignal;
  /** Milliseconds before a request is sent for the second time; they double with each further one. */
  readonly firstDelayMs: number;
}

const scopeRoot = 'https://purl.imsglobal.org/spec/or';

/** The scopes that reading needs (OneRoster 1.2 REST binding, section "Scopes"; 1.1 names them alike). */
function scopeOf({ version, scope, demographics }: PullTarget): string {
  if (scope !== null) return scope;
  const base = `${scopeRoot}/${version}/scope/`;
  return [`${base}roster.readonly`, ...(demographics ? [`${base}roster-demographics.readonly`] : [])].join(' ');
}

/** The `Authorization` header of a request where no token is needed: a key, or a signature with a new nonce (RFC 5849). */
function ownAuthorization({ auth, clientId, secret, signature }: PullTarget, url: string): string {
  if (auth === 'bearer') return `Bearer ${secret}`;
  const { origin, pathname, search } = new URL(url);
  const client = { id: clientId ?? '', secret, method: signature, now: Date.now };
  return authorizationHeader(client, {
    method: 'GET',
    origin,
    path: pathname,
    pairs: queryPairs(search.slice(1)) ?? [],
  });
}

/** Makes a client of a OneRoster server, which authorizes itself as the settings say. */
export function makeClient({ outbound, target, signal, firstDelayMs }: ClientDeps): ServerClient {
  const { auth, tokenUrl, clientId, clientAuth, secret } = target;
  const rest = { outbound, signal, firstDelayMs };
  if (auth === 'oauth1' || auth === 'bearer') {
    const headers = (url: string) => ({ authorization: ownAuthorization(target, url) });
    return makeServerClient({ ...rest, authorization: { kind: 'headers', headers } });
  }
  if (tokenUrl === null || clientId === null) throw new Error('settings of OAuth 2 have both');
  const scope = scopeOf(target);
  return makeServerClient({
    ...rest,
    authorization: { kind: 'token', tokenUrl, clientId, clientAuth, secret, scope },
  });
}
