import { isMailAddress } from '../../../base/mail-address.ts';
import { failed } from '../../../base/result.ts';
import type { FeedSection } from './section.ts';

/**
 * What subscribers can hear of: runs that are done, held (or whose hold has expired, or was rejected), failed or skipped, and
 * alarms about the feed.
 */
export const noticeTopics = ['done', 'held', 'failed', 'skipped', 'alarm'] as const;
/** One of {@link noticeTopics}. */
export type NoticeTopic = (typeof noticeTopics)[number];

/** Whether each notice comes as a mail at once, or all of a day in one. */
export const noticeWays = ['each', 'digest'] as const;
/** One of {@link noticeWays}. */
export type NoticeWay = (typeof noticeWays)[number];

/** Somebody to whom mails about a feed go. */
export interface NoticeSubscriber {
  readonly address: string;
  /** `each` unless told. */
  readonly how?: NoticeWay;
  /** All topics unless told. */
  readonly hears?: readonly NoticeTopic[];
}

/** Who hears how a feed's runs went; part of its settings. */
export interface NoticeSettings {
  /** Who was entered by an administrator; others subscribe themselves. */
  subscribers: readonly NoticeSubscriber[];
  /** Good runs in a row with fewer records each after which a feed counts as shrinking; null: that is not looked for. */
  shrinkingRuns: number | null;
  /** By how much they must have become fewer altogether, in percent. */
  shrinkingPercent: number;
  /** When the mails of a day go out, `HH:MM` in the feed's time zone. */
  digestAt: string;
}

/** The rules of the setting `notices`. */
export const noticesSection: FeedSection<NoticeSettings> = {
  properties: {
    subscribers: {
      type: 'array',
      maxItems: 100,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['address'],
        properties: {
          address: { type: 'string', minLength: 3, maxLength: 254 },
          how: { enum: noticeWays },
          hears: { type: 'array', uniqueItems: true, minItems: 1, items: { enum: noticeTopics } },
        },
      },
    },
    shrinkingRuns: { type: ['integer', 'null'], minimum: 2, maximum: 9 },
    shrinkingPercent: { type: 'number', minimum: 0, maximum: 100 },
    digestAt: { type: 'string', pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$' },
  },
  secrets: [],
  required: [],
  defaults: { subscribers: [], digestAt: '07:00', shrinkingRuns: 5, shrinkingPercent: 10 },
  check({ subscribers }) {
    const wrong = subscribers.findIndex(({ address }) => !isMailAddress(address));
    if (wrong >= 0) {
      const text = `The setting notices.subscribers.${wrong}.address must be one mail address, as name@school.example.`;
      return failed('invalid-request', text, { field: `subscribers.${wrong}.address` });
    }
    const addresses = subscribers.map(({ address }) => address.toLowerCase());
    const twice = addresses.findIndex((address, at) => addresses.indexOf(address) < at);
    if (twice < 0) return undefined;
    const text = `The setting notices.subscribers.${twice}.address stands there twice; name each address once.`;
    return failed('invalid-request', text, { field: `subscribers.${twice}.address` });
  },
};

/** What holds for a feed for which nobody has set anything. */
export const noticeDefaults = noticesSection.defaults as NoticeSettings;
