import { noticeTopics } from '../../sync/index.ts';
import { count, object, orNull, refer, text } from '../schema-parts.ts';

const url = { type: 'string', minLength: 8, maxLength: 2_000 };
const hears = { type: 'array', minItems: 1, uniqueItems: true, items: { enum: [...noticeTopics] } };
const feeds = {
  type: 'array',
  maxItems: 200,
  uniqueItems: true,
  items: { type: 'string', minLength: 1, maxLength: 128 },
};
const state = { enum: ['on', 'off'] };
const webhook = {
  id: text,
  url: text,
  hears,
  feeds,
  state,
  why: orNull(text),
  createdAt: text,
  failingSince: orNull(text),
};

/** What the routes of webhooks take and give. */
export const webhookSchemas = {
  Webhook: object(webhook),
  WebhookWithSecret: object({ ...webhook, secret: text }),
  WebhookList: object({ items: { type: 'array', items: refer('Webhook') }, total: count, next: orNull(text) }),
  NewWebhook: object({ url, hears, feeds, state }, ['hears', 'feeds', 'state']),
  WebhookChange: object({ url, hears, feeds, state }, ['url', 'hears', 'feeds', 'state']),
  WebhookSecret: object({ id: text, secret: text, beforeUntil: text }),
  WebhookDelivery: object({
    id: text,
    type: text,
    state: { enum: ['waiting', 'delivered', 'failed'] },
    attempts: count,
    status: orNull(count),
    reason: orNull(text),
    at: text,
    lastAt: orNull(text),
  }),
  WebhookDeliveryList: object({ items: { type: 'array', items: refer('WebhookDelivery') }, next: orNull(text) }),
  WebhookReplay: object({ delivery: { type: 'string', maxLength: 64 }, since: { type: 'string', maxLength: 64 } }, [
    'delivery',
    'since',
  ]),
  WebhookReplayed: object({ replayed: count }),
} as const;
