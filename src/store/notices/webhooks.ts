import type { Doc, Row, Store } from '../store.ts';

/** An endpoint of a tenant that is told of notices. */
export interface WebhookRow {
  readonly _id: string;
  readonly tenant: string;
  readonly id: string;
  readonly url: string;
  /** Topics that it hears of. */
  readonly hears: readonly string[];
  /** Feeds that it hears of; none: all, and what is of no feed. */
  readonly feeds: readonly string[];
  readonly state: 'on' | 'off';
  /** Why the gateway has switched it off; null: it has not. */
  readonly why: string | null;
  readonly sealed: string;
  /** The secret before, which signs as well until then. */
  readonly sealedBefore?: string;
  readonly beforeUntil?: Date;
  readonly createdAt: Date;
  /** Since when nothing has reached it. */
  readonly failingSince?: Date;
}

/** Fields of an endpoint to be set; undefined: to be taken away. */
export type WebhookFields = {
  readonly [K in keyof Omit<WebhookRow, '_id' | 'tenant' | 'id'>]?: WebhookRow[K] | undefined;
};

/** One message for one endpoint. */
export interface DeliveryRow {
  readonly _id: string;
  readonly tenant: string;
  readonly webhook: string;
  readonly id: string;
  /** What the message is of, as `run.done`. */
  readonly type: string;
  readonly body: string;
  readonly state: 'waiting' | 'delivered' | 'failed';
  readonly attempts: number;
  /** The last answer's status; null: there was none. */
  readonly status: number | null;
  readonly reason: string | null;
  readonly at: Date;
  readonly lastAt: Date | null;
  readonly keptUntil: Date;
}

const DUPLICATE_KEY = 11_000;

/** Webhooks in the store: endpoints, and what was sent to them. */
export function makeWebhookStore(store: Store) {
  const webhooks = store.rows('webhook');
  const deliveries = store.rows('delivery');
  const one = (tenant: string, id: string): Doc => ({ tenant, _id: `${tenant}/${id}` });

  return {
    async list(tenant: string): Promise<WebhookRow[]> {
      const found = webhooks.find({ tenant } as Doc, { sort: { createdAt: 1, _id: 1 } });
      return (await found.toArray()) as unknown as WebhookRow[];
    },

    async get(tenant: string, id: string): Promise<WebhookRow | undefined> {
      return ((await webhooks.findOne(one(tenant, id))) ?? undefined) as unknown as WebhookRow | undefined;
    },

    async insert(row: Omit<WebhookRow, '_id'>): Promise<void> {
      await webhooks.insertOne({ _id: `${row.tenant}/${row.id}`, ...row } as unknown as Row);
    },

    /** Sets fields, and takes away those that are undefined; false where there is none. */
    async change(tenant: string, id: string, change: WebhookFields): Promise<boolean> {
      const entries = Object.entries(change);
      const set = Object.fromEntries(entries.filter(([, value]) => value !== undefined));
      const unset = Object.fromEntries(entries.filter(([, value]) => value === undefined).map(([name]) => [name, '']));
      const update = {
        ...(Object.keys(set).length > 0 ? { $set: set } : {}),
        ...(Object.keys(unset).length > 0 ? { $unset: unset } : {}),
      };
      return (await webhooks.updateOne(one(tenant, id), update as Doc)).matchedCount === 1;
    },

    /** Removes an endpoint with what was sent to it; false where there is none. */
    async remove(tenant: string, id: string): Promise<boolean> {
      const { deletedCount } = await webhooks.deleteOne(one(tenant, id));
      await deliveries.deleteMany({ tenant, webhook: id } as Doc);
      return deletedCount === 1;
    },

    /** Writes a message down; false where the endpoint has it already. */
    async addDelivery(row: Omit<DeliveryRow, '_id'>): Promise<boolean> {
      try {
        await deliveries.insertOne({ _id: `${row.tenant}/${row.id}`, ...row } as unknown as Row);
        return true;
      } catch (error) {
        if ((error as { code?: unknown }).code === DUPLICATE_KEY) return false;
        throw error;
      }
    },

    async delivery(tenant: string, id: string): Promise<DeliveryRow | undefined> {
      return ((await deliveries.findOne(one(tenant, id))) ?? undefined) as unknown as DeliveryRow | undefined;
    },

    async changeDelivery(
      tenant: string,
      id: string,
      change: Partial<Omit<DeliveryRow, '_id' | 'tenant' | 'id'>>,
    ): Promise<void> {
      await deliveries.updateOne(one(tenant, id), { $set: change } as Doc);
    },

    /** Messages of an endpoint, newest first, behind a place. */
    async deliveries(
      tenant: string,
      webhook: string,
      {
        state,
        before,
        since,
        limit,
      }: { state?: string; before?: { at: Date; id: string }; since?: Date; limit: number },
    ): Promise<DeliveryRow[]> {
      const at = {
        ...(since === undefined ? {} : { at: { $gte: since } }),
        ...(before === undefined
          ? {}
          : { $or: [{ at: { $lt: before.at } }, { at: before.at, _id: { $lt: `${tenant}/${before.id}` } }] }),
      };
      const filter = { tenant, webhook, ...(state === undefined ? {} : { state }), ...at };
      const found = deliveries.find(filter as Doc, { sort: { at: -1, _id: -1 }, limit });
      return (await found.toArray()) as unknown as DeliveryRow[];
    },
  };
}

/** See {@link makeWebhookStore}. */
export type WebhookStore = ReturnType<typeof makeWebhookStore>;
