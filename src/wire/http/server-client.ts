import { setTimeout as sleep } from 'node:timers/promises';
import { failed, ok, type Result } from '../../base/result.ts';
import type { Outbound, OutboundAnswer } from './outbound/index.ts';

/** Reads one server, with whatever authorization it wants, as often as is needed. */
export interface ServerClient {
  /** An answer of status 200. Problems: busy, forbidden, unknown-object, unreadable-input, too-large. */
  get(url: string): Promise<Result<OutboundAnswer>>;
}

/** How requests are authorized: by headers made for each, or by a token of OAuth 2 client credentials (RFC 6749, section 4.4). */
export type Authorization =
  | { readonly kind: 'headers'; headers(url: string): Readonly<Record<string, string>> }
  | {
      readonly kind: 'token';
      readonly tokenUrl: string;
      readonly clientId: string;
      readonly secret: string;
      /** How the client is named to the token endpoint: HTTP Basic, or fields of the form. */
      readonly clientAuth: 'basic' | 'form';
      /** Scopes with a space between; null: none are asked for. */
      readonly scope: string | null;
    };

/** What a {@link ServerClient} needs. */
export interface ServerClientDeps {
  readonly outbound: Outbound;
  readonly authorization: Authorization;
  /** Further headers of each request. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Milliseconds before a request is sent for the second time; they double with each further one. */
  readonly firstDelayMs: number;
}

const tries = 6;
const longestMs = 120_000;

/**
 * Makes a {@link ServerClient}. A token is got when it is first needed, and anew when the server does not take it any more. A
 * server that asks for patience (429, 5xx, no connection) gets it, for as long as `Retry-After` says, at most two minutes.
 */
export function makeServerClient(deps: ServerClientDeps): ServerClient {
  const { outbound, authorization, headers: more, signal, firstDelayMs } = deps;
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

  async function newToken(given: Extract<Authorization, { kind: 'token' }>): Promise<Result<string>> {
    const { tokenUrl, clientId, clientAuth, secret, scope } = given;
    const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope === null ? {} : { scope }) });
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
    const found = (jsonOf(body) as { access_token?: unknown } | null | undefined)?.access_token;
    if (typeof found !== 'string' || !/^[\x21-\x7e]+$/.test(found)) {
      return failed('unreadable-input', 'The token address answered without an access_token.');
    }
    return ok(found);
  }

  return {
    async get(url) {
      for (let renewed = false; ; renewed = true) {
        if (authorization.kind === 'token' && token === undefined) {
          const made = await newToken(authorization);
          if (!made.ok) return made;
          token = made.value;
        }
        const own = () =>
          authorization.kind === 'token' ? { authorization: `Bearer ${token}` } : authorization.headers(url);
        const answer = await patient(() =>
          outbound.get(url, { accept: 'application/json', ...more, ...own() }, signal),
        );
        if (!answer.ok) return answer;
        const { status } = answer.value;
        if (status === 200) return answer;
        if (status === 401 && authorization.kind === 'token' && !renewed) {
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
