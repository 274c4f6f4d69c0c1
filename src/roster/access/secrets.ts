import { createHmac, randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { isSameSecret } from '../../base/same-secret.ts';

// argon2id, 19 MiB, two passes, one lane (libraries-and-security.md 5).
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** How long a secret that was right is known without another hash. */
const rememberMs = 60_000;
/** Hashes that may run at once; the others wait, so that hashing cannot starve file and crypto work. */
const atOnce = 2;

/** Hashes and checks secrets; remembers what was right for a minute under a key that never leaves memory. */
export interface Secrets {
  hash(secret: string): Promise<string>;
  /** Checks a secret; the same work is done where there is no hash. */
  matches(id: string, secret: string, hashed: string | undefined): Promise<boolean>;
  /** Whether a secret was found right within the last minute; no hash is worked out. */
  remembers(id: string, secret: string, hashed: string): boolean;
  forget(): void;
}

/** Makes {@link Secrets}. */
export function makeSecrets(now: () => number = Date.now): Secrets {
  const memoryKey = randomBytes(32);
  const right = new Map<string, { mac: Buffer; until: number }>();
  const waiting: (() => void)[] = [];
  let running = 0;
  let decoy: Promise<string> | undefined;

  async function limited<T>(work: () => Promise<T>): Promise<T> {
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  }

  const macOf = (id: string, secret: string, hashed: string) =>
    createHmac('sha256', memoryKey).update(`${id}\u0000${hashed}\u0000${secret}`).digest();

  function remembers(id: string, secret: string, hashed: string): boolean {
    const known = right.get(id);
    return known !== undefined && known.until > now() && isSameSecret(known.mac, macOf(id, secret, hashed));
  }

  return {
    remembers,
    hash: (secret) => limited(() => hash(secret, cost)),
    async matches(id, secret, hashed) {
      decoy ??= limited(() => hash(randomBytes(16).toString('hex'), cost));
      const against = hashed ?? (await decoy);
      if (hashed !== undefined && remembers(id, secret, hashed)) return true;
      const same = await limited(() => verify(against, secret)).catch(() => false);
      const good = same && hashed !== undefined;
      if (good) {
        if (right.size > 10_000) right.clear();
        right.set(id, { mac: macOf(id, secret, against), until: now() + rememberMs });
      }
      return good;
    },
    forget: () => right.clear(),
  };
}
