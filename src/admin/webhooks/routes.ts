import { answerOf } from '../answer.ts';
import { paging, present } from '../parameters.ts';
import { route } from '../route.ts';
import type { AskedWebhook } from './rooms.ts';

const bodyProblems = ['unreadable-input', 'too-large', 'unsupported-media-type', 'invalid-request'] as const;

/** Endpoints that are told of notices, by Standard Webhooks. */
export const webhookRoutes = [
  route({
    id: 'listWebhooks',
    action: 'webhooks.read',
    method: 'get',
    path: '/webhooks',
    summary: 'Endpoints that are told of notices; without their secrets.',
    query: {},
    success: { status: 200, doc: 'The endpoints.', schema: 'WebhookList' },
    problems: [],
    async handle({ notify }, { context }) {
      return { status: 200, body: await notify.webhooks.list(context) };
    },
  }),
  route({
    id: 'addWebhook',
    action: 'webhooks.write',
    method: 'post',
    path: '/webhooks',
    summary:
      'Makes an endpoint; its secret is shown this once. `hears`: topics, all unless told; `feeds`: all unless told.',
    query: {},
    body: 'NewWebhook',
    success: { status: 201, doc: 'The endpoint with its secret.', schema: 'WebhookWithSecret' },
    problems: [...bodyProblems, 'forbidden'],
    async handle({ notify }, { context, body }) {
      const added = await notify.webhooks.add(context, body as AskedWebhook & { url: string });
      return added.ok ? { status: 201, body: added.value } : added;
    },
  }),
  route({
    id: 'readWebhook',
    action: 'webhooks.read',
    method: 'get',
    path: '/webhooks/:id',
    summary: 'An endpoint, and what is in its way.',
    query: {},
    success: { status: 200, doc: 'The endpoint.', schema: 'Webhook' },
    problems: ['unknown-object'],
    async handle({ notify }, { context, id }) {
      return answerOf(await notify.webhooks.get(context, id));
    },
  }),
  route({
    id: 'changeWebhook',
    action: 'webhooks.write',
    method: 'patch',
    path: '/webhooks/:id',
    summary: 'Changes an endpoint, or switches it on or off; what is left out stays.',
    query: {},
    body: 'WebhookChange',
    success: { status: 200, doc: 'The endpoint as it is now.', schema: 'Webhook' },
    problems: [...bodyProblems, 'unknown-object', 'forbidden'],
    async handle({ notify }, { context, id, body }) {
      return answerOf(await notify.webhooks.change(context, id, body as AskedWebhook));
    },
  }),
  route({
    id: 'removeWebhook',
    action: 'webhooks.write',
    method: 'delete',
    path: '/webhooks/:id',
    summary: 'Removes an endpoint with what was sent to it.',
    query: {},
    success: { status: 204, doc: 'Nothing is sent there any more.' },
    problems: ['unknown-object'],
    async handle({ notify }, { context, id }) {
      const removed = await notify.webhooks.remove(context, id);
      return removed.ok ? { status: 204 } : removed;
    },
  }),
  route({
    id: 'rotateWebhookSecret',
    action: 'webhooks.write',
    method: 'post',
    path: '/webhooks/:id/secret',
    summary: 'A new secret, shown this once; messages are signed by the one before too until `beforeUntil`.',
    query: {},
    success: { status: 200, doc: 'The secret.', schema: 'WebhookSecret' },
    problems: ['unknown-object'],
    async handle({ notify }, { context, id }) {
      return answerOf(await notify.webhooks.rotate(context, id));
    },
  }),
  route({
    id: 'testWebhook',
    action: 'webhooks.replay',
    method: 'post',
    path: '/webhooks/:id/test',
    summary: 'Sends the message `webhook.test`; the deliveries show what became of it.',
    query: {},
    success: { status: 202, doc: 'The message is on its way.', schema: 'WebhookDelivery' },
    problems: ['unknown-object', 'conflict'],
    async handle({ notify }, { context, id }) {
      const sent = await notify.webhooks.test(context, id);
      return sent.ok ? { status: 202, body: sent.value } : sent;
    },
  }),
  route({
    id: 'listWebhookDeliveries',
    action: 'webhooks.read',
    method: 'get',
    path: '/webhooks/:id/deliveries',
    summary: 'Messages to an endpoint, newest first, kept for 30 days: attempts, the last status, what was in the way.',
    query: { ...paging, state: { kind: 'choice', choices: ['waiting', 'delivered', 'failed'], doc: 'Only these.' } },
    success: { status: 200, doc: 'A page of messages.', schema: 'WebhookDeliveryList' },
    problems: ['unknown-object', 'invalid-request'],
    async handle({ notify }, { context, id, query: { limit, ...rest } }) {
      return answerOf(await notify.webhooks.deliveries(context, id, { ...present(rest), limit }));
    },
  }),
  route({
    id: 'replayWebhook',
    action: 'webhooks.replay',
    method: 'post',
    path: '/webhooks/:id/replay',
    summary: 'Sends again: the message `delivery`, or all that have failed since a time, at most 1,000.',
    query: {},
    body: 'WebhookReplay',
    success: { status: 202, doc: 'How many are on their way.', schema: 'WebhookReplayed' },
    problems: [...bodyProblems, 'unknown-object', 'conflict'],
    async handle({ notify }, { context, id, body }) {
      const sent = await notify.webhooks.replay(context, id, body as { delivery?: string; since?: string });
      return sent.ok ? { status: 202, body: sent.value } : sent;
    },
  }),
];
