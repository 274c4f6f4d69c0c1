import { Secret, TOTP } from 'otpauth';
import { randomSecret, sha256 } from '../../base/ids.ts';
import type { Doc, Store } from '../../store/index.ts';
import type { CredentialRow } from '../access/credential-rows.ts';
import type { Vault } from '../access/vault.ts';

/** Seconds of a step (RFC 6238, section 4). */
const period = 30;
/** Steps before and after the present one whose codes are taken, for clocks that differ. */
const tolerance = 1;
const codes = 10;

/** What a secret of a second factor is sealed for. */
export const totpPurpose = ({ _id }: Pick<CredentialRow, '_id'>): string => `totp:${_id}`;

/** Codes of second factors. */
export interface SecondFactor {
  /** A new secret, sealed, with what people's apps need. */
  make(row: CredentialRow): { readonly sealed: string; readonly secret: string; readonly uri: string };
  /** Takes a code, once over all instances: one of the app, or a recovery code. */
  take(row: CredentialRow, code: string): Promise<boolean>;
  /** The step of a code by a secret that is being set up; undefined for a wrong one. */
  stepOf(sealed: string, row: CredentialRow, code: string): number | undefined;
  /** New recovery codes and their hashes. */
  recovery(): { readonly told: readonly string[]; readonly kept: readonly string[] };
}

/** Makes {@link SecondFactor}; `now` in milliseconds. */
export function makeSecondFactor(store: Store, vault: Vault, now: () => number): SecondFactor {
  const credentials = store.rows('credential');

  function stepOf(sealed: string, row: CredentialRow, code: string): number | undefined {
    const secret = vault.open(sealed, totpPurpose(row));
    if (secret === undefined || !/^\d{6}$/.test(code)) return undefined;
    const totp = new TOTP({ secret: Secret.fromBase32(secret), period });
    const at = now();
    const delta = totp.validate({ token: code, window: tolerance, timestamp: at });
    return delta === null ? undefined : Math.floor(at / 1000 / period) + delta;
  }

  return {
    make(row) {
      const secret = new Secret({ size: 20 });
      const totp = new TOTP({ issuer: 'Rostergate', label: row.name ?? row._id, secret, period });
      return { sealed: vault.seal(secret.base32, totpPurpose(row)), secret: secret.base32, uri: totp.toString() };
    },

    async take(row, code) {
      const { tenant, _id, totp } = row;
      if (totp === undefined) return false;
      const own = { tenant, _id, 'totp.sealed': totp.sealed };
      const step = stepOf(totp.sealed, row, code.replace(/\s/g, ''));
      if (step !== undefined) {
        const taken = await credentials.updateOne(
          { ...own, 'totp.step': { $lt: step } } as Doc,
          {
            $set: { 'totp.step': step },
          } as Doc,
        );
        return taken.modifiedCount === 1;
      }
      const hash = hashOf(code);
      const used = await credentials.updateOne(
        { ...own, 'totp.recovery': hash } as Doc,
        {
          $pull: { 'totp.recovery': hash },
        } as Doc,
      );
      return used.modifiedCount === 1;
    },

    stepOf,

    recovery() {
      const told = Array.from({ length: codes }, () => randomSecret(12));
      return { told, kept: told.map(hashOf) };
    },
  };
}

/** Recovery codes have 96 random bits: nobody guesses them, so that a plain hash will do. */
const hashOf = (code: string) => sha256(`recovery:${code.trim()}`);
