import { OutboundFailed } from './failed.ts';
import type { Outbound } from './outbound.ts';

/** What a library asks for in the manner of `fetch`. */
export interface FetchOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Statuses whose answers have no body (Fetch, section 2.2.3). */
const empty: readonly number[] = [204, 205, 304];

/**
 * Makes a `fetch` for libraries that bring their own requests, GET and POST of texts: it goes out as all else does, by
 * the guarded way. Throws {@link OutboundFailed}.
 */
export function makeOutboundFetch(outbound: Outbound): (url: string, options: FetchOptions) => Promise<Response> {
  return async (url, { method = 'GET', headers = {}, body, signal }) => {
    const isPost = method === 'POST';
    if (!isPost && method !== 'GET') throw new Error(`the way out has no method ${method}`);
    const answer = isPost
      ? await outbound.post(url, headers, textOf(body), signal)
      : await outbound.get(url, headers, signal);
    if (!answer.ok) throw new OutboundFailed(answer.problem);
    const { status, contentType } = answer.value;
    const bytes = new Uint8Array(answer.value.body);
    return new Response(empty.includes(status) ? null : bytes, {
      status,
      headers: contentType === undefined ? {} : { 'content-type': contentType },
    });
  };
}

function textOf(body: unknown): string {
  if (body === undefined || body === null) return '';
  if (typeof body === 'string' || body instanceof URLSearchParams) return String(body);
  throw new Error('the way out takes texts only');
}
