import type { Paging } from '../../base/listing.ts';
import type { Result } from '../../base/result.ts';
import type { Context } from '../../roster/index.ts';
import type { NoticeTopic } from '../../sync/index.ts';

/** What an endpoint is made with, or changed by. */
export interface AskedWebhook {
  readonly url?: string;
  readonly hears?: readonly NoticeTopic[];
  readonly feeds?: readonly string[];
  readonly state?: 'on' | 'off';
}

/** An endpoint that is told of notices. */
export interface ShownWebhook extends Required<AskedWebhook> {
  readonly id: string;
  readonly why: string | null;
  readonly createdAt: string;
  readonly failingSince: string | null;
}

/** What became of a message. */
export interface ShownDelivery {
  readonly id: string;
  readonly type: string;
  readonly state: 'waiting' | 'delivered' | 'failed';
  readonly attempts: number;
  readonly status: number | null;
  readonly reason: string | null;
  readonly at: string;
  readonly lastAt: string | null;
}

/** What the routes of webhooks need. */
export interface WebhooksOfTenants {
  list(
    context: Context,
  ): Promise<{ readonly items: readonly ShownWebhook[]; readonly total: number; readonly next: null }>;
  add(
    context: Context,
    wanted: AskedWebhook & { readonly url: string },
  ): Promise<Result<ShownWebhook & { readonly secret: string }>>;
  get(context: Context, id: string): Promise<Result<ShownWebhook>>;
  change(context: Context, id: string, change: AskedWebhook): Promise<Result<ShownWebhook>>;
  remove(context: Context, id: string): Promise<Result<{ readonly id: string }>>;
  rotate(
    context: Context,
    id: string,
  ): Promise<Result<{ readonly id: string; readonly secret: string; readonly beforeUntil: string }>>;
  test(context: Context, id: string): Promise<Result<ShownDelivery>>;
  deliveries(
    context: Context,
    id: string,
    query: Paging & { readonly state?: string },
  ): Promise<Result<{ readonly items: readonly ShownDelivery[]; readonly next: string | null }>>;
  replay(
    context: Context,
    id: string,
    what: { readonly delivery?: string; readonly since?: string },
  ): Promise<Result<{ readonly replayed: number }>>;
}
