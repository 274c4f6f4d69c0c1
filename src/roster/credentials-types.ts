import type { Result } from '../base/result.ts';
import type { Context } from './context.ts';

/** A credential as admins see it; never a secret. */
export interface CredentialItem {
  readonly name: string;
  /** What it opens: `soap`, `oneroster`, `admin`. */
  readonly kinds: readonly string[];
  /** Whether its user may log in by PasswordDigest; its password is then kept encrypted beside the hash. */
  readonly passwordDigest: boolean;
  readonly createdAt: string;
}

/** Credentials of a tenant. */
export interface CredentialsRoom {
  /** Those that have a name, by name. */
  list(context: Context): Promise<{ readonly items: readonly CredentialItem[] }>;
  /**
   * Allows PasswordDigest for a SOAP credential. The password must be the credential's own (`invalid-data`), since a
   * digest can be checked only by who knows it; it is kept encrypted, apart from the hash.
   */
  allowDigest(context: Context, name: string, password: string): Promise<Result<CredentialItem>>;
  /** Takes PasswordDigest away and forgets the encrypted password, at once. */
  denyDigest(context: Context, name: string): Promise<Result<CredentialItem>>;
}
