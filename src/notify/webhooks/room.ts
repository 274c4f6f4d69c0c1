import { randomBytes } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { randomId } from '../../base/ids.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import type { Vault } from '../../roster/index.ts';
import type { DeliveryRow, WebhookRow, WebhookStore } from '../../store/index.ts';
import { type NoticeTopic, noticeTopics, type Sync } from '../../sync/index.ts';
import type { Outbound } from '../../wire/index.ts';
import { type WebhookChannel, webhookPurpose } from './channel.ts';
import type { DeliveryItem, WebhookChange, WebhookItem, WebhooksRoom } from './types.ts';

/** What endpoints of tenants need. */
export interface WebhooksDeps {
  readonly webhooks: WebhookStore;
  readonly channel: WebhookChannel;
  readonly vault: Pick<Vault, 'seal'>;
  readonly outbound: Pick<Outbound, 'check'>;
  readonly sync: Pick<Sync, 'feed'>;
  readonly clock: Clock;
}

/** Endpoints of one tenant. */
const mostWebhooks = 20;
/** How long the secret before signs as well. */
const rotationMs = 86_400_000;
/** Messages that are sent again by one request. */
const mostReplayed = 1_000;

/** Makes the {@link WebhooksRoom}. */
export function makeWebhooks({ webhooks, channel, vault, outbound, sync, clock }: WebhooksDeps): WebhooksRoom {
  async function find(tenant: string, id: string): Promise<Result<WebhookRow>> {
    const row = await webhooks.get(tenant, id);
    const shown = id.slice(0, 64);
    return row === undefined ? failed('unknown-object', `There is no webhook ${shown}.`, { id: shown }) : ok(row);
  }

  async function wrong(context: Parameters<WebhooksRoom['list']>[0], { url, feeds = [] }: WebhookChange) {
    const checked = url === undefined ? undefined : outbound.check(url);
    if (checked !== undefined && !checked.ok) return checked;
    for (const feed of feeds) {
      if ((await sync.feed(context, feed)) !== undefined) continue;
      return failed('invalid-request', `There is no feed ${feed.slice(0, 64)}.`, { field: 'feeds' });
    }
    return undefined;
  }

  const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`;

  return {
    async list({ tenant }) {
      const items = (await webhooks.list(tenant)).map(itemOf);
      return { items, total: items.length, next: null };
    },

    async add(context, wanted) {
      const { tenant } = context;
      const refused = await wrong(context, wanted);
      if (refused !== undefined) return refused;
      if ((await webhooks.list(tenant)).length >= mostWebhooks) {
        return failed('invalid-request', `A tenant has at most ${mostWebhooks} webhooks; remove one first.`);
      }
      const id = randomId();
      const secret = newSecret();
      const row = {
        tenant,
        id,
        url: wanted.url,
        hears: wanted.hears ?? noticeTopics,
        feeds: wanted.feeds ?? [],
        state: wanted.state ?? 'on',
        why: null,
        sealed: vault.seal(secret, webhookPurpose(tenant, id)),
        createdAt: clock.now(),
      } as const;
      await webhooks.insert(row);
      return ok({ ...itemOf({ _id: '', ...row }), secret });
    },

    async get({ tenant }, id) {
      const row = await find(tenant, id);
      return row.ok ? ok(itemOf(row.value)) : row;
    },

    async change(context, id, change) {
      const { tenant } = context;
      const row = await find(tenant, id);
      if (!row.ok) return row;
      const refused = await wrong(context, change);
      if (refused !== undefined) return refused;
      // Who switches it on begins anew.
      const anew = change.state === 'on' || change.url !== undefined ? { failingSince: undefined, why: null } : {};
      await webhooks.change(tenant, id, { ...change, ...anew });
      const changed = await find(tenant, id);
      return changed.ok ? ok(itemOf(changed.value)) : changed;
    },

    async remove({ tenant }, id) {
      const row = await find(tenant, id);
      if (!row.ok) return row;
      await webhooks.remove(tenant, id);
      return ok({ id });
    },

    async rotate({ tenant }, id) {
      const row = await find(tenant, id);
      if (!row.ok) return row;
      const secret = newSecret();
      const beforeUntil = new Date(clock.now().getTime() + rotationMs);
      const sealed = vault.seal(secret, webhookPurpose(tenant, id));
      await webhooks.change(tenant, id, { sealed, sealedBefore: row.value.sealed, beforeUntil });
      return ok({ id, secret, beforeUntil: beforeUntil.toISOString() });
    },

    async test({ tenant }, id) {
      const row = await find(tenant, id);
      if (!row.ok) return row;
      if (row.value.state === 'off')
        return failed('conflict', 'The webhook is switched off; switch it on first.', { id });
      const at = clock.now().toISOString();
      return ok(deliveryOf(await channel.queue(row.value, 'webhook.test', at, { tenant }, `test:${randomId()}`)));
    },

    async deliveries({ tenant }, id, { limit, cursor, state }) {
      const row = await find(tenant, id);
      if (!row.ok) return row;
      const [, time, last = ''] = /^(\d{1,15})~([\w]{1,64})$/.exec(cursor ?? '') ?? [];
      if (cursor !== undefined && time === undefined) {
        return failed('invalid-request', 'The cursor is not one of this list; begin anew without it.', {
          field: 'cursor',
        });
      }
      const before = time === undefined ? {} : { before: { at: new Date(Number(time)), id: last } };
      const wanted = { ...(state === undefined ? {} : { state }), ...before, limit: limit + 1 };
      const found = await webhooks.deliveries(tenant, id, wanted);
      const items = found.slice(0, limit);
      const end = found.length > limit ? items.at(-1) : undefined;
      return ok({ items: items.map(deliveryOf), next: end === undefined ? null : `${end.at.getTime()}~${end.id}` });
    },

    async replay({ tenant }, id, { delivery, since }) {
      const row = await find(tenant, id);
      if (!row.ok) return row;
      if (row.value.state === 'off')
        return failed('conflict', 'The webhook is switched off; switch it on first.', { id });
      if (delivery !== undefined) {
        const one = await webhooks.delivery(tenant, delivery);
        if (one === undefined || one.webhook !== id) {
          const shown = delivery.slice(0, 64);
          return failed('unknown-object', `There is no message ${shown} of this webhook.`, { id: shown });
        }
        await channel.again(one);
        return ok({ replayed: 1 });
      }
      const from = new Date(since ?? Number.NaN);
      if (Number.isNaN(from.getTime())) {
        return failed('invalid-request', 'Name a message, or since when: a time as 2026-03-01T00:00:00Z.', {
          field: 'since',
        });
      }
      const rows = await webhooks.deliveries(tenant, id, { state: 'failed', since: from, limit: mostReplayed });
      // The oldest first, as they would have come.
      for (const one of rows.reverse()) await channel.again(one);
      return ok({ replayed: rows.length });
    },
  };
}

function itemOf({ id, url, hears, feeds, state, why, createdAt, failingSince }: WebhookRow): WebhookItem {
  return {
    id,
    url,
    hears: hears as readonly NoticeTopic[],
    feeds,
    state,
    why,
    createdAt: createdAt.toISOString(),
    failingSince: failingSince?.toISOString() ?? null,
  };
}

function deliveryOf({ id, type, state, attempts, status, reason, at, lastAt }: DeliveryRow): DeliveryItem {
  return { id, type, state, attempts, status, reason, at: at.toISOString(), lastAt: lastAt?.toISOString() ?? null };
}
