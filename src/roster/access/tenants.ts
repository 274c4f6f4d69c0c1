import { makeGuids, randomSecret, sha256 } from '../../base/ids.ts';
import { ok, type Result } from '../../base/result.ts';
import type { Doc, Row, Store } from '../../store/index.ts';
import type { Context } from '../context.ts';
import type { TenantInfo } from '../execute/unit.ts';
import { makeTenant } from '../tenancy/tenancy.ts';
import type { TenantState } from '../tenancy/types.ts';
import { defaultTenantSettings, type TenantSettings } from '../tenant-settings.ts';
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

/** Stands for the tenant in what belongs to the gateway as a whole: its operators and their entries in the audit log. */
export const everyTenant = '*';

/** Milliseconds for which a tenant's settings are known without asking the store. */
const settingsMs = 5_000;

/** Tenants: looked up by id, made at first start. `now` is in milliseconds. */
export function makeTenants(store: Store, secrets: Secrets, now: () => number = Date.now) {
  const knownKeys = new Map<string, { keys: Pick<TenantInfo, 'guidKey' | 'guidOf'>; until: number }>();
  const knownSettings = new Map<string, { settings: TenantSettings; until: number }>();
  const knownStates = new Map<string, { state: TenantState | undefined; until: number }>();
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
      const adminKey = wanted.password ?? randomSecret(24);
      const made = await makeTenant(store, secrets, { id: tenant, user, password: wanted.password }, now(), adminKey);
      return made.ok ? { tenant, ...made.value } : undefined;
    },

    /**
     * Makes or changes a key of the gateway's operators, who name the tenant that they act on: that of the command line on
     * this machine, or the one of the settings. A key of that name from before is not valid any more.
     */
    async operatorKey(name: 'command-line' | 'operator', key: string): Promise<void> {
      const credentials = store.rows('credential');
      const keyHash = sha256(key);
      const _id =
        name === 'operator' ? `${everyTenant}/operator` : `${everyTenant}/command-line-${keyHash.slice(0, 8)}`;
      await credentials.deleteMany({ keyHash, _id: { $ne: _id } } as Doc);
      await credentials.updateOne(
        { _id },
        {
          $set: { tenant: everyTenant, kinds: ['gateway'], keyHash, namespace: 'default' },
          $setOnInsert: { createdAt: new Date(now()) } as Partial<Row>,
        },
        { upsert: true },
      );
    },

    /** Takes the operators' key of the settings away. */
    async dropOperatorKey(): Promise<void> {
      await store.rows('credential').deleteOne({ _id: `${everyTenant}/operator` });
    },

    /** How a tenant stands, at most five seconds old; undefined for one that is not there. */
    async state(id: string): Promise<TenantState | undefined> {
      const there = knownStates.get(id);
      if (there !== undefined && there.until > now()) return there.state;
      const before = settingsChanges;
      const row = await store.rows('tenant').findOne({ _id: id }, { projection: { state: 1 } });
      const state = row === null ? undefined : ((row['state'] as TenantState | undefined) ?? 'active');
      if (before === settingsChanges) knownStates.set(id, { state, until: now() + settingsMs });
      return state;
    },

    /** Forgets what is known of a tenant: it was changed here. */
    forget(id: string): void {
      settingsChanges += 1;
      knownStates.delete(id);
      knownSettings.delete(id);
      knownKeys.delete(id);
    },

    /** Forgets how the tenants stand. */
    forgetStates(): void {
      settingsChanges += 1;
      knownStates.clear();
    },

    /** Ids of the tenants that are served, the first one first. */
    async served(): Promise<string[]> {
      const found = store.rows('tenant').find({ state: { $in: ['active', null] } } as Doc, {
        sort: { createdAt: 1 },
        projection: { _id: 1 },
      });
      return (await found.toArray()).map(({ _id }) => _id);
    },
  };
}

/** See {@link makeTenants}. */
export type Tenants = ReturnType<typeof makeTenants>;
