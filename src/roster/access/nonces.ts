import { sha256 } from '../../base/ids.ts';
import type { Store } from '../../store/index.ts';

/** How far the time of a proof may be from now, before or after, in milliseconds. */
export const proofWindowMs = 300_000;
/** How long a nonce is kept: the window's both sides, and as much again for clocks of other machines. */
const nonceMs = 4 * proofWindowMs;
const duplicateKey = 11_000;

/** The nonces that credentials have used, known to all instances and after a restart. */
export interface Nonces {
  /** Whether nobody has used a nonce, under this name of its own, before: one insert, that succeeds once. */
  isFirst(tenant: string, name: string): Promise<boolean>;
}

/** Makes {@link Nonces}. */
export function makeNonces(store: Store, now: () => number): Nonces {
  return {
    async isFirst(tenant, name) {
      try {
        await store.rows('nonce').insertOne({ _id: sha256(name), tenant, expiresAt: new Date(now() + nonceMs) });
        return true;
      } catch (error) {
        if ((error as { code?: unknown }).code === duplicateKey) return false;
        throw error;
      }
    },
  };
}
