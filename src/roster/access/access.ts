import { randomSecret, sha256 } from '../../base/ids.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import type { Store } from '../../store/index.ts';
import type { Caller, Context } from '../context.ts';
import type { Access } from '../types.ts';
import { type CredentialRow, type CredentialRows, roleOf } from './credential-rows.ts';
import type { SignatureCheck } from './oauth1.ts';
import type { DigestCheck } from './password-digest.ts';
import type { Revocations } from './revocations.ts';
import type { Secrets } from './secrets.ts';
import { everyTenant } from './tenants.ts';
import type { Usable } from './usable.ts';

/** Milliseconds for which a token that was found is known without asking the store. */
const rememberMs = 5_000;

const wrong = 'The name or the password is wrong.';
const needsSession = 'This account needs a second factor: sign in at /api/v1/session, or use an API key.';
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
  readonly usable: Usable;
  /** Whether a tenant asks its people for second factors. */
  requiresTotp(tenant: string): Promise<boolean>;
  readonly revocations: Pick<Revocations, 'listen'>;
  /** Ids of the tenants that are served: asked where an operator names none. */
  tenants(): Promise<readonly string[]>;
  /** Seconds that a token lives. */
  readonly tokenSeconds: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Credentials and tokens; contexts are made here and nowhere else (decisions 5.1). */
export function makeAccess(deps: AccessDeps): Access {
  const { store, secrets, rows, digests, signatures, usable, tokenSeconds, now } = deps;
  const tokens = new Map<string, { issued: TokenRow; until: number }>();
  // What was read while something was revoked may be old already, and is not remembered.
  let revoked = 0;
  /** By what SFTP accounts proved themselves: they stay in as long as it counts. */
  const proofs = new WeakMap<Context, string>();
  const changeListeners = new Set<() => void>();
  deps.revocations.listen(() => {
    revoked += 1;
    tokens.clear();
    // Once all have forgotten what they knew.
    for (const listener of changeListeners) setImmediate(listener);
  });

  /** A token that has not expired, at most five seconds old. */
  async function issuedToken(id: string): Promise<TokenRow | undefined> {
    const known = tokens.get(id);
    const before = revoked;
    const isFresh = known !== undefined && known.until > now();
    const issued = isFresh ? known.issued : ((await store.model('token').findById(id).lean()) as TokenRow | null);
    if (issued === null || issued.expiresAt.getTime() <= now()) return undefined;
    if (!isFresh && before === revoked) {
      if (tokens.size > 10_000) tokens.clear();
      tokens.set(id, { issued, until: now() + rememberMs });
    }
    return issued;
  }

  async function usableRow(kind: string, name: string, caller: Caller | undefined): Promise<CredentialRow | null> {
    const row = await rows.named(name);
    return row?.kinds.includes(kind) === true && (await usable(row, caller)) ? row : null;
  }

  /** The context of a credential that has proved itself just now. */
  function entered(row: CredentialRow, source: Context['source'], caller: Caller | undefined): Result<Context> {
    rows.used(row);
    return ok(contextOf(row, source, caller));
  }

  async function byName(
    kind: string,
    name: string,
    password: string,
    source: Context['source'],
    caller: Caller | undefined,
  ): Promise<Result<Context>> {
    const row = await usableRow(kind, name, caller);
    const good = await secrets.matches(row?._id ?? '', password, row?.secretHash);
    if (!good || row === null) return failed('unauthenticated', wrong);
    // A password alone is less than what the account asks for.
    if (kind === 'admin' && (row.totp !== undefined || (await deps.requiresTotp(row.tenant)))) {
      return failed('unauthenticated', needsSession);
    }
    return entered(row, source, caller);
  }

  return {
    async forTenant(context, tenant) {
      if (context.gateway !== true) {
        return tenant === undefined || tenant === context.tenant
          ? ok(context)
          : failed('forbidden', 'Only operators of the gateway may name another tenant with X-Tenant.');
      }
      // The gateway's own, of which there is an audit log only.
      if (tenant === everyTenant) return ok(context);
      const all = await deps.tenants();
      const named = tenant ?? (all.length === 1 ? all[0] : undefined);
      if (named === undefined) return ok(context);
      if (all.includes(named)) return ok({ ...context, tenant: named });
      return failed('unknown-object', `There is no tenant ${named.slice(0, 64)} that is served.`, {});
    },

    async soapDigest(name, proof, caller) {
      const row = await usableRow('soap', name, caller);
      const good = await digests.matches(row, proof);
      return good && row !== null ? entered(row, 'soap', caller) : failed('unauthenticated', wrong);
    },
    soapUser: (name, password, caller) => byName('soap', name, password, 'soap', caller),
    admin: (name, password, caller) => byName('admin', name, password, 'admin', caller),
    client: (id, secret, caller) => byName('oneroster', id, secret, 'rest', caller),
    async signedClient(id, proof, caller) {
      const row = await usableRow('oneroster', id, caller);
      const good = await signatures.matches(row, proof);
      return good && row !== null ? entered(row, 'rest', caller) : failed('unauthenticated', wrongSignature);
    },

    async sftpUser(name, password, caller) {
      const before = (await rows.named(name))?.secretHash;
      const result = await byName('sftp', name, password, 'file', caller);
      if (result.ok && before !== undefined) proofs.set(result.value, before);
      return result;
    },
    async sftpKey(name, key, signed, caller) {
      const row = await usableRow('sftp', name, caller);
      const own = keyIn(row, key);
      if (!signed() || own === undefined || row === null) return failed('unauthenticated', wrong);
      const result = entered(row, 'file', caller);
      if (result.ok) proofs.set(result.value, own);
      return result;
    },
    async sftpHolds(context) {
      const { tenant, writer, feeds, caller } = context;
      const proof = proofs.get(context);
      const row = await usableRow('sftp', writer.slice('credential:'.length), caller);
      if (row === null || proof === undefined) return false;
      const counts = row.secretHash === proof || row.publicKeys?.includes(proof) === true;
      return counts && row.tenant === tenant && row.feeds?.join() === feeds?.join();
    },
    onSftpChange(listener) {
      changeListeners.add(listener);
      return () => void changeListeners.delete(listener);
    },
    hasSftpKey: async (name, key, caller) => keyIn(await usableRow('sftp', name, caller), key) !== undefined,

    async adminKey(key, caller) {
      const row = (await store
        .model('credential')
        .findOne({ keyHash: sha256(key) })
        .lean()) as CredentialRow | null;
      const isKey = row?.kinds.some((kind) => kind === 'admin' || kind === 'key' || kind === 'gateway') === true;
      if (row === null || !isKey || !(await usable(row, caller))) {
        return failed('unauthenticated', 'The key is not valid.');
      }
      return entered(row, 'admin', caller);
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
      const row = issued === undefined ? null : await usableRow('oneroster', issued.credential, caller);
      if (issued === undefined || row === null || row.tenant !== issued.tenant) {
        return failed('unauthenticated', 'The token is not valid or has expired.');
      }
      rows.used(row);
      const scopes = issued.scopes.filter((scope) => row.scopes?.includes(scope) === true);
      return ok({ ...contextOf(row, 'rest', caller), scopes });
    },
  };
}

/** A key of an account, as it is stored; undefined: it is none of them. */
function keyIn(row: CredentialRow | null, key: Uint8Array): string | undefined {
  const encoded = Buffer.from(key).toString('base64');
  return row?.publicKeys?.find((known) => known.endsWith(` ${encoded}`));
}

/** The context of a credential that has proved itself. */
export function contextOf(row: CredentialRow, source: Context['source'], caller: Caller | undefined): Context {
  const name = row.name ?? row._id.slice(row.tenant.length + 1);
  return {
    tenant: row.tenant,
    writer: source === 'admin' ? `admin:${name}` : `credential:${name}`,
    namespace: row.namespace ?? 'default',
    source,
    scopes: row.scopes ?? [],
    ...(source === 'admin' ? { role: roleOf(row) } : {}),
    ...(row.kinds.includes('gateway') ? { gateway: true as const } : {}),
    ...(row.feeds === undefined ? {} : { feeds: row.feeds }),
    ...(caller === undefined ? {} : { caller }),
    ...(source === 'rest' && row.sharing !== undefined ? { sharing: row.sharing } : {}),
  };
}
