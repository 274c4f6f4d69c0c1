import type { Result } from '../../base/result.ts';
import type { Context } from '../../roster/index.ts';
import type { NoticeTopic, NoticeWay } from '../../sync/index.ts';

/** Somebody who gets mails about a feed, has asked for them, or has ended them. */
export interface SubscriberItem {
  readonly id: string;
  readonly address: string;
  readonly how: NoticeWay;
  readonly hears: readonly NoticeTopic[];
  /** `on`; `asked`: the link in the mail was not used yet; `off`: ended by the link in a mail. */
  readonly state: 'on' | 'asked' | 'off';
  /** Whether an administrator has entered the address in the feed's settings, or the person has subscribed. */
  readonly by: 'settings' | 'subscription';
}

/** Who gets mails about a feed. */
export interface SubscriberList {
  readonly items: readonly SubscriberItem[];
  /** Whether mails are sent at all: SMTP_URL is set. */
  readonly mails: boolean;
}

/** What a person asks for. */
export interface NewSubscriber {
  readonly address: string;
  /** `each` unless told. */
  readonly how?: NoticeWay;
  /** All topics unless told. */
  readonly hears?: readonly NoticeTopic[];
}

/** People who get mails about feeds. */
export interface SubscribersRoom {
  /** Problem: unknown-object. */
  list(context: Context, feed: string): Promise<Result<SubscriberList>>;
  /**
   * Sends a mail with a link to the address; it is subscribed when the link is used within two days. The answer is the same for an
   * address that is subscribed already. Problems: unknown-object, invalid-data (the address), unsupported-operation (no mails are
   * sent, or PUBLIC_URL is not set), too-many-requests.
   */
  add(context: Context, feed: string, wanted: NewSubscriber): Promise<Result<{ readonly id: string }>>;
  /** Takes an address off: its subscription, or its entry in the feed's settings. Problems: unknown-object, those of settings. */
  remove(context: Context, feed: string, id: string): Promise<Result<{ readonly id: string }>>;
}

/** What a link in a mail is for. */
export interface Followed {
  readonly does: 'confirm' | 'unsubscribe';
  readonly feed: string;
}

/** What people do by links in their mails, without an account. */
export interface FollowedLinks {
  /** What a token is for; undefined where it does not hold, or no more. */
  look(token: string): Followed | undefined;
  /** Does it; the same again changes nothing. Undefined as {@link look}, and where the feed or the request is gone. */
  follow(token: string, does: Followed['does']): Promise<Followed | undefined>;
}
