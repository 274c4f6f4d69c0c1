import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';

/** A 128-bit guid as 32 hexadecimal digits: HMAC-SHA-256 of a text under a tenant's key, cut to half. */
export function guidOf(tenantKey: Uint8Array, text: string): string {
  // A slice of all digits would keep the others in memory.
  return createHmac('sha256', tenantKey).update(text, 'utf8').digest().toString('hex', 0, 16);
}

/** Whether a text has the shape of a guid. */
export function isGuid(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

/**
 * A new random id of about 120 bits as 22 URL-safe characters; for runs and requests. It begins with a letter or digit,
 * so that no command line takes it for an option.
 */
export function randomId(): string {
  for (;;) {
    // Many of them are drawn at once by the platform, which is a tenth of the time of as many random bytes.
    const id = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
    if (/^[0-9A-Za-z]/.test(id)) return id;
  }
}

/** A new secret of `bytes` random bytes as URL-safe text. */
export function randomSecret(bytes = 24): string {
  return randomBytes(bytes).toString('base64url');
}

/** SHA-256 of a text as hexadecimal digits. */
export function sha256(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}
