import { timingSafeEqual } from 'node:crypto';

/** Whether two digests or MACs are the same, in a time that tells nothing of their bytes; their lengths are no secret. */
export function isSameSecret(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
