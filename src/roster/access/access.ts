import { randomSecret, sha256 } from '../../base/ids.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import type { Store } from '../../store/index.ts';
import type { Caller, Context } from '../context.ts';
import type { Access } from '../types.ts';
import type { CredentialRow, CredentialRows } from './credential-rows.ts';
import type { SignatureCheck } from './oauth1.ts';
import type { DigestCheck } from './password-digest.ts';
import type { Secrets } from './secrets.ts';

/** Milliseconds for which a token that was found is known without asking the store. */
const rememberMs = 5_000;

const wrong = 'The name or the password is wrong.';
const wrongSignature = 'The client, its signature, time or nonce is wrong.';

/** A token as it is stored. */
interface TokenRow {
  readonly tenant: string;
  readonly credential: string;
  readonly scopes: readonly string[];
  readonly expiresAt: Date;
}

/** What {@link makeAccess} needs. */
export interface AccessDeps {
  readonly store: Store;
  readonly secrets: Secrets;
  readonly rows: CredentialRows;
  readonly digests: DigestCheck;
  readonly signatures: SignatureCheck;
  /** Seconds that a token lives. */
  readonly tokenSeconds: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Credentials and tokens; contexts are made here and nowhere else (decisions 5.1). */
export function makeAccess({ store, secrets, rows, digests, signatures, tokenSeconds, now }: AccessDeps): Access {
  const tokens = new Map<string, { issued: TokenRow; until: number }>();

  /** A token that has not expired, at most five seconds old. */
  async function issuedToken(id: string): Promise<TokenRow | undefined> {
    const known = tokens.get(id);
    const isFresh = known !== undefined && known.until > now();
    const issued = isFresh ? known.issued : ((await store.model('token').findById(id).lean()) as TokenRow | null);
    if (issued === null || issued.expiresAt.getTime() <= now()) return undefined;
    if (!isFresh) {
      if (tokens.size > 10_000) tokens.clear();
      tokens.set(id, { issued, until: now() + rememberMs });
    }
    return issued;
  }

  async function usableRow(kind: string, name: string): Promise<CredentialRow | null> {
    const row = await rows.named(name);
    return row?.kinds.includes(kind) === true ? row : null;
  }

  async function byName(
    kind: string,
    name: string,
    password: string,
    source: Context['source'],
    caller: Caller | undefined,
  ): Promise<Result<Context>> {
    const usable = await usableRow(kind, name);
    const good = await secrets.matches(usable?._id ?? '', password, usable?.secretHash);
    if (!good || usable === null) return failed('unauthenticated', wrong);
    return ok(contextOf(usable, source, caller));
  }

  return {
    async soapDigest(name, proof, caller) {
      const usable = await usableRow('soap', name);
      const good = await digests.matches(usable, proof);
      return good && usable !== null ? ok(contextOf(usable, 'soap', caller)) : failed('unauthenticated', wrong);
    },
    soapUser: (name, password, caller) => byName('soap', name, password, 'soap', caller),
    admin: (name, password, caller) => byName('admin', name, password, 'admin', caller),
    client: (id, secret, caller) => byName('oneroster', id, secret, 'rest', caller),
    async signedClient(id, proof, caller) {
      const usable = await usableRow('oneroster', id);
      const good = await signatures.matches(usable, proof);
      return good && usable !== null
        ? ok(contextOf(usable, 'rest', caller))
        : failed('unauthenticated', wrongSignature);
    },

    async adminKey(key, caller) {
      const row = (await store
        .model('credential')
        .findOne({ keyHash: sha256(key) })
        .lean()) as CredentialRow | null;
      if (row === null || !row.kinds.includes('admin')) return failed('unauthenticated', 'The key is not valid.');
      return ok(contextOf(row, 'admin', caller));
    },

    async issueToken(context, scopes) {
      const allowed = new Set(context.scopes ?? []);
      const refused = scopes.filter((scope) => !allowed.has(scope));
      if (refused.length > 0) return failed('forbidden', `The client may not have the scope ${refused[0]}.`);
      const token = randomSecret(32);
      await store.model('token').create({
        _id: sha256(token),
        tenant: context.tenant,
        credential: context.writer.slice('credential:'.length),
        scopes: [...scopes],
        expiresAt: new Date(now() + tokenSeconds * 1000),
      });
      return ok({ token, expiresIn: tokenSeconds, scopes });
    },

    async token(token, caller) {
      const issued = await issuedToken(sha256(token));
      // What the credential may do now counts: one that is gone, or lost a scope, takes its tokens along.
      const row = issued === undefined ? null : await usableRow('oneroster', issued.credential);
      if (issued === undefined || row === null || row.tenant !== issued.tenant) {
        return failed('unauthenticated', 'The token is not valid or has expired.');
      }
      const scopes = issued.scopes.filter((scope) => row.scopes?.includes(scope) === true);
      return ok({ ...contextOf(row, 'rest', caller), scopes });
    },
  };
}

function contextOf(row: CredentialRow, source: Context['source'], caller: Caller | undefined): Context {
  const name = row.name ?? row._id.slice(row.tenant.length + 1);
  return {
    tenant: row.tenant,
    writer: source === 'admin' ? `admin:${name}` : `credential:${name}`,
    namespace: row.namespace ?? 'default',
    source,
    scopes: row.scopes ?? [],
    ...(caller === undefined ? {} : { caller }),
    ...(source === 'rest' && row.sharing !== undefined ? { sharing: row.sharing } : {}),
  };
}
