import { sha256 } from '../../base/ids.ts';
import type { Doc, Row, Store } from '../store.ts';

/** Somebody who has asked for a feed's mails, or wants none any more. */
export interface SubscriberRow {
  readonly _id: string;
  readonly tenant: string;
  readonly feed: string;
  /** Of the feed and the address; see {@link subscriberId}. */
  readonly id: string;
  readonly address: string;
  readonly how: string;
  readonly hears: readonly string[];
  /** `asked`: the link in the mail was not used yet; `on`; `off`: ended by the link in a mail, whatever the settings say. */
  readonly state: 'asked' | 'on' | 'off';
  readonly at: Date;
  /** When mails with a link went to the address of late. */
  readonly asked?: readonly Date[];
  /** asked: when the link is over. */
  readonly expiresAt?: Date;
}

/** The id of an address among the subscribers of a feed: the same in whatever case it is written. */
export function subscriberId(feed: string, address: string): string {
  return sha256(`${feed}\n${address.toLowerCase()}`).slice(0, 32);
}

/** Subscribers in the store. */
export function makeSubscriberStore(store: Store) {
  const subscribers = store.rows('subscriber');
  const one = (tenant: string, feed: string, id: string): Doc => ({ tenant, _id: `${tenant}/${feed}/${id}` });
  const asRow = (row: Row | null) => (row === null ? undefined : (row as unknown as SubscriberRow));

  return {
    async get(tenant: string, feed: string, id: string): Promise<SubscriberRow | undefined> {
      return asRow(await subscribers.findOne(one(tenant, feed, id)));
    },

    /** All of a feed, by address. */
    async of(tenant: string, feed: string): Promise<SubscriberRow[]> {
      const found = subscribers.find({ tenant, feed } as Doc, { sort: { address: 1 } });
      return (await found.toArray()) as unknown as SubscriberRow[];
    },

    /** Writes one in the place of what was known of the address. */
    async put({ tenant, feed, id, ...rest }: Omit<SubscriberRow, '_id'>): Promise<void> {
      const filter = one(tenant, feed, id);
      await subscribers.replaceOne(filter, { tenant, feed, id, ...rest } as Doc, { upsert: true });
    },

    /** False where there was none. */
    async remove(tenant: string, feed: string, id: string): Promise<boolean> {
      return (await subscribers.deleteOne(one(tenant, feed, id))).deletedCount === 1;
    },

    /** How many addresses of a tenant were asked for since a time. */
    async askedSince(tenant: string, since: Date): Promise<number> {
      return subscribers.countDocuments({ tenant, asked: { $gte: since } } as Doc);
    },

    /** Forgets all of a feed. */
    async removeAll(tenant: string, feed: string): Promise<void> {
      await subscribers.deleteMany({ tenant, feed } as Doc);
    },
  };
}

/** See {@link makeSubscriberStore}. */
export type SubscriberStore = ReturnType<typeof makeSubscriberStore>;
