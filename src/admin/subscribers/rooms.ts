import type { Result } from '../../base/result.ts';
import type { Context } from '../../roster/index.ts';
import type { NoticeTopic, NoticeWay } from '../../sync/index.ts';

/** What a person who asks for a feed's mails names. */
export interface AskedSubscriber {
  readonly address: string;
  readonly how?: NoticeWay;
  readonly hears?: readonly NoticeTopic[];
}

/** States of a subscriber. */
export const subscriberStates = ['on', 'asked', 'off'] as const;

/** Somebody who gets mails about a feed. */
export interface ShownSubscriber extends Required<AskedSubscriber> {
  readonly id: string;
  readonly state: (typeof subscriberStates)[number];
  readonly by: 'settings' | 'subscription';
}

/** What the routes of subscribers need. */
export interface SubscribersOfFeeds {
  list(
    context: Context,
    feed: string,
  ): Promise<Result<{ readonly items: readonly ShownSubscriber[]; readonly mails: boolean }>>;
  add(context: Context, feed: string, wanted: AskedSubscriber): Promise<Result<{ readonly id: string }>>;
  remove(context: Context, feed: string, id: string): Promise<Result<{ readonly id: string }>>;
}
