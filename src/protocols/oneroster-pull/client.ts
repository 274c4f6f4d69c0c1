import { setTimeout as sleep } from 'node:timers/promises';
import { failed, ok, type Result } from '../../base/result.ts';
import type { PullTarget } from '../../sync/index.ts';
import { authorizationHeader, type Outbound, type OutboundAnswer, queryPairs } from '../../wire/index.ts';

/** Asks one server, with a token, as often as is needed. */
export interface Client {
  /** An answer of status 200. Problems: busy, forbidden, unknown-object, unreadable-input, too-large. */
  get(url: string): Promise<Result<OutboundAnswer>>;
}

/** What a {@link Client} needs. */
export interface ClientDeps {
  readonly outbound: Outbound;
  readonly target: PullTarget;
  readonly signal: AbortSignal;
  /** Milliseconds before a request is sent for the second time; they double with each further one. */
  readonly firstDelayMs: number;
}

const tries = 6;
const longestMs = 120_000;
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

/**
 * Makes a {@link Client}. A token of OAuth 2 is got when it is first needed, and anew when the server does not take it any
 * more.
 */
export function makeClient({ outbound, target, signal, firstDelayMs }: ClientDeps): Client {
  let token: string | undefined;

  /** Sends until there is an answer that is not "later": no connection, 429, 5xx. */
  async function patient(send: () => Promise<Result<OutboundAnswer>>): Promise<Result<OutboundAnswer>> {
    for (let tried = 1; ; tried += 1) {
      const answer = await send();
      const isLater = answer.ok
        ? answer.value.status === 429 || answer.value.status >= 500
        : answer.problem.code === 'busy';
      if (!isLater || signal.aborted) return answer;
      if (tried === tries) {
        return answer.ok
          ? failed('busy', `The server answered ${tries} times with status ${answer.value.status}.`)
          : answer;
      }
      const asked = answer.ok ? retryAfter(answer.value.headers['retry-after']) : undefined;
      const wait = Math.min(longestMs, asked ?? firstDelayMs * 2 ** (tried - 1));
      // Ended early, the next look at the signal ends the work.
      await sleep(wait, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return failed('busy', 'The gateway is stopping.');
    }
  }

  async function newToken(): Promise<Result<string>> {
    const { tokenUrl, clientId, clientAuth, secret } = target;
    if (tokenUrl === null || clientId === null) throw new Error('settings of OAuth 2 have both');
    const form = new URLSearchParams({ grant_type: 'client_credentials', scope: scopeOf(target) });
    const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' };
    if (clientAuth === 'form') {
      form.set('client_id', clientId);
      form.set('client_secret', secret);
    } else {
      // Both are form-encoded before they are joined (RFC 6749, section 2.3.1).
      const pair = [clientId, secret].map((part) => encodeURIComponent(part)).join(':');
      headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`;
    }
    const answer = await patient(() => outbound.post(tokenUrl, headers, form.toString(), signal));
    if (!answer.ok) return answer;
    const { status, body } = answer.value;
    if (status < 200 || status > 299) {
      return failed('forbidden', `The token address answered with status ${status}; see clientId, secret and scope.`);
    }
    const found = (jsonOf(body) as { access_token?: unknown } | undefined)?.access_token;
    if (typeof found !== 'string' || !/^[\x21-\x7e]+$/.test(found)) {
      return failed('unreadable-input', 'The token address answered without an access_token.');
    }
    return ok(found);
  }

  const needsToken = target.auth !== 'oauth1' && target.auth !== 'bearer';

  return {
    async get(url) {
      for (let renewed = false; ; renewed = true) {
        if (needsToken && token === undefined) {
          const made = await newToken();
          if (!made.ok) return made;
          token = made.value;
        }
        const headers = () => ({
          accept: 'application/json',
          authorization: needsToken ? `Bearer ${token}` : ownAuthorization(target, url),
        });
        const answer = await patient(() => outbound.get(url, headers(), signal));
        if (!answer.ok) return answer;
        const { status } = answer.value;
        if (status === 200) return answer;
        if (status === 401 && needsToken && !renewed) {
          token = undefined;
          continue;
        }
        const { pathname } = new URL(url);
        const text = `The server answered ${pathname} with status ${status}.`;
        if (status === 401 || status === 403)
          return failed('forbidden', `${text} See clientId, secret and scopes of the client there.`);
        return failed(status === 404 ? 'unknown-object' : 'unreadable-input', text);
      }
    },
  };
}

/** Milliseconds of `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3). */
function retryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

/** Bytes as JSON; undefined where they are none. */
export function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
