import type { Context } from '../../roster/index.ts';
import { type SubscriberStore, subscriberId } from '../../store/index.ts';
import { type Feed, type NoticeTopic, type NoticeWay, noticeTopics, type Sync } from '../../sync/index.ts';
import type { NoticeKind } from '../types.ts';

/** Somebody to whom mails about a feed go. */
export interface Recipient {
  readonly id: string;
  readonly feed: string;
  readonly address: string;
  readonly how: NoticeWay;
  readonly hears: readonly NoticeTopic[];
}

/** Who gets mails: those in the feeds' settings and those who have subscribed, without those who want none. */
export interface Recipients {
  /** Of a feed; of a tenant as a whole where it is null, each address once. */
  of(tenant: string, feed: string | null): Promise<readonly Recipient[]>;
  /** The one of that id, if mails still go there. */
  find(tenant: string, feed: string, id: string): Promise<Recipient | undefined>;
}

/** Who acts where the gateway looks at settings for its mails. */
export const noticeContext = (tenant: string): Context => ({
  tenant,
  writer: 'gateway',
  namespace: 'default',
  source: 'file',
});

/** Makes {@link Recipients}. */
export function makeRecipients(sync: Pick<Sync, 'feed' | 'feeds'>, subscribers: SubscriberStore): Recipients {
  async function ofFeed(tenant: string, { name: feed, notices }: Feed): Promise<Recipient[]> {
    const stored = await subscribers.of(tenant, feed);
    const off = new Set(stored.filter(({ state }) => state === 'off').map(({ id }) => id));
    const entered = (notices?.subscribers ?? []).map(({ address, how = 'each', hears = noticeTopics }) => {
      return { id: subscriberId(feed, address), feed, address, how, hears };
    });
    const known = new Set(entered.map(({ id }) => id));
    const own = stored
      .filter(({ id, state }) => state === 'on' && !known.has(id))
      .map(({ id, address, how, hears }): Recipient => {
        return { id, feed, address, how: how as NoticeWay, hears: hears as NoticeTopic[] };
      });
    return [...entered.filter(({ id }) => !off.has(id)), ...own];
  }

  async function of(tenant: string, feed: string | null): Promise<readonly Recipient[]> {
    if (feed !== null) {
      const found = await sync.feed(noticeContext(tenant), feed);
      return found === undefined ? [] : ofFeed(tenant, found);
    }
    const all = new Map<string, Recipient>();
    for (const one of (await sync.feeds(noticeContext(tenant))).items) {
      for (const recipient of await ofFeed(tenant, one)) {
        const address = recipient.address.toLowerCase();
        if (!all.has(address) && recipient.hears.includes('alarm')) all.set(address, recipient);
      }
    }
    return [...all.values()];
  }

  return {
    of,
    async find(tenant, feed, id) {
      return (await of(tenant, feed)).find((recipient) => recipient.id === id);
    },
  };
}

/** What a kind of notice is to subscribers. */
export function topicOf(kind: NoticeKind): NoticeTopic {
  switch (kind) {
    case 'run.done':
      return 'done';
    case 'run.held':
    case 'run.expired':
    case 'run.rejected':
    case 'hold.reminder':
      return 'held';
    case 'run.failed':
      return 'failed';
    case 'run.skipped':
      return 'skipped';
    default:
      return 'alarm';
  }
}
