import type { Result } from '../../base/result.ts';

/**
 * How a tenant stands: only an active one is served; a deleted one waits for the end of its quarantine, and nothing brings
 * back one that is being erased.
 */
export const tenantStates = ['active', 'suspended', 'deleted', 'erasing'] as const;
/** One of {@link tenantStates}. */
export type TenantState = (typeof tenantStates)[number];

/** A tenant as the gateway's operators see it; never anything of its data. */
export interface TenantItem {
  readonly id: string;
  readonly state: TenantState;
  /** Why it is suspended or deleted, as the operator says. */
  readonly reason: string | null;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** When it was suspended or deleted last. */
  readonly since: string | null;
  /** When a deleted one is erased; nothing brings it back then. */
  readonly erasedAt: string | null;
}

/** A tenant that was just made, with the secrets of its first administrator: told this once only. */
export interface MadeTenant extends TenantItem {
  /** Name of a credential that is SOAP user, OneRoster client and admin. */
  readonly user: string;
  readonly password: string;
  readonly adminKey: string;
}

/** The gateway's tenants, for its operators only: nothing here is bound to a tenant's Context. */
export interface Tenancy {
  /** All tenants by id, deleted ones among them. */
  list(): Promise<{ readonly items: readonly TenantItem[] }>;
  /** One of them; `unknown-object`. */
  get(id: string): Promise<Result<TenantItem>>;
  /** Makes a tenant: `already-exists`, also while a deleted one of that id is not erased; `invalid-data` for other ids than letters, digits, `-` and `_`. */
  create(id: string, options?: { readonly timeZone?: string }): Promise<Result<MadeTenant>>;
  /** Nobody comes in and no run starts until it is resumed; nothing is lost. `conflict` for a deleted one. */
  suspend(id: string, reason?: string): Promise<Result<TenantItem>>;
  /** Serves a suspended tenant again. */
  resume(id: string): Promise<Result<TenantItem>>;
  /**
   * Deletes a tenant: it is kept out of reach for the quarantine, and erased then; with `force` it is erased at once, but
   * for one of which a run or a delivery is at work (`conflict`; it is deleted then).
   */
  remove(id: string, options: { readonly force: boolean; readonly reason?: string }): Promise<Result<TenantItem>>;
  /** Brings a deleted tenant back that is not erased yet. */
  restore(id: string): Promise<Result<TenantItem>>;
  /** Erases the deleted tenants whose quarantine is over, and what an erasure that was killed has left; answers their ids. */
  eraseDue(): Promise<readonly string[]>;
}

/** Whether a text may be the id of a tenant. */
export function isTenantId(id: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(id);
}
