import { sha256 } from '../../base/ids.ts';
import type { Store } from '../../store/index.ts';
import type { Sharing } from '../sharing.ts';
import type { AdminRole } from './roles.ts';

/** A second factor as it is stored with its credential. */
export interface StoredTotp {
  /** The secret, sealed. */
  readonly sealed: string;
  /** The newest step of which a code was taken: none is taken twice. */
  readonly step: number;
  /** Hashes of the recovery codes that are left. */
  readonly recovery: readonly string[];
}

/** A credential as it is stored. */
export interface CredentialRow {
  readonly _id: string;
  readonly tenant: string;
  readonly name?: string;
  readonly kinds: readonly string[];
  /** Of an admin or a key; see {@link roleOf}. */
  readonly role?: AdminRole;
  readonly secretHash?: string;
  /** The password itself, sealed, where its user may log in by PasswordDigest. */
  readonly sealedPassword?: string;
  /** The secret itself, sealed, where its client may sign requests by OAuth 1.0a; `sha1`: with HMAC-SHA1 too. */
  readonly oauth1?: { readonly sealed: string; readonly sha1: boolean };
  readonly namespace?: string;
  readonly scopes?: readonly string[];
  /** What of the tenant its OneRoster client may see. */
  readonly sharing?: Sharing;
  /** Nobody comes in by it from then on. */
  readonly expiresAt?: Date;
  readonly disabled?: boolean;
  /** Networks from which it may be used; absent: all. */
  readonly networks?: readonly string[];
  /** Feeds that its holder may use; absent: all. */
  readonly feeds?: readonly string[];
  /** Of an SFTP account: its public keys, each as kind and key. */
  readonly publicKeys?: readonly string[];
  readonly lastUsedAt?: Date;
  /** Whose account it is at a provider of OpenID Connect; `label` is the provider's word for people to read. */
  readonly oidc?: {
    readonly issuer: string;
    readonly subject: string;
    readonly label?: string;
    /** At the last sign-in no group of the person had a role: the account lets nobody in until one has. */
    readonly withoutRole?: true;
  };
  /** Its second factor, and one that is being set up. */
  readonly totp?: StoredTotp;
  readonly totpBegun?: { readonly sealed: string; readonly until: Date };
  readonly createdAt?: Date;
}

/** What an admin or a key may do; an admin of before there were roles may do all. */
export function roleOf({ role, kinds }: Pick<CredentialRow, 'role' | 'kinds'>): AdminRole {
  return role ?? (kinds.includes('key') ? 'viewer' : 'admin');
}

/** Credentials by name, as the log-in looks them up. */
export interface CredentialRows {
  /** The credential of a name, at most five seconds old; null for unknown names. */
  named(name: string): Promise<CredentialRow | null>;
  /** Forgets what is known of a name: the credential was changed here. */
  forget(name: string): void;
  /** Forgets all of them. */
  forgetAll(): void;
  /** Notes that somebody came in by a credential; stored at most once in five minutes, and nobody waits for it. */
  used(row: CredentialRow): void;
}

/** Milliseconds for which what was found of a name, even nothing, is known without asking the store. */
const rememberMs = 5_000;
/** Milliseconds between two notes of the last use of a credential. */
const noteMs = 300_000;
/** The most names that are remembered, known and unknown ones each: who tries names cannot push out those in use. */
const mostRemembered = 10_000;
/** No credential has a longer name. */
const longestName = 1_024;

/**
 * Makes {@link CredentialRows}. Unknown names are remembered as known ones are, so that the time of an answer does not
 * tell them apart.
 */
export function makeCredentialRows(store: Store, now: () => number): CredentialRows {
  const there = new Map<string, { row: CredentialRow; until: number }>();
  const absent = new Map<string, { row: null; until: number }>();
  const noted = new Map<string, number>();
  // What was read while something changed may be old already, and is not remembered.
  let changes = 0;

  return {
    async named(name) {
      if (name.length > longestName) return null;
      const id = sha256(name);
      const known = there.get(id) ?? absent.get(id);
      if (known !== undefined && known.until > now()) return known.row;
      const before = changes;
      const row = (await store.model('credential').findOne({ name }).lean()) as CredentialRow | null;
      if (before !== changes) return row;
      const until = now() + rememberMs;
      (row === null ? there : absent).delete(id);
      if (row === null) remember(absent, id, { row, until });
      else remember(there, id, { row, until });
      return row;
    },
    forget(name) {
      changes += 1;
      there.delete(sha256(name));
      absent.delete(sha256(name));
    },
    forgetAll() {
      changes += 1;
      there.clear();
      absent.clear();
    },
    used({ _id, tenant, lastUsedAt }) {
      const at = now();
      const last = noted.get(_id) ?? lastUsedAt?.getTime() ?? Number.NEGATIVE_INFINITY;
      if (at - last < noteMs) return;
      remember(noted, _id, at);
      store
        .rows('credential')
        .updateOne({ tenant, _id }, { $max: { lastUsedAt: new Date(at) } })
        .catch(() => noted.delete(_id));
    },
  };
}

function remember<T>(place: Map<string, T>, id: string, entry: T): void {
  if (place.size >= mostRemembered) place.clear();
  place.set(id, entry);
}
