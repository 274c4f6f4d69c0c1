import { createHash, hash, randomBytes, randomUUID } from 'node:crypto';

/** Bytes of a block of SHA-256, and of its digest. */
const blockBytes = 64;
const digestBytes = 32;

/**
 * Makes the guids of a tenant: 128 bits as 32 hexadecimal digits, HMAC-SHA-256 (RFC 2104) of a text under the tenant's key
 * of at most 64 bytes, cut to half. An import makes millions of them, and two plain digests over buffers that are there
 * already take a third of the time of the platform's HMAC.
 */
export function makeGuids(tenantKey: Uint8Array): (text: string) => string {
  if (tenantKey.length > blockBytes) throw new Error('the key of guids is longer than a block');
  const pad = (byte: number) => Uint8Array.from({ length: blockBytes }, (_, at) => byte ^ (tenantKey[at] ?? 0));
  const outer = Buffer.concat([pad(0x5c), Buffer.alloc(digestBytes)]);
  const half = Buffer.alloc(digestBytes);
  let inner = Buffer.concat([pad(0x36), Buffer.alloc(1024)]);
  return (text) => {
    if (text.length * 3 > inner.length - blockBytes) {
      inner = Buffer.concat([inner.subarray(0, blockBytes), Buffer.alloc(text.length * 3)]);
    }
    const end = blockBytes + inner.write(text, blockBytes);
    outer.write(hash('sha256', inner.subarray(0, end), 'binary'), blockBytes, 'latin1');
    // A slice of all digits would keep the others in memory.
    half.write(hash('sha256', outer, 'binary'), 0, 'latin1');
    return half.toString('hex', 0, 16);
  };
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
