import type { Result } from '../base/result.ts';
import type { Context } from './context.ts';
import type { Sharing, SharingPreview } from './sharing.ts';

/** What a credential can open. */
export const credentialKinds = ['soap', 'oneroster', 'admin'] as const;
/** One of {@link credentialKinds}. */
export type CredentialKind = (typeof credentialKinds)[number];

/** A credential as admins see it; never a secret. */
export interface CredentialItem {
  readonly name: string;
  /** What it opens: `soap`, `oneroster`, `admin`. */
  readonly kinds: readonly string[];
  /** Addresses of the OAuth scopes that a OneRoster client may have. */
  readonly scopes: readonly string[];
  /** Namespace of the ids that it sends (decisions 1.4). */
  readonly namespace: string;
  /** Whether its user may log in by PasswordDigest; its password is then kept encrypted beside the hash. */
  readonly passwordDigest: boolean;
  /** How its client may sign requests (OAuth 1.0a); its secret is then kept encrypted beside the hash. */
  readonly oauth1: 'denied' | 'HMAC-SHA256' | 'HMAC-SHA256 and HMAC-SHA1';
  readonly createdAt: string;
}

/** A credential to be made. */
export interface NewCredential {
  /** SOAP user name, OneRoster client id, admin name; unique over the gateway (decisions 5.1). */
  readonly name: string;
  readonly kinds: readonly CredentialKind[];
  /** Scopes of a OneRoster client by address or by name (`roster-core.readonly` means that of each version); default all reads but demographics. */
  readonly scopes?: readonly string[];
  readonly namespace?: string;
  /** Its secret; default: a random one. */
  readonly secret?: string;
}

/** A credential that was just made. */
export interface MadeCredential extends CredentialItem {
  /** Told this once only. */
  readonly secret: string;
}

/** Credentials of a tenant. */
export interface CredentialsRoom {
  /** Those that have a name, by name. */
  list(context: Context): Promise<{ readonly items: readonly CredentialItem[] }>;
  /** Makes a credential: `already-exists` for a name that is taken, `invalid-data` for unknown scopes. */
  create(context: Context, credential: NewCredential): Promise<Result<MadeCredential>>;
  /**
   * Deletes a credential and its tokens; what it wrote stays. `conflict` for the one that asks, so that nobody locks
   * himself out. Other instances notice within five seconds.
   */
  remove(context: Context, name: string): Promise<Result<{ readonly name: string }>>;
  /** Sets the scopes of a OneRoster client, by address or name; tokens that have others lose them at once. */
  putScopes(context: Context, name: string, scopes: readonly string[]): Promise<Result<CredentialItem>>;
  /**
   * Allows PasswordDigest for a SOAP credential. The password must be the credential's own (`invalid-data`), since a
   * digest can be checked only by who knows it; it is kept encrypted, apart from the hash.
   */
  allowDigest(context: Context, name: string, password: string): Promise<Result<CredentialItem>>;
  /** Takes PasswordDigest away and forgets the encrypted password, at once. */
  denyDigest(context: Context, name: string): Promise<Result<CredentialItem>>;
  /**
   * Allows signed requests (OAuth 1.0a) for a OneRoster client, by HMAC-SHA256, and by HMAC-SHA1 where `sha1` says so. The
   * secret must be the credential's own (`invalid-data`); it is kept encrypted, apart from the hash.
   */
  allowOauth1(context: Context, name: string, secret: string, sha1: boolean): Promise<Result<CredentialItem>>;
  /** Takes signed requests away and forgets the encrypted secret, at once. */
  denyOauth1(context: Context, name: string): Promise<Result<CredentialItem>>;
  /** What of the tenant a OneRoster client may see; no rules: all. */
  sharing(context: Context, name: string): Promise<Result<Sharing>>;
  /**
   * Sets the rules of a OneRoster client as a whole; none: all is shared. `invalid-request` for what are no rules. Other
   * instances notice within five seconds.
   */
  putSharing(context: Context, name: string, sharing: Sharing): Promise<Result<Sharing>>;
  /** What a OneRoster client sees of the tenant by its rules, and what is left out. */
  previewSharing(context: Context, name: string): Promise<Result<SharingPreview>>;
}
