import { randomSecret } from '../../base/ids.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import type { Doc, Store } from '../../store/index.ts';
import type { Context } from '../context.ts';
import type { CredentialItem, CredentialsRoom } from '../credentials-types.ts';
import type { Sharing, SharingPreview } from '../sharing.ts';
import type { CredentialRow, CredentialRows } from './credential-rows.ts';
import { oauth1Purpose } from './oauth1.ts';
import { digestPurpose } from './password-digest.ts';
import { addressesNamed, readScopes } from './scopes.ts';
import type { Secrets } from './secrets.ts';
import { makeSharingCheck } from './sharing-check.ts';
import type { Vault } from './vault.ts';

/** What {@link makeCredentials} needs. */
export interface CredentialsDeps {
  readonly store: Store;
  readonly secrets: Secrets;
  readonly vault: Vault;
  /** What the log-in remembers. */
  readonly rows: CredentialRows;
  preview(context: Context, sharing: Sharing): Promise<SharingPreview>;
}

const duplicateKey = 11_000;
const kindWords = { soap: 'SOAP credential', oneroster: 'OneRoster client' } as const;

/** Makes the {@link CredentialsRoom}. */
export function makeCredentials({ store, secrets, vault, rows, preview }: CredentialsDeps): CredentialsRoom {
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
    rows.forget(name);
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
    const passwordDigest = sealedPassword !== undefined && vault.open(sealedPassword, digestPurpose(row)) !== undefined;
    const signs = oauth1 !== undefined && vault.open(oauth1.sealed, oauth1Purpose(row)) !== undefined;
    return {
      name,
      kinds,
      scopes,
      namespace,
      passwordDigest,
      oauth1: signs ? (oauth1.sha1 ? 'HMAC-SHA256 and HMAC-SHA1' : 'HMAC-SHA256') : 'denied',
      createdAt: (createdAt ?? new Date(0)).toISOString(),
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

    async create({ tenant }, { name, kinds, scopes, namespace = 'default', secret = randomSecret(24) }) {
      const read = readScopes(scopes ?? readsByDefault);
      if (!read.ok) return read;
      const row = {
        _id: `${tenant}/${name}`,
        tenant,
        name,
        kinds: [...kinds],
        secretHash: await secrets.hash(secret),
        namespace,
        scopes: kinds.includes('oneroster') ? read.value : [],
        createdAt: new Date(),
      };
      try {
        await credentials.insertOne(row as unknown as Parameters<typeof credentials.insertOne>[0]);
      } catch (error) {
        if ((error as { code?: unknown }).code !== duplicateKey) throw error;
        return failed('already-exists', `There is a credential ${name} already; choose another name.`, { id: name });
      } finally {
        rows.forget(name);
      }
      return ok({ ...itemOf(row), secret });
    },

    async remove(context, name) {
      const row = await rowOf(context, name);
      if (!row.ok) return row;
      if (context.writer === `admin:${name}`) {
        return failed('conflict', 'A credential cannot delete itself; use another admin credential.', { id: name });
      }
      const { tenant } = context;
      await credentials.deleteOne({ tenant, _id: row.value._id } as Doc);
      rows.forget(name);
      await store.rows('token').deleteMany({ tenant, credential: name } as Doc);
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
