import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { SecretsKey, SecretsKeys } from '../../base/secrets-keys.ts';

/** Keeps secrets that must be read again (AES-256-GCM); what is sealed for one purpose opens for no other. */
export interface Vault {
  /** Seals a text; `purpose` names whose secret it is and what for. */
  seal(text: string, purpose: string): string;
  /** The text, or undefined when it was sealed for another purpose, with a key that is not here, or was changed. */
  open(sealed: string, purpose: string): string | undefined;
  /** Whether a sealed text names the key that seals now; those of before keys had ids name none. */
  isCurrent(sealed: string): boolean;
  /** Id of the key that opens a sealed text; undefined where none here does. */
  keyOf(sealed: string, purpose: string): string | undefined;
}

const versions = { withoutId: 'v1', withId: 'v2' } as const;

/** Makes a vault. What it seals is `v2.<id of the key>.<base64url of nonce, tag and text>`; it opens `v1.<…>` of before too. */
export function makeVault(keys: SecretsKeys): Vault {
  function opened(sealed: string, purpose: string): { key: SecretsKey; text: string } | undefined {
    const [version, first = '', second] = sealed.split('.');
    const hasId = version === versions.withId;
    if (!hasId && version !== versions.withoutId) return undefined;
    const named = hasId ? keys.find(first) : undefined;
    const bytes = Buffer.from((hasId ? second : first) ?? '', 'base64url');
    for (const key of hasId ? (named === undefined ? [] : [named]) : keys.all()) {
      const text = decrypted(bytes, purpose, key.bytes);
      if (text !== undefined) return { key, text };
    }
    return undefined;
  }

  return {
    seal(text, purpose) {
      const { id, bytes } = keys.current();
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', bytes, iv).setAAD(Buffer.from(purpose, 'utf8'));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return `${versions.withId}.${id}.${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')}`;
    },
    open: (sealed, purpose) => opened(sealed, purpose)?.text,
    isCurrent: (sealed) => sealed.startsWith(`${versions.withId}.${keys.current().id}.`),
    keyOf: (sealed, purpose) => opened(sealed, purpose)?.key.id,
  };
}

function decrypted(bytes: Buffer, purpose: string, key: Uint8Array): string | undefined {
  if (bytes.length < 28) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
      .setAAD(Buffer.from(purpose, 'utf8'))
      .setAuthTag(bytes.subarray(12, 28));
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}
