import type { Doc, Row, Store } from '../store.ts';

/** A notice as it is stored. */
export interface NoticeRow {
  readonly _id: string;
  readonly tenant: string;
  /** Names it in its tenant. */
  readonly key: string;
  readonly at: Date;
  /** The notice as channels are told. */
  readonly notice: Doc;
  /** Not passed on to every channel yet. */
  readonly open: boolean;
  /** Ids of subscribers to whom it was mailed. */
  readonly mailed: readonly string[];
  /** Ids of subscribers in whose mail of the day it will be. */
  readonly waits: readonly string[];
  readonly keptUntil: Date;
}

const DUPLICATE_KEY = 11_000;

/** Notices in the store: each is written down once, and remembered with whom it has reached. */
export function makeNoticeStore(store: Store) {
  const notices = store.rows('notice');
  const idOf = (tenant: string, key: string) => `${tenant}/${key}`;
  const one = (tenant: string, key: string): Doc => ({ tenant, _id: idOf(tenant, key) });
  const asRow = (row: Row | null) => (row === null ? undefined : (row as unknown as NoticeRow));

  return {
    /** Writes a notice down; false where the tenant has one of its key. */
    async insert(row: Pick<NoticeRow, 'tenant' | 'key' | 'at' | 'notice' | 'keptUntil'>): Promise<boolean> {
      try {
        await notices.insertOne({ _id: idOf(row.tenant, row.key), ...row, open: true, mailed: [], waits: [] });
        return true;
      } catch (error) {
        if ((error as { code?: unknown }).code === DUPLICATE_KEY) return false;
        throw error;
      }
    },

    async get(tenant: string, key: string): Promise<NoticeRow | undefined> {
      return asRow(await notices.findOne(one(tenant, key)));
    },

    /** The newest notice whose key begins so; keys of one beginning are in the order of their times. */
    async latest(tenant: string, beginning: string): Promise<NoticeRow | undefined> {
      const from = idOf(tenant, beginning);
      const filter = { tenant, _id: { $gte: from, $lt: `${from}\uffff` } };
      return asRow(await notices.findOne(filter as Doc, { sort: { _id: -1 } }));
    },

    /** Every channel has it. */
    async close(tenant: string, key: string): Promise<void> {
      await notices.updateOne(one(tenant, key), { $set: { open: false } });
    },

    /** Leaves a notice for a subscriber's mail of the day, unless it was mailed already. */
    async park(tenant: string, key: string, subscriber: string): Promise<void> {
      const filter = { ...one(tenant, key), mailed: { $ne: subscriber } };
      await notices.updateOne(filter, { $addToSet: { waits: subscriber } } as Doc);
    },

    /** What waits for a subscriber's mail of the day, the oldest first. */
    async parked(tenant: string, subscriber: string, limit: number): Promise<NoticeRow[]> {
      const found = notices.find({ tenant, waits: subscriber } as Doc, { sort: { at: 1, _id: 1 }, limit });
      return (await found.toArray()) as unknown as NoticeRow[];
    },

    /** Notes that notices were mailed to a subscriber. */
    async mailed(tenant: string, keys: readonly string[], subscriber: string): Promise<void> {
      const filter = { tenant, _id: { $in: keys.map((key) => idOf(tenant, key)) } };
      await notices.updateMany(
        filter as Doc,
        { $addToSet: { mailed: subscriber }, $pull: { waits: subscriber } } as Doc,
      );
    },

    /** Forgets what waits for a subscriber who wants no mails any more. */
    async unpark(tenant: string, subscriber: string): Promise<void> {
      await notices.updateMany({ tenant, waits: subscriber } as Doc, { $pull: { waits: subscriber } } as Doc);
    },
  };
}

/** See {@link makeNoticeStore}. */
export type NoticeStore = ReturnType<typeof makeNoticeStore>;
