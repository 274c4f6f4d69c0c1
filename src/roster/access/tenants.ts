import { randomBytes } from 'node:crypto';
import { makeGuids, randomSecret, sha256 } from '../../base/ids.ts';
import { ok, type Result } from '../../base/result.ts';
import type { Row, Store } from '../../store/index.ts';
import type { Context } from '../context.ts';
import type { TenantInfo } from '../execute/unit.ts';
import { defaultTenantSettings, type TenantSettings } from '../tenant-settings.ts';
import { oneRosterScopes } from './scopes.ts';
import type { Secrets } from './secrets.ts';
import { makeTenantSettingsCheck, mergeTenantSettings, settingPaths } from './settings-patch.ts';

/** The first tenant as it was made: shown once. */
export interface FirstTenant {
  readonly tenant: string;
  readonly user: string;
  readonly password: string;
  readonly adminKey: string;
}

/** What the first tenant is to be called; what is absent is made up. */
export interface Bootstrap {
  readonly tenant: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
}

/** Milliseconds for which a tenant's settings are known without asking the store. */
const settingsMs = 5_000;

/** Tenants: looked up by id, made at first start. `now` is in milliseconds. */
export function makeTenants(store: Store, secrets: Secrets, now: () => number = Date.now) {
  const knownKeys = new Map<string, { keys: Pick<TenantInfo, 'guidKey' | 'guidOf'>; until: number }>();
  const knownSettings = new Map<string, { settings: TenantSettings; until: number }>();
  const checkSettings = makeTenantSettingsCheck();
  // What was read while something was changed here may be old already, and is not remembered.
  let settingsChanges = 0;

  async function readSettings(id: string): Promise<TenantSettings> {
    const before = settingsChanges;
    const row = await store.rows('tenant').findOne({ _id: id }, { projection: { settings: 1 } });
    if (row === null) throw new Error('the context names a tenant that does not exist');
    const settings = mergeTenantSettings(defaultTenantSettings, row['settings']);
    if (before === settingsChanges) knownSettings.set(id, { settings, until: now() + settingsMs });
    return settings;
  }

  async function settingsOf(tenant: string): Promise<TenantSettings> {
    const there = knownSettings.get(tenant);
    return there !== undefined && there.until > now() ? there.settings : readSettings(tenant);
  }

  async function keysOf(id: string): Promise<Pick<TenantInfo, 'guidKey' | 'guidOf'>> {
    const there = knownKeys.get(id);
    if (there !== undefined && there.until > Date.now()) return there.keys;
    const row = await store.model('tenant').findById(id).lean();
    if (row === null) throw new Error('the context names a tenant that does not exist');
    const key = (row as unknown as { guidKey: { buffer: ArrayBufferLike | Uint8Array } }).guidKey.buffer;
    const guidKey = key instanceof Uint8Array ? key : new Uint8Array(key);
    const keys = { guidKey, guidOf: makeGuids(guidKey) };
    knownKeys.set(id, { keys, until: Date.now() + 60_000 });
    return keys;
  }

  async function addKey(tenant: string, name: string, key: string): Promise<void> {
    await store.model('credential').updateOne(
      { _id: `${tenant}/${name}` },
      {
        $set: { tenant, kinds: ['admin'], keyHash: sha256(key), namespace: 'default' },
        $setOnInsert: { createdAt: new Date() },
      },
      { upsert: true },
    );
  }

  return {
    /** The tenant's facts and settings that execute needs. */
    async info(id: string): Promise<TenantInfo> {
      const { courses, adoptManual } = await settingsOf(id);
      return { id, ...(await keysOf(id)), archiveCourses: courses.archive, adoptManual };
    },

    /** The time zone of a tenant, for times without one (decisions 1.9). */
    async timeZone(tenant: string): Promise<string> {
      const row = await store.rows('tenant').findOne({ _id: tenant }, { projection: { timeZone: 1 } });
      return (row?.['timeZone'] as string | undefined) ?? 'UTC';
    },

    /** A tenant's settings: as this process last changed them, or at most five seconds old. */
    settings: settingsOf,

    /** Changes the settings that are named, the others stay; answers all of them. `invalid-request` names what is wrong. */
    async putSettings({ tenant }: Context, patch: unknown): Promise<Result<TenantSettings>> {
      const checked = checkSettings(patch);
      if (!checked.ok) return checked;
      const changed = settingPaths(checked.value, 'settings');
      if (Object.keys(changed).length > 0) {
        await store.rows('tenant').updateOne({ _id: tenant }, { $set: changed });
        settingsChanges += 1;
        knownSettings.delete(tenant);
      }
      return ok(await readSettings(tenant));
    },

    /**
     * Makes the first tenant with its credentials when there is none (decisions 5.3); answers undefined when there is
     * one already. The one password is SOAP password, OneRoster secret, admin password and admin key.
     */
    async bootstrap(wanted: Bootstrap): Promise<FirstTenant | undefined> {
      if ((await store.model('tenant').countDocuments({}).limit(1)) > 0) return undefined;
      const tenant = wanted.tenant ?? 'school';
      const user = wanted.user ?? `${tenant}-sis`;
      const password = wanted.password ?? randomSecret(18);
      const adminKey = wanted.password ?? randomSecret(24);
      const tenants = store.rows('tenant');
      const made = await tenants.updateOne(
        { _id: tenant },
        {
          $setOnInsert: {
            guidKey: randomBytes(32),
            timeZone: 'UTC',
            namespace: 'default',
            createdAt: new Date(),
          } as Partial<Row>,
        },
        { upsert: true },
      );
      if (made.upsertedCount === 0) return undefined;
      await store.model('credential').create({
        _id: `${tenant}/${user}`,
        tenant,
        name: user,
        kinds: ['soap', 'oneroster', 'admin'],
        secretHash: await secrets.hash(password),
        namespace: 'default',
        scopes: [...oneRosterScopes],
        createdAt: new Date(),
      });
      await addKey(tenant, 'admin-key', adminKey);
      return { tenant, user, password, adminKey };
    },

    /** Makes or changes the key by which the command line on this machine acts for a tenant. */
    async commandLineKey(key: string): Promise<string | undefined> {
      const row = await store.model('tenant').findOne({}).sort({ createdAt: 1 }).lean();
      if (row === null) return undefined;
      await addKey(row._id, `command-line-${sha256(key).slice(0, 8)}`, key);
      return row._id;
    },

    /** All tenants' ids, the first one first. */
    async all(): Promise<string[]> {
      return (await store.model('tenant').find({}).sort({ createdAt: 1 }).select('_id').lean()).map(({ _id }) => _id);
    },
  };
}

/** See {@link makeTenants}. */
export type Tenants = ReturnType<typeof makeTenants>;
