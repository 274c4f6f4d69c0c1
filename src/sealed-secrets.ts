import { ok, type Result } from './base/result.ts';
import type { SecretsKey, SecretsKeys } from './base/secrets-keys.ts';
import { webhookPurpose } from './notify/index.ts';
import {
  auditKeyPurpose,
  type CredentialRow,
  digestPurpose,
  everyTenant,
  oauth1Purpose,
  providerPurpose,
  type SealedCount,
  type SecretsRoom,
  type SecretsStatus,
  totpPurpose,
  type Vault,
} from './roster/index.ts';
import type { CollectionName, Doc, Row, Store } from './store/index.ts';
import { downstreamPurpose, pullPurpose, sectionPurpose, sectionSecrets } from './sync/index.ts';

/** A field that holds a sealed text. */
export interface SealedField {
  readonly collection: CollectionName;
  /** Its path; `*` stands for each element of a list. */
  readonly path: string;
  /** What the text is sealed for; `element` is that of the list. */
  purpose(row: Row, element: Row): string;
}

const tenantOf = (row: Row) => String(row['tenant']);
const credential = (row: Row) => row as unknown as CredentialRow;

/** Every stored field that is sealed by the key of stored secrets: what a rotation seals anew. */
export const sealedFields: readonly SealedField[] = [
  { collection: 'credential', path: 'sealedPassword', purpose: (row) => digestPurpose(credential(row)) },
  { collection: 'credential', path: 'oauth1.sealed', purpose: (row) => oauth1Purpose(credential(row)) },
  { collection: 'credential', path: 'totp.sealed', purpose: (row) => totpPurpose(row) },
  { collection: 'credential', path: 'totpBegun.sealed', purpose: (row) => totpPurpose(row) },
  {
    collection: 'feed',
    path: 'settings.pullSecret',
    purpose: (row) => pullPurpose(tenantOf(row), String(row['name'])),
  },
  ...sectionSecrets.map(
    ({ section, field }): SealedField => ({
      collection: 'feed',
      path: `settings.secrets.${section}.${field}`,
      purpose: (row) => sectionPurpose(tenantOf(row), String(row['name']), section, field),
    }),
  ),
  { collection: 'downstream', path: 'sealed', purpose: (row) => downstreamPurpose(tenantOf(row)) },
  ...['sealed', 'sealedBefore'].map(
    (path): SealedField => ({
      collection: 'webhook',
      path,
      purpose: (row) => webhookPurpose(tenantOf(row), String(row['id'])),
    }),
  ),
  { collection: 'tenant', path: 'oidc.sealed', purpose: (row) => providerPurpose(row._id) },
  {
    collection: 'auditHead',
    path: 'keys.*.sealed',
    purpose: (row, key) => auditKeyPurpose(tenantOf(row), String(key['id'])),
  },
];

/** A sealed text and where it is. */
interface Place {
  readonly collection: CollectionName;
  readonly filter: Doc;
  readonly path: string;
  readonly sealed: string;
  readonly purpose: string;
}

/** What {@link makeSealedSecrets} needs. */
export interface SealedSecretsDeps {
  readonly store: Store;
  readonly vault: Vault;
  /** Keys that the gateway keeps itself can be renewed. */
  readonly keys: SecretsKeys & { renew?(): Promise<Result<SecretsKey>> };
}

/** Makes the {@link SecretsRoom} of a gateway. */
export function makeSealedSecrets({ store, vault, keys }: SealedSecretsDeps): SecretsRoom {
  async function* places(): AsyncGenerator<Place> {
    const tenants = await store
      .rows('tenant')
      .find({}, { projection: { _id: 1 } })
      .toArray();
    for (const tenant of [everyTenant, ...tenants.map(({ _id }) => _id)]) {
      for (const field of sealedFields) yield* placesOf(tenant, field);
    }
  }

  async function* placesOf(tenant: string, { collection, path, purpose }: SealedField): AsyncGenerator<Place> {
    const own: Doc = collection === 'tenant' ? { _id: tenant } : { tenant };
    const found = store.rows(collection).find({ ...own, [path.replace('.*', '')]: { $type: 'string' } } as Doc);
    for await (const row of found) {
      for (const { at, sealed, element } of textsAt(row, path)) {
        const filter = { ...own, _id: row._id };
        if (sealed !== '') yield { collection, filter, path: at, sealed, purpose: purpose(row, element) };
      }
    }
  }

  async function status(): Promise<SecretsStatus> {
    const current = keys.current().id;
    const counts = new Map<string | null, number>([[current, 0]]);
    for await (const { sealed, purpose } of places()) {
      const key = vault.keyOf(sealed, purpose) ?? null;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const sealed = [...counts].map(([key, texts]): SealedCount => ({ key, current: key === current, texts }));
    return { current, from: keys.renew === undefined ? 'settings' : 'data-folder', sealed };
  }

  /** Seals one text anew, unless it has been changed meanwhile. */
  async function reseal({ collection, filter, path, sealed, purpose }: Place): Promise<boolean> {
    const text = vault.isCurrent(sealed) ? undefined : vault.open(sealed, purpose);
    if (text === undefined) return false;
    const set = { $set: { [path]: vault.seal(text, purpose) } } as Doc;
    const { modifiedCount } = await store.rows(collection).updateOne({ ...filter, [path]: sealed } as Doc, set);
    return modifiedCount > 0;
  }

  return {
    status,
    async rotate() {
      const before = await status();
      const isUnfinished = before.sealed.some(({ key, current, texts }) => key !== null && !current && texts > 0);
      const made = isUnfinished ? undefined : await keys.renew?.();
      if (made?.ok === false) return made;
      let resealed = 0;
      for await (const place of places()) if (await reseal(place)) resealed += 1;
      return ok({ ...(await status()), isNewKey: made !== undefined, resealed });
    },
  };
}

/** The texts at a path of a document, with the paths by which each is changed. */
function textsAt(row: Row, path: string): { at: string; sealed: string; element: Row }[] {
  const [list = '', field] = path.split('.*.');
  if (field === undefined) {
    const sealed = valueAt(row, path);
    return typeof sealed === 'string' ? [{ at: path, sealed, element: row }] : [];
  }
  const elements = valueAt(row, list);
  return (Array.isArray(elements) ? (elements as Row[]) : []).flatMap((element, index) => {
    const sealed = valueAt(element, field);
    return typeof sealed === 'string' ? [{ at: `${list}.${index}.${field}`, sealed, element }] : [];
  });
}

function valueAt(row: Row, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (value as Doc | undefined)?.[name], row);
}
