import { failed, ok, type Result } from '../../../base/result.ts';
import { makeSchemaCheck } from '../../../base/schema-check.ts';
import { settingFault } from '../../../base/schema-fault.ts';
import type { Doc, Store } from '../../../store/index.ts';
import type { Outbound } from '../../../wire/index.ts';
import type { Vault } from '../vault.ts';
import type { ProviderClient } from './provider.ts';
import { type ProviderSettings, providerSchema } from './types.ts';

/** As a tenant keeps its provider: the settings, and the client's secret sealed. */
interface StoredProvider {
  readonly settings: ProviderSettings;
  readonly sealed: string;
}

/** Purpose under which the secret of a tenant's client is sealed. */
export const providerPurpose = (tenant: string) => `oidc:${tenant}`;

/** The providers of tenants, as they are stored. */
export interface ProviderRows {
  /** Undefined for unknown tenants and for those without a provider. */
  of(tenant: string): Promise<ProviderClient | undefined>;
  put(tenant: string, wanted: unknown): Promise<Result<ProviderSettings>>;
  /** Whether there was one. */
  remove(tenant: string): Promise<boolean>;
}

const defaults = {
  scopes: ['profile', 'email'],
  groupsClaim: 'groups',
  defaultRole: null,
  requiredAcr: null,
} as const;

/** Makes {@link ProviderRows}. */
export function makeProviderRows(store: Store, vault: Vault, outbound: Pick<Outbound, 'check'>): ProviderRows {
  const tenants = store.rows('tenant');
  const check = makeSchemaCheck(providerSchema);

  async function stored(tenant: string): Promise<StoredProvider | undefined> {
    const row = await tenants.findOne({ _id: tenant }, { projection: { oidc: 1 } });
    return (row as { oidc?: StoredProvider } | null)?.oidc;
  }

  function checked(wanted: unknown): Result<{ settings: ProviderSettings; secret: string | undefined }> {
    if (!check(wanted)) return settingFault(check.errors);
    const { clientSecret, ...rest } = wanted as Partial<ProviderClient>;
    const settings = { ...defaults, ...rest } as ProviderSettings;
    const issuer = outbound.check(settings.issuer);
    if (!issuer.ok) return failed('invalid-request', issuer.problem.text, { field: 'issuer' });
    // An issuer has neither query nor fragment (OpenID Connect Discovery 1.0, section 3).
    if (issuer.value.search !== '')
      return failed('invalid-request', 'The setting issuer must not have a query.', { field: 'issuer' });
    return ok({ settings, secret: clientSecret });
  }

  return {
    async of(tenant) {
      const there = await stored(tenant);
      if (there === undefined) return undefined;
      const clientSecret = vault.open(there.sealed, providerPurpose(tenant));
      if (clientSecret === undefined)
        throw new Error('the key of stored secrets does not open the secret of a provider');
      return { ...there.settings, clientSecret };
    },

    async put(tenant, wanted) {
      const read = checked(wanted);
      if (!read.ok) return read;
      const { settings, secret } = read.value;
      const there = await stored(tenant);
      const isSame = there?.settings.issuer === settings.issuer && there.settings.clientId === settings.clientId;
      if (secret === undefined && (there === undefined || !isSame)) return secretNeeded;
      const sealed = secret === undefined ? there?.sealed : vault.seal(secret, providerPurpose(tenant));
      await tenants.updateOne({ _id: tenant }, { $set: { oidc: { settings, sealed } } as Doc });
      return ok(settings);
    },

    async remove(tenant) {
      const filter = { _id: tenant, oidc: { $exists: true } } as Doc;
      const removed = await tenants.updateOne(filter, { $unset: { oidc: '' } });
      return removed.modifiedCount === 1;
    },
  };
}

const secretNeeded = failed(
  'invalid-request',
  'The setting clientSecret is needed with a new provider or client: the stored one is not sent elsewhere.',
  { field: 'clientSecret' },
);
