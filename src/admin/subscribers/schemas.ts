import { noticeTopics, noticeWays } from '../../sync/index.ts';
import { flag, object, refer, text } from '../schema-parts.ts';
import { subscriberStates } from './rooms.ts';

const how = { enum: [...noticeWays] };
const hears = { type: 'array', minItems: 1, uniqueItems: true, items: { enum: [...noticeTopics] } };

/** What the routes of subscribers take and give. */
export const subscriberSchemas = {
  Subscriber: object({
    id: text,
    address: text,
    how,
    hears,
    state: { enum: [...subscriberStates] },
    by: { enum: ['settings', 'subscription'] },
  }),
  SubscriberList: object({ items: { type: 'array', items: refer('Subscriber') }, mails: flag }),
  NewSubscriber: object({ address: { type: 'string', minLength: 3, maxLength: 254 }, how, hears }, ['how', 'hears']),
  AskedSubscriber: object({ id: text }),
} as const;
