import type { Clock } from '../../base/clock.ts';
import { sha256 } from '../../base/ids.ts';
import type { JobEnd, Jobs } from '../../jobs/index.ts';
import type { Vault } from '../../roster/index.ts';
import type { DeliveryRow, WebhookRow, WebhookStore } from '../../store/index.ts';
import type { Outbound } from '../../wire/index.ts';
import { topicOf } from '../mail/recipients.ts';
import type { Notice, NoticeChannel, Notifier } from '../types.ts';
import { sendSigned } from './send.ts';

/** What sending to endpoints needs. */
export interface WebhookChannelDeps {
  readonly webhooks: WebhookStore;
  readonly jobs: Pick<Jobs, 'handle' | 'add' | 'retime'>;
  readonly vault: Pick<Vault, 'open'>;
  readonly outbound: Pick<Outbound, 'open'>;
  readonly clock: Clock;
  /** Told when an endpoint is switched off. */
  readonly notifier: () => Notifier;
}

const minuteMs = 60_000;
const hourMs = 3_600_000;
/** Milliseconds until the next attempt after each that failed, as Standard Webhooks advises: three days in all. */
const waits = [
  5_000,
  5 * minuteMs,
  30 * minuteMs,
  2 * hourMs,
  5 * hourMs,
  10 * hourMs,
  14 * hourMs,
  20 * hourMs,
  24 * hourMs,
];
/** An endpoint that nothing has reached for so long is switched off. */
const switchedOffMs = 3 * 24 * hourMs;
/** How long a message is kept, to be sent again. */
const keptMs = 30 * 24 * hourMs;

/** What a secret of an endpoint is sealed for. */
export const webhookPurpose = (tenant: string, id: string) => `webhook:${tenant}/${id}`;

/** What writes messages down and sends them. */
export interface WebhookChannel extends NoticeChannel {
  /** Writes a message for one endpoint down and sends it; the row as it is then. */
  queue(webhook: WebhookRow, type: string, at: string, data: object, key: string): Promise<DeliveryRow>;
  /** Sends a message again, from the first attempt on. */
  again(row: DeliveryRow): Promise<void>;
}

/** Makes the channel of webhooks: one durable job for each message and endpoint. */
export function makeWebhookChannel(deps: WebhookChannelDeps): WebhookChannel {
  const { webhooks, jobs, vault, outbound, clock } = deps;

  function secretsOf({ tenant, id, sealed, sealedBefore, beforeUntil }: WebhookRow): string[] {
    const now = clock.now();
    const before = beforeUntil !== undefined && beforeUntil > now ? sealedBefore : undefined;
    return [sealed, before].flatMap((text) => {
      const secret = text === undefined ? undefined : vault.open(text, webhookPurpose(tenant, id));
      return secret === undefined ? [] : [secret];
    });
  }

  async function switchOff({ tenant, id, url }: WebhookRow, why: string): Promise<void> {
    const now = clock.now();
    await webhooks.change(tenant, id, { state: 'off', why });
    await deps.notifier().tell({
      kind: 'webhook.off',
      key: `webhook:${id}:${now.toISOString().slice(0, 10)}`,
      tenant,
      feed: null,
      at: now.toISOString(),
      run: null,
      reason: `The webhook ${id} (${new URL(url).host}) was switched off: ${why}`,
      next: `See that its receiver works, switch it on with "rostergate webhooks ${id} --on", and send what it has missed with "rostergate webhooks ${id} --replay-since TIME".`,
    });
  }

  async function attempt(webhook: WebhookRow, row: DeliveryRow, signal: AbortSignal): Promise<JobEnd> {
    const { tenant, id } = row;
    const now = clock.now();
    const secrets = secretsOf(webhook);
    const went =
      secrets.length === 0
        ? { status: null, reason: 'Its secret cannot be opened with this secrets key; rotate it.' }
        : await sendSigned(outbound, { url: webhook.url, secrets, id, body: row.body }, now, signal);
    // A gateway that stops breaks off its own requests.
    if (signal.aborted && went.status === null) return { again: now };
    const attempts = row.attempts + 1;
    const told = { attempts, status: went.status, reason: went.reason, lastAt: now };
    if (went.reason === null) {
      await webhooks.changeDelivery(tenant, id, { ...told, state: 'delivered' });
      await webhooks.change(tenant, webhook.id, { failingSince: undefined, why: null });
      return { done: true };
    }
    const failingSince = webhook.failingSince ?? now;
    await webhooks.change(tenant, webhook.id, { failingSince, why: went.reason });
    const isGone = went.status === 410;
    const wait = waits[attempts - 1];
    if (isGone || wait === undefined) {
      await webhooks.changeDelivery(tenant, id, { ...told, state: 'failed' });
      if (isGone) await switchOff(webhook, 'it answered with 410, so that it is gone for good.');
      else if (now.getTime() - failingSince.getTime() >= switchedOffMs - hourMs) {
        await switchOff(webhook, 'nothing has reached it for three days.');
      }
      return { done: true };
    }
    await webhooks.changeDelivery(tenant, id, { ...told, state: 'waiting' });
    const asked = 'waitMs' in went && went.waitMs !== undefined ? went.waitMs : 0;
    return { again: new Date(now.getTime() + Math.max(wait, asked)) };
  }

  jobs.handle({
    kind: 'webhook',
    parallel: 4,
    async work({ tenant, key }, signal) {
      const row = await webhooks.delivery(tenant, key);
      if (row === undefined || row.state !== 'waiting') return { done: true };
      const webhook = await webhooks.get(tenant, row.webhook);
      if (webhook === undefined) return { done: true };
      if (webhook.state === 'on') return attempt(webhook, row, signal);
      await webhooks.changeDelivery(tenant, key, { state: 'failed', reason: 'Its endpoint is switched off.' });
      return { done: true };
    },
  });

  async function queue(webhook: WebhookRow, type: string, at: string, data: object, key: string): Promise<DeliveryRow> {
    const { tenant } = webhook;
    const id = `msg_${sha256(`${tenant}\n${webhook.id}\n${key}`).slice(0, 32)}`;
    const now = clock.now();
    const row = {
      tenant,
      webhook: webhook.id,
      id,
      type,
      body: JSON.stringify({ type, timestamp: at, data }),
      state: 'waiting',
      attempts: 0,
      status: null,
      reason: null,
      at: now,
      lastAt: null,
      keptUntil: new Date(now.getTime() + keptMs),
    } as const;
    await webhooks.addDelivery(row);
    // Who wrote it down before may have been killed before it made the job.
    await jobs.add({ tenant, kind: 'webhook', key: id });
    return { _id: '', ...row };
  }

  return {
    name: 'webhooks',
    queue,

    async again({ tenant, id }) {
      await webhooks.changeDelivery(tenant, id, { state: 'waiting', attempts: 0, reason: null });
      const isNew = await jobs.add({ tenant, kind: 'webhook', key: id });
      if (!isNew) await jobs.retime(tenant, 'webhook', id, clock.now());
    },

    async tell(notice) {
      const { tenant, feed, kind, at, key } = notice;
      const topic = topicOf(kind);
      for (const webhook of await webhooks.list(tenant)) {
        const { state, hears, feeds } = webhook;
        const isOfFeed = feeds.length === 0 || (feed !== null && feeds.includes(feed));
        if (state === 'on' && hears.includes(topic) && isOfFeed) await queue(webhook, kind, at, dataOf(notice), key);
      }
    },
  };
}

/** A notice as a message has it: ids, counts, and texts without values of records. */
function dataOf({ tenant, feed, run, reason, next, link }: Notice): object {
  return { tenant, feed, run, reason, next, link };
}
