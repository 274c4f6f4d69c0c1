import type { Result } from '../base/result.ts';
import type { AdminRole } from './access/roles.ts';
import type { Context } from './context.ts';
import type { Sharing, SharingPreview } from './sharing.ts';

/** What a credential can open. */
export const credentialKinds = ['soap', 'oneroster', 'admin', 'key', 'sftp'] as const;
/** One of {@link credentialKinds}. */
export type CredentialKind = (typeof credentialKinds)[number];

/** A credential as admins see it; never a secret. */
export interface CredentialItem {
  readonly name: string;
  /** What it opens: `soap`, `oneroster`, `admin`, `key`, `sftp`. */
  readonly kinds: readonly string[];
  /** What an admin or a key may do by the admin API; null: it does not open it. */
  readonly role: AdminRole | null;
  /** Whether it lets its holder in; `expired`: its time is over. */
  readonly state: 'active' | 'disabled' | 'expired';
  /** From when on nobody comes in by it; null: never. */
  readonly expiresAt: string | null;
  /** Networks from which it may be used, as addresses or CIDR; null: all. */
  readonly networks: readonly string[] | null;
  /** Feeds that its holder may use; null: all. */
  readonly feeds: readonly string[] | null;
  /** When somebody came in by it last, to five minutes; null: never. */
  readonly lastUsedAt: string | null;
  /** Addresses of the OAuth scopes that a OneRoster client may have. */
  readonly scopes: readonly string[];
  /** Namespace of the ids that it sends (decisions 1.4). */
  readonly namespace: string;
  /** Whether its user may log in by PasswordDigest; its password is then kept encrypted beside the hash. */
  readonly passwordDigest: boolean;
  /** How its client may sign requests (OAuth 1.0a); its secret is then kept encrypted beside the hash. */
  readonly oauth1: 'denied' | 'HMAC-SHA256' | 'HMAC-SHA256 and HMAC-SHA1';
  readonly createdAt: string;
  /** Of an SFTP account: the keys by which it lets its holder in besides the password, as in OpenSSH's `.pub` files. */
  readonly publicKeys?: readonly string[];
  /** Whose account it is, where its holder signs in at a provider; `label` is the provider's word for people to read. */
  readonly provider?: { readonly issuer: string; readonly subject: string; readonly label?: string };
}

/** What of a credential can be changed; what is absent stays. */
export interface CredentialChange {
  /** Of an admin or a key only. */
  readonly role?: AdminRole;
  /** An instant, as ISO 8601; null: never. */
  readonly expiresAt?: string | null;
  readonly networks?: readonly string[] | null;
  readonly feeds?: readonly string[] | null;
  /** Of an SFTP account only: all its public keys, as lines of OpenSSH's `.pub` files; null: none, its password alone. */
  readonly publicKeys?: readonly string[] | null;
  /** Whether nobody comes in by it for now. */
  readonly disabled?: boolean;
}

/** A credential to be made. */
export interface NewCredential extends Omit<CredentialChange, 'disabled'> {
  /** SOAP user name, OneRoster client id, admin name; unique over the gateway (decisions 5.1). */
  readonly name: string;
  /** An API key (`key`) and an SFTP account (`sftp`, of one feed) have no other kind beside it. */
  readonly kinds: readonly CredentialKind[];
  /** Scopes of a OneRoster client by address or by name (`roster-core.readonly` means that of each version); default all reads but demographics. */
  readonly scopes?: readonly string[];
  readonly namespace?: string;
  /** Its secret; default: a random one, and none for an SFTP account with public keys. That of an API key is always made here. */
  readonly secret?: string;
}

/** A credential that was just made. */
export interface MadeCredential extends CredentialItem {
  /** Told this once only; absent where an SFTP account was made with public keys alone. */
  readonly secret?: string;
}

/** How many sealed texts there are of a key of stored secrets. */
export interface SealedCount {
  /** Id of the key that opens them; null: none that is here. */
  readonly key: string | null;
  /** Whether that is the key that seals now. */
  readonly current: boolean;
  readonly texts: number;
}

/** The keys of stored secrets and what is sealed with them, over all tenants. */
export interface SecretsStatus {
  /** Id of the key that seals now. */
  readonly current: string;
  /** Where the keys come from. */
  readonly from: 'settings' | 'data-folder';
  readonly sealed: readonly SealedCount[];
}

/** What a rotation did. */
export interface SecretsRotation extends SecretsStatus {
  /** Whether the key that seals now was made by it. */
  readonly isNewKey: boolean;
  /** Texts that were sealed anew. */
  readonly resealed: number;
}

/** The key of stored secrets and what it protects, for operators of the gateway. */
export interface SecretsRoom {
  status(): Promise<SecretsStatus>;
  /**
   * Seals all stored secrets with the key that seals now; where the gateway keeps its keys itself and all are, it makes
   * another key first. A rotation that was interrupted is gone on with; what nothing opens stays as it is. `storage-full`
   * where a new key cannot be written.
   */
  rotate(): Promise<Result<SecretsRotation>>;
}

/** Credentials of a tenant. */
export interface CredentialsRoom {
  /** Those that have a name, by name. */
  list(context: Context): Promise<{ readonly items: readonly CredentialItem[] }>;
  /** Makes a credential: `already-exists` for a name that is taken, `invalid-data` for what does not fit its kinds. */
  create(context: Context, credential: NewCredential): Promise<Result<MadeCredential>>;
  /**
   * Changes who may use a credential, when and from where; its sessions and tokens are checked by it from now on.
   * `conflict` for the one that asks: nobody locks himself out or gives himself more.
   */
  change(context: Context, name: string, change: CredentialChange): Promise<Result<CredentialItem>>;
  /**
   * Gives a credential another secret, told this once. The old one ends at once on all instances, and with it its tokens,
   * PasswordDigest and signed requests, which are allowed again with the new secret.
   */
  renew(context: Context, name: string): Promise<Result<MadeCredential & { readonly secret: string }>>;
  /**
   * Deletes a credential and its tokens; what it wrote stays. `conflict` for the one that asks, so that nobody locks
   * himself out. Other instances notice within half a second, and within five seconds while their database is slow.
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
   * Sets the rules of a OneRoster client as a whole; none: all is shared. `invalid-request` for what are no rules.
   */
  putSharing(context: Context, name: string, sharing: Sharing): Promise<Result<Sharing>>;
  /** What a OneRoster client sees of the tenant by its rules, and what is left out. */
  previewSharing(context: Context, name: string): Promise<Result<SharingPreview>>;
}
