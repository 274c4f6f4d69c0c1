import { Webhook } from 'standardwebhooks';
import type { Outbound } from '../../wire/index.ts';

/** How an attempt went. */
export interface Attempted {
  /** Null: there was no answer. */
  readonly status: number | null;
  /** Why it was no success, in words of ours; null where it was one. */
  readonly reason: string | null;
  /** Not to be tried again before, in milliseconds, as the receiver asks. */
  readonly waitMs?: number;
}

/** The longest that a receiver may ask to be left alone. */
const mostWaitMs = 86_400_000;
const limits = { maxBytes: 65_536, idleMs: 10_000, wholeMs: 10_000 } as const;

/**
 * Sends a message once, signed by Standard Webhooks: by the secret, and by the one before while that holds. Nothing but the head
 * of the answer is read; redirects are not followed, and private addresses are refused when the connection is made.
 */
export async function sendSigned(
  outbound: Pick<Outbound, 'open'>,
  {
    url,
    secrets,
    id,
    body,
  }: { readonly url: string; readonly secrets: readonly string[]; readonly id: string; readonly body: string },
  now: Date,
  signal: AbortSignal,
): Promise<Attempted> {
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Rostergate',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, now, body)).join(' '),
  };
  const answer = await outbound.open({ method: 'POST', url, headers, body }, limits, signal);
  if (!answer.ok) return { status: null, reason: answer.problem.text };
  const { status, headers: told } = answer.value;
  answer.value.close();
  if (status >= 200 && status < 300) return { status, reason: null };
  const reason = status >= 300 && status < 400 ? 'It redirects, which is not followed.' : `It answered with ${status}.`;
  const waitMs = waitOf(told['retry-after'], now);
  return { status, reason, ...(waitMs === undefined ? {} : { waitMs }) };
}

/** `Retry-After` in seconds or as a date (RFC 9110, 10.2.3). */
function waitOf(text: string | undefined, now: Date): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now.getTime();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), mostWaitMs);
}
