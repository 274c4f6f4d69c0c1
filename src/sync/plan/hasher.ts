import { createHmac } from 'node:crypto';
import xxhash from 'xxhash-wasm';

/**
 * Makes the hash of decisions 4.2: keyed per tenant, over the feed and the versions of codec and settings, the record's
 * container and its text. Answers 16 hexadecimal digits.
 */
export async function makeHasher(
  key: Uint8Array,
  parts: readonly string[],
): Promise<(container: string, text: string) => string> {
  const { h64 } = await xxhash();
  const seed = createHmac('sha256', key).update(parts.join('\u0000')).digest().readBigUInt64BE();
  const containers = new Map<string, bigint>();
  return (container, text) => {
    let own = containers.get(container);
    if (own === undefined) {
      if (containers.size > 100_000) containers.clear();
      own = h64(container, seed);
      containers.set(container, own);
    }
    const hash = h64(text, own).toString(16).padStart(16, '0');
    // Two values have a meaning of their own in the blocks.
    return hash === '0000000000000000' || hash === 'ffffffffffffffff' ? '0000000000000001' : hash;
  };
}
