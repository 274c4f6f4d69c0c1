import { createHash, randomBytes } from 'node:crypto';
import { instantOf } from '../../base/instant.ts';
import { isSameSecret } from '../../base/same-secret.ts';
import type { Store } from '../../store/index.ts';
import type { PasswordDigest } from '../types.ts';
import type { CredentialRow } from './credential-rows.ts';
import { makeNonces, proofWindowMs } from './nonces.ts';
import type { Vault } from './vault.ts';

const nonceBytes = { least: 8, most: 128 } as const;
/** SHA-1 makes so many bytes. */
const digestBytes = 20;

/** Checks proofs by PasswordDigest. */
export interface DigestCheck {
  /** Whether a proof is that of the credential and was never used before; the same work is done without a credential. */
  matches(row: CredentialRow | null, proof: PasswordDigest): Promise<boolean>;
}

/**
 * What a credential's password is sealed for. It names the hash too: once the password is another, nothing opens what
 * was sealed before.
 */
export function digestPurpose({ _id, secretHash = '' }: CredentialRow): string {
  return `password-digest\u0000${_id}\u0000${secretHash}`;
}

/** Makes the {@link DigestCheck}. A nonce that was used is known to all instances, and after a restart. */
export function makeDigestCheck(store: Store, vault: Vault, now: () => number): DigestCheck {
  const nonces = makeNonces(store, now);
  const decoyPurpose = 'password-digest\u0000nobody';
  const decoy = vault.seal(randomBytes(12).toString('base64url'), decoyPurpose);

  function isRight(row: CredentialRow | null, nonce: Uint8Array, { created, digest }: PasswordDigest): boolean {
    const sealed = row?.sealedPassword;
    const opened =
      row === null || sealed === undefined ? vault.open(decoy, decoyPurpose) : vault.open(sealed, digestPurpose(row));
    const expected = createHash('sha1')
      .update(nonce)
      .update(created)
      .update(opened ?? '')
      .digest();
    const given = bytesOf(digest, digestBytes, digestBytes) ?? new Uint8Array(digestBytes);
    return isSameSecret(expected, given) && sealed !== undefined && opened !== undefined;
  }

  return {
    async matches(row, proof) {
      const nonce = bytesOf(proof.nonce, nonceBytes.least, nonceBytes.most);
      const created = instantOf(proof.created);
      if (nonce === undefined || created === undefined || Math.abs(created - now()) > proofWindowMs) return false;
      if (!isRight(row, nonce, proof) || row === null) return false;
      return nonces.isFirst(row.tenant, `${row._id}\u0000${Buffer.from(nonce).toString('hex')}`);
    },
  };
}

/** The bytes of a base64 text, white space in it passed over; undefined where it is none, or too short or too long. */
function bytesOf(text: string, least: number, most: number): Uint8Array | undefined {
  if (text.length > 4 * most) return undefined;
  const plain = text.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(plain)) return undefined;
  const bytes = Buffer.from(plain, 'base64');
  return bytes.length < least || bytes.length > most ? undefined : bytes;
}
