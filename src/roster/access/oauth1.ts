import { randomBytes } from 'node:crypto';
import { isSameSecret } from '../../base/same-secret.ts';
import type { Store } from '../../store/index.ts';
import { hmacSignature } from '../../wire/index.ts';
import type { SignatureProof } from '../types.ts';
import type { CredentialRow } from './credential-rows.ts';
import { makeNonces, proofWindowMs } from './nonces.ts';
import type { Vault } from './vault.ts';

/** Checks signed requests. */
export interface SignatureCheck {
  /** Whether a signature is that of the credential and was never used before; the same work is done without a credential. */
  matches(row: CredentialRow | null, proof: SignatureProof): Promise<boolean>;
}

/** What a client's secret is sealed for. It names the hash too: once the secret is another, nothing opens the old one. */
export function oauth1Purpose({ _id, secretHash = '' }: CredentialRow): string {
  return `oauth1\u0000${_id}\u0000${secretHash}`;
}

/** Makes the {@link SignatureCheck} (RFC 5849, section 3.2). A nonce that was used is known to all instances. */
export function makeSignatureCheck(store: Store, vault: Vault, now: () => number): SignatureCheck {
  const nonces = makeNonces(store, now);
  const decoyPurpose = 'oauth1\u0000nobody';
  const decoy = vault.seal(randomBytes(24).toString('base64url'), decoyPurpose);

  function isRight(row: CredentialRow | null, { method, base, signature }: SignatureProof): boolean {
    const allowed = row?.oauth1;
    const opened =
      row === null || allowed === undefined
        ? vault.open(decoy, decoyPurpose)
        : vault.open(allowed.sealed, oauth1Purpose(row));
    const expected = hmacSignature(method, base, opened ?? '');
    const right = isSameSecret(expected, Buffer.from(signature, 'base64'));
    return right && opened !== undefined && allowed !== undefined && (method === 'HMAC-SHA256' || allowed.sha1);
  }

  return {
    async matches(row, proof) {
      const seconds = /^\d{1,12}$/.test(proof.timestamp) ? Number(proof.timestamp) : Number.NaN;
      const right = isRight(row, proof);
      if (!(Math.abs(seconds * 1000 - now()) <= proofWindowMs)) return false;
      if (!right || row === null) return false;
      const { timestamp, nonce } = proof;
      return nonces.isFirst(row.tenant, `oauth1\u0000${row._id}\u0000${timestamp}\u0000${nonce}`);
    },
  };
}
