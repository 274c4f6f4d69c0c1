import { answerOf } from '../answer.ts';
import { route } from '../route.ts';
import type { AskedSubscriber } from './rooms.ts';

/** Who gets mails about a feed. */
export const subscriberRoutes = [
  route({
    id: 'listSubscribers',
    action: 'subscribers.read',
    method: 'get',
    path: '/feeds/:name/subscribers',
    summary:
      'Who gets mails about a feed: by its settings or by a subscription; who has asked and not confirmed, and who has ended the mails. `mails`: whether any are sent (SMTP_URL is set).',
    query: {},
    success: { status: 200, doc: 'The subscribers.', schema: 'SubscriberList' },
    problems: ['unknown-object'],
    async handle({ notify }, { context, id }) {
      return answerOf(await notify.subscribers.list(context, id));
    },
  }),
  route({
    id: 'addSubscriber',
    action: 'subscribers.add',
    method: 'post',
    path: '/feeds/:name/subscribers',
    summary:
      'Asks for mails about a feed: a mail with a link goes to the address, which is subscribed when the link is used within two days.',
    query: {},
    body: 'NewSubscriber',
    success: { status: 202, doc: 'The mail is on its way.', schema: 'AskedSubscriber' },
    problems: [
      'unreadable-input',
      'too-large',
      'unsupported-media-type',
      'unknown-object',
      'invalid-data',
      'unsupported-operation',
    ],
    async handle({ notify }, { context, id, body }) {
      const added = await notify.subscribers.add(context, id, body as AskedSubscriber);
      return added.ok ? { status: 202, body: added.value } : added;
    },
  }),
  route({
    id: 'removeSubscriber',
    action: 'subscribers.remove',
    method: 'delete',
    path: '/feeds/:name/subscribers',
    summary: 'Takes a subscriber off: the subscription, or the entry in the feed’s settings.',
    query: { id: { kind: 'text', max: 64, required: true, doc: 'Id of the subscriber, as the list shows it.' } },
    success: { status: 204, doc: 'No mails go there any more.' },
    problems: ['unknown-object'],
    async handle({ notify }, { context, id, query }) {
      const removed = await notify.subscribers.remove(context, id, query.id);
      return removed.ok ? { status: 204 } : removed;
    },
  }),
];
