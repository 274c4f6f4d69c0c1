import { randomSecret, sha256 } from '../../base/ids.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import type { Doc, Store } from '../../store/index.ts';
import type { Context } from '../context.ts';
import type { CredentialItem, CredentialsRoom, NewCredential } from '../credentials-types.ts';
import type { Sharing, SharingPreview } from '../sharing.ts';
import { type CredentialRow, roleOf } from './credential-rows.ts';
import { oauth1Purpose } from './oauth1.ts';
import { digestPurpose } from './password-digest.ts';
import type { Revocations } from './revocations.ts';
import { addressesNamed, readScopes } from './scopes.ts';
import type { Secrets } from './secrets.ts';
import { makeSharingCheck } from './sharing-check.ts';
import { isExpired, limitsOf, type StoredLimits } from './usable.ts';
import type { Vault } from './vault.ts';

/** What {@link makeCredentials} needs. */
export interface CredentialsDeps {
  readonly store: Store;
  readonly secrets: Secrets;
  readonly vault: Vault;
  readonly revocations: Pick<Revocations, 'tell'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  preview(context: Context, sharing: Sharing): Promise<SharingPreview>;
}

const duplicateKey = 11_000;
const kindWords = { soap: 'SOAP credential', oneroster: 'OneRoster client' } as const;

/** Makes the {@link CredentialsRoom}. */
export function makeCredentials(deps: CredentialsDeps): CredentialsRoom {
  const { store, secrets, vault, revocations, now, preview } = deps;
  const credentials = store.rows('credential');
  const checkSharing = makeSharingCheck();

  async function rowOf({ tenant }: Context, name: string, kind?: 'soap' | 'oneroster'): Promise<Result<CredentialRow>> {
    const row = (await credentials.findOne({ tenant, name })) as unknown as CredentialRow | null;
    if (row !== null && (kind === undefined || row.kinds.includes(kind))) return ok(row);
    const shown = name.slice(0, 64);
    const what = kind === undefined ? 'credential' : kindWords[kind];
    return failed('unknown-object', `There is no ${what} ${shown}.`, { id: shown });
  }

  /** Changes a credential if it is still as `condition` says. */
  async function change(row: CredentialRow, condition: object, update: object): Promise<Result<CredentialItem>> {
    const { _id, tenant, name = '' } = row;
    const filter = { tenant, _id, ...condition };
    const changed = await credentials.findOneAndUpdate(filter, update, { returnDocument: 'after' });
    await revocations.tell();
    return changed === null
      ? failed('conflict', `The credential ${name} was changed by somebody else just now; try again.`, { id: name })
      : ok(itemOf(changed as unknown as CredentialRow));
  }

  /** Runs `seal` when the secret told is the credential's own. */
  async function withOwnSecret(
    row: Result<CredentialRow>,
    secret: string,
    field: string,
    seal: (row: CredentialRow) => Doc,
  ): Promise<Result<CredentialItem>> {
    if (!row.ok) return row;
    if (!(await secrets.matches(row.value._id, secret, row.value.secretHash))) {
      return failed('invalid-data', `The ${field} is not that of the credential.`, { field });
    }
    return change(row.value, { secretHash: row.value.secretHash }, { $set: seal(row.value) });
  }

  /** Digests and signatures are shown as allowed where they work: with this key, and for the present secret. */
  const itemOf = (row: CredentialRow): CredentialItem => {
    const { name = '', kinds, scopes = [], namespace = 'default', sealedPassword, oauth1, createdAt } = row;
    const { expiresAt, networks, feeds, lastUsedAt, publicKeys = [] } = row;
    const isOfAdminApi = kinds.includes('admin') || kinds.includes('key');
    const passwordDigest = sealedPassword !== undefined && vault.open(sealedPassword, digestPurpose(row)) !== undefined;
    const signs = oauth1 !== undefined && vault.open(oauth1.sealed, oauth1Purpose(row)) !== undefined;
    return {
      name,
      kinds,
      role: isOfAdminApi ? roleOf(row) : null,
      state: row.disabled === true ? 'disabled' : isExpired(row, now()) ? 'expired' : 'active',
      expiresAt: expiresAt?.toISOString() ?? null,
      networks: networks ?? null,
      feeds: feeds ?? null,
      lastUsedAt: lastUsedAt?.toISOString() ?? null,
      scopes,
      namespace,
      passwordDigest,
      oauth1: signs ? (oauth1.sha1 ? 'HMAC-SHA256 and HMAC-SHA1' : 'HMAC-SHA256') : 'denied',
      createdAt: (createdAt ?? new Date(0)).toISOString(),
      ...(kinds.includes('sftp') ? { publicKeys } : {}),
      ...(row.oidc === undefined ? {} : { provider: holderOf(row.oidc) }),
    };
  };

  return {
    async list({ tenant }) {
      const found = await credentials
        .find({ tenant, name: { $type: 'string' } })
        .sort({ name: 1 })
        .toArray();
      return { items: found.map((row) => itemOf(row as unknown as CredentialRow)) };
    },

    async create({ tenant }, wanted) {
      const { name, kinds, scopes, namespace = 'default' } = wanted;
      const read = readScopes(scopes ?? readsByDefault);
      if (!read.ok) return read;
      const fits = checkKinds(wanted);
      if (!fits.ok) return fits;
      const limits = limitsOf(wanted, kinds);
      if (!limits.ok) return limits;
      const isKey = kinds.includes('key');
      // Who comes by public keys needs no password, and none can be guessed.
      const isKeysOnly = wanted.secret === undefined && (limits.value.set.publicKeys?.length ?? 0) > 0;
      const secret = isKey ? newKey() : (wanted.secret ?? (isKeysOnly ? undefined : randomSecret(24)));
      const hashed = isKey || secret === undefined ? {} : { secretHash: await secrets.hash(secret) };
      const row = {
        _id: `${tenant}/${name}`,
        tenant,
        name,
        kinds: [...kinds],
        ...(isKey && secret !== undefined ? { keyHash: sha256(secret) } : hashed),
        namespace,
        scopes: kinds.includes('oneroster') ? read.value : [],
        ...limits.value.set,
        createdAt: new Date(now()),
      };
      try {
        await credentials.insertOne(row as unknown as Parameters<typeof credentials.insertOne>[0]);
      } catch (error) {
        if ((error as { code?: unknown }).code !== duplicateKey) throw error;
        return failed('already-exists', `There is a credential ${name} already; choose another name.`, { id: name });
      } finally {
        await revocations.tell();
      }
      return ok({ ...itemOf(row), ...(secret === undefined ? {} : { secret }) });
    },

    async change(context, name, wanted) {
      const row = await rowOf(context, name);
      if (!row.ok) return row;
      if (context.writer === `admin:${name}`) {
        return failed('conflict', 'A credential cannot change itself; use another admin credential.', { id: name });
      }
      const limits = limitsOf(wanted, row.value.kinds);
      if (!limits.ok) return limits;
      const update = updateOf(limits.value);
      return Object.keys(update).length === 0 ? ok(itemOf(row.value)) : change(row.value, {}, update);
    },

    async renew(context, name) {
      const row = await rowOf(context, name);
      if (!row.ok) return row;
      if (row.value.oidc !== undefined) {
        return failed('conflict', `The holder of ${name} signs in at a provider and has no password here.`, {
          id: name,
        });
      }
      const isKey = row.value.kinds.includes('key');
      const secret = isKey ? newKey() : randomSecret(24);
      const $set = isKey ? { keyHash: sha256(secret) } : { secretHash: await secrets.hash(secret) };
      const { tenant } = context;
      const renewed = await change(row.value, {}, { $set, $unset: { sealedPassword: '', oauth1: '' } });
      if (!renewed.ok) return renewed;
      await store.rows('token').deleteMany({ tenant, credential: name } as Doc);
      await revocations.tell();
      return ok({ ...renewed.value, secret });
    },

    async remove(context, name) {
      const row = await rowOf(context, name);
      if (!row.ok) return row;
      if (context.writer === `admin:${name}`) {
        return failed('conflict', 'A credential cannot delete itself; use another admin credential.', { id: name });
      }
      const { tenant } = context;
      await credentials.deleteOne({ tenant, _id: row.value._id } as Doc);
      await store.rows('token').deleteMany({ tenant, credential: name } as Doc);
      await revocations.tell();
      return ok({ name });
    },

    async putScopes(context, name, scopes) {
      const row = await rowOf(context, name, 'oneroster');
      const read = readScopes(scopes);
      if (!row.ok) return row;
      return read.ok ? change(row.value, {}, { $set: { scopes: read.value } }) : read;
    },

    async allowDigest(context, name, password) {
      return withOwnSecret(await rowOf(context, name, 'soap'), password, 'password', (row) => ({
        sealedPassword: vault.seal(password, digestPurpose(row)),
      }));
    },
    async denyDigest(context, name) {
      const row = await rowOf(context, name, 'soap');
      return row.ok ? change(row.value, {}, { $unset: { sealedPassword: '' } }) : row;
    },

    async allowOauth1(context, name, secret, sha1) {
      return withOwnSecret(await rowOf(context, name, 'oneroster'), secret, 'secret', (row) => ({
        oauth1: { sealed: vault.seal(secret, oauth1Purpose(row)), sha1 },
      }));
    },
    async denyOauth1(context, name) {
      const row = await rowOf(context, name, 'oneroster');
      return row.ok ? change(row.value, {}, { $unset: { oauth1: '' } }) : row;
    },

    async sharing(context, name) {
      const row = await rowOf(context, name, 'oneroster');
      return row.ok ? ok(row.value.sharing ?? {}) : row;
    },
    async putSharing(context, name, sharing) {
      const row = await rowOf(context, name, 'oneroster');
      if (!row.ok) return row;
      const right = checkSharing(sharing);
      if (!right.ok) return right;
      const isNone = Object.keys(sharing).length === 0;
      const changed = await change(row.value, {}, isNone ? { $unset: { sharing: '' } } : { $set: { sharing } });
      return changed.ok ? ok(sharing) : changed;
    },
    async previewSharing(context, name) {
      const row = await rowOf(context, name, 'oneroster');
      return row.ok ? ok(await preview({ ...context, writer: `credential:${name}` }, row.value.sharing ?? {})) : row;
    },
  };
}

/** An API key: 256 random bits behind letters by which scanners of secrets find it. */
function newKey(): string {
  return `rg_${randomSecret(32)}`;
}

function checkKinds({ kinds, role, secret, feeds }: NewCredential): Result<void> {
  if (kinds.includes('sftp')) {
    if (kinds.length > 1) {
      return failed('invalid-data', 'An SFTP account opens nothing else; leave the other kinds out.', {
        field: 'kinds',
      });
    }
    return feeds === undefined
      ? failed('invalid-data', 'An SFTP account is of one feed; name it.', { field: 'feeds' })
      : ok(undefined);
  }
  if (!kinds.includes('key')) return ok(undefined);
  if (kinds.length > 1) {
    return failed('invalid-data', 'An API key opens nothing but the admin API; leave the other kinds out.', {
      field: 'kinds',
    });
  }
  if (secret !== undefined) {
    return failed('invalid-data', 'The secret of an API key is made by the gateway; leave it out.', {
      field: 'secret',
    });
  }
  return role === undefined ? failed('invalid-data', 'An API key needs a role.', { field: 'role' }) : ok(undefined);
}

function updateOf({ set, unset }: StoredLimits): Doc {
  return {
    ...(Object.keys(set).length === 0 ? {} : { $set: set }),
    ...(unset.length === 0 ? {} : { $unset: Object.fromEntries(unset.map((field) => [field, ''])) }),
  };
}

function holderOf({
  issuer,
  subject,
  label,
}: NonNullable<CredentialRow['oidc']>): NonNullable<CredentialItem['provider']> {
  return { issuer, subject, ...(label === undefined ? {} : { label }) };
}

/** What a new OneRoster client may do where nobody says: all reads but those of demographics. */
const readsByDefault = addressesNamed([
  'roster.readonly',
  'roster-core.readonly',
  'resource.readonly',
  'resource-core.readonly',
  'gradebook.readonly',
  'gradebook-core.readonly',
  'assessment.readonly',
]);
