import { failed } from '../../../base/result.ts';
import type { FeedSection } from './section.ts';

/** How a feed's files are deciphered (OpenPGP); part of its settings. */
export interface PgpSettings {
  /** Whether files that are not enciphered are refused. */
  required: boolean;
  /** Public keys of the sender in ASCII armor: one of them must have signed what is enciphered. Null: signatures are not looked at. */
  verificationKeys: string | null;
}

/** The rules of the setting `pgp`. */
export const pgpSection: FeedSection<PgpSettings> = {
  properties: {
    required: { type: 'boolean' },
    verificationKeys: { type: ['string', 'null'], minLength: 1, maxLength: 262_144 },
    privateKey: { type: 'string', minLength: 1, maxLength: 65_536 },
    passphrase: { type: 'string', minLength: 1, maxLength: 1024 },
  },
  secrets: ['privateKey', 'passphrase'],
  required: ['privateKey'],
  defaults: { required: false, verificationKeys: null },
  check({ verificationKeys }, { secrets }) {
    const key = secrets['privateKey'];
    if (key !== undefined && !key.trimStart().startsWith('-----BEGIN PGP PRIVATE KEY BLOCK-----')) {
      const text =
        'The setting pgp.privateKey is no OpenPGP private key in ASCII armor (gpg --armor --export-secret-keys).';
      return failed('invalid-request', text, { field: 'privateKey' });
    }
    if (verificationKeys !== null && !verificationKeys.trimStart().startsWith('-----BEGIN PGP PUBLIC KEY BLOCK-----')) {
      const text =
        'The setting pgp.verificationKeys holds no OpenPGP public keys in ASCII armor (gpg --armor --export).';
      return failed('invalid-request', text, { field: 'verificationKeys' });
    }
    return undefined;
  },
};
