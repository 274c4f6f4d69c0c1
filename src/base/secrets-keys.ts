import { createHash } from 'node:crypto';

/** A key of 32 bytes, and what it is called in what it has sealed. */
export interface SecretsKey {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** The keys of a vault: one seals, all open. They may change while the gateway runs. */
export interface SecretsKeys {
  current(): SecretsKey;
  /** The key of an id. */
  find(id: string): SecretsKey | undefined;
  all(): readonly SecretsKey[];
}

/** A key with its id, which tells nothing of it. */
export function secretsKey(bytes: Uint8Array): SecretsKey {
  const id = createHash('sha256').update('id of a key of stored secrets\u0000').update(bytes).digest('hex').slice(0, 8);
  return { id, bytes };
}

/** Keys that stay as they are; those of before open only. */
export function fixedKeys(current: Uint8Array, before: readonly Uint8Array[] = []): SecretsKeys {
  const all = [current, ...before].map(secretsKey);
  const [first = secretsKey(current)] = all;
  return { current: () => first, find: (id) => all.find((key) => key.id === id), all: () => all };
}
