import { sha256 } from '../../base/ids.ts';
import type { Store } from '../../store/index.ts';
import type { Sharing } from '../sharing.ts';

/** A credential as it is stored. */
export interface CredentialRow {
  readonly _id: string;
  readonly tenant: string;
  readonly name?: string;
  readonly kinds: readonly string[];
  readonly secretHash?: string;
  /** The password itself, sealed, where its user may log in by PasswordDigest. */
  readonly sealedPassword?: string;
  /** The secret itself, sealed, where its client may sign requests by OAuth 1.0a; `sha1`: with HMAC-SHA1 too. */
  readonly oauth1?: { readonly sealed: string; readonly sha1: boolean };
  readonly namespace?: string;
  readonly scopes?: readonly string[];
  /** What of the tenant its OneRoster client may see. */
  readonly sharing?: Sharing;
  readonly createdAt?: Date;
}

/** Credentials by name, as the log-in looks them up. */
export interface CredentialRows {
  /** The credential of a name, at most five seconds old; null for unknown names. */
  named(name: string): Promise<CredentialRow | null>;
  /** Forgets what is known of a name: the credential was changed here. */
  forget(name: string): void;
}

/** Milliseconds for which what was found of a name, even nothing, is known without asking the store. */
const rememberMs = 5_000;
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
  };
}

function remember<T>(place: Map<string, T>, id: string, entry: T): void {
  if (place.size >= mostRemembered) place.clear();
  place.set(id, entry);
}
