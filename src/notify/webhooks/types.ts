import type { Paging } from '../../base/listing.ts';
import type { Result } from '../../base/result.ts';
import type { Context } from '../../roster/index.ts';
import type { NoticeTopic } from '../../sync/index.ts';

/** An endpoint that is told of notices. */
export interface WebhookItem {
  readonly id: string;
  readonly url: string;
  readonly hears: readonly NoticeTopic[];
  /** Empty: all feeds, and what is of no feed. */
  readonly feeds: readonly string[];
  readonly state: 'on' | 'off';
  /** Why the gateway has switched it off, or what is in the way; null: nothing. */
  readonly why: string | null;
  readonly createdAt: string;
  /** Since when nothing has reached it. */
  readonly failingSince: string | null;
}

/** What an endpoint is made with, or changed by. */
export interface WebhookChange {
  readonly url?: string;
  readonly hears?: readonly NoticeTopic[];
  readonly feeds?: readonly string[];
  readonly state?: 'on' | 'off';
}

/** What became of a message to an endpoint. */
export interface DeliveryItem {
  /** Its `webhook-id`, the same in every attempt. */
  readonly id: string;
  readonly type: string;
  readonly state: 'waiting' | 'delivered' | 'failed';
  readonly attempts: number;
  readonly status: number | null;
  readonly reason: string | null;
  readonly at: string;
  readonly lastAt: string | null;
}

/** Endpoints of tenants; a secret is shown when it is made, and never again. */
export interface WebhooksRoom {
  list(
    context: Context,
  ): Promise<{ readonly items: readonly WebhookItem[]; readonly total: number; readonly next: null }>;
  /** Problems: invalid-request (the address, or too many). */
  add(
    context: Context,
    wanted: WebhookChange & { readonly url: string },
  ): Promise<Result<WebhookItem & { readonly secret: string }>>;
  get(context: Context, id: string): Promise<Result<WebhookItem>>;
  change(context: Context, id: string, change: WebhookChange): Promise<Result<WebhookItem>>;
  remove(context: Context, id: string): Promise<Result<{ readonly id: string }>>;
  /** A new secret; the one before signs as well for a day. */
  rotate(
    context: Context,
    id: string,
  ): Promise<Result<{ readonly id: string; readonly secret: string; readonly beforeUntil: string }>>;
  /** Sends `webhook.test`. */
  test(context: Context, id: string): Promise<Result<DeliveryItem>>;
  deliveries(
    context: Context,
    id: string,
    query: Paging & { readonly state?: string },
  ): Promise<Result<{ readonly items: readonly DeliveryItem[]; readonly next: string | null }>>;
  /** Sends again: one message, or all that have failed since a time. */
  replay(
    context: Context,
    id: string,
    what: { readonly delivery?: string; readonly since?: string },
  ): Promise<Result<{ readonly replayed: number }>>;
}
