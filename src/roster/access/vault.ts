import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Keeps secrets that must be read again (AES-256-GCM); what is sealed for one purpose opens for no other. */
export interface Vault {
  /** Seals a text; `purpose` names whose secret it is and what for. */
  seal(text: string, purpose: string): string;
  /** The text, or undefined when it was sealed for another purpose, with another key, or was changed. */
  open(sealed: string, purpose: string): string | undefined;
}

const version = 'v1';

/** Makes a vault with a key of 32 bytes. */
export function makeVault(key: Uint8Array): Vault {
  return {
    seal(text, purpose) {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(purpose, 'utf8'));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return `${version}.${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')}`;
    },
    open(sealed, purpose) {
      const [tag, body] = sealed.split('.');
      const bytes = Buffer.from(body ?? '', 'base64url');
      if (tag !== version || bytes.length < 28) return undefined;
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
          .setAAD(Buffer.from(purpose, 'utf8'))
          .setAuthTag(bytes.subarray(12, 28));
        return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}
