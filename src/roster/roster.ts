import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { fixedKeys, type SecretsKeys } from '../base/secrets-keys.ts';
import { makeSharedCounter, type Store } from '../store/index.ts';
import { makeOutbound, type Outbound, type Rate, rateSeconds } from '../wire/index.ts';
import { makeAccess } from './access/access.ts';
import { failureSeconds, knownSeconds, makeAttempts } from './access/attempts/attempts.ts';
import { makeLimitedAccess, makeLimitedSessions } from './access/attempts/limited-access.ts';
import { makeRequestLimits, type RequestRates } from './access/attempts/request-limits.ts';
import { makeSharedRate } from './access/attempts/shared-rate.ts';
import { makeCredentialRows } from './access/credential-rows.ts';
import { makeCredentials } from './access/credentials.ts';
import { makeSignatureCheck } from './access/oauth1.ts';
import { makeProviderRoom } from './access/oidc/oidc.ts';
import type { ProviderRoom } from './access/oidc/types.ts';
import { makeDigestCheck } from './access/password-digest.ts';
import { makeRevocations, type Revocations } from './access/revocations.ts';
import { makeSecrets } from './access/secrets.ts';
import { makeTenants, type Tenants } from './access/tenants.ts';
import { makeUsable } from './access/usable.ts';
import { makeVault, type Vault } from './access/vault.ts';
import { makeAudit } from './audit/audit.ts';
import { makeRecordedAccess } from './audit/sign-ins.ts';
import type { Audit } from './audit/types.ts';
import type { CredentialsRoom } from './credentials-types.ts';
import { makeExecute } from './execute/execute.ts';
import { makeUse } from './in-use.ts';
import { makePreferences } from './preferences/preferences.ts';
import type { PreferencesRoom } from './preferences/types.ts';
import { makeAccountStatus } from './read/accounts/account-status.ts';
import { makeByIdentifier } from './read/accounts/by-identifier.ts';
import { makeEmailHolders } from './read/accounts/email-holders.ts';
import { makeFormerPersons } from './read/bulk/former-persons.ts';
import { makeMetadataNames } from './read/bulk/metadata-names.ts';
import { makePurged } from './read/bulk/purged.ts';
import { makeScan } from './read/bulk/scan.ts';
import { makeChangeLog } from './read/changes/change-log.ts';
import { makeHandChanges } from './read/changes/hand-changes.ts';
import { makeRunChanges } from './read/changes/run-changes.ts';
import { makeFind } from './read/find.ts';
import { makeIdentify } from './read/identify.ts';
import { makeList } from './read/list.ts';
import { makePage } from './read/page.ts';
import { makeRecords } from './read/records.ts';
import { makeRelated } from './read/related.ts';
import { makeSharingPreview } from './read/sharing/preview.ts';
import { makeFindShared } from './read/sharing/shared.ts';
import { makeTrash } from './read/trash.ts';
import { makeChildren } from './read/within/children.ts';
import { makeParents } from './read/within/parents.ts';
import type { RecordsRoom } from './record-types.ts';
import { makeSecondFactor } from './sessions/second-factor.ts';
import { makeSessions } from './sessions/sessions.ts';
import type { SessionsRoom } from './sessions/types.ts';
import { makeSubjects } from './subject/subject.ts';
import type { SubjectsRoom } from './subject/types.ts';
import { makeTenancy } from './tenancy/tenancy.ts';
import type { Tenancy } from './tenancy/types.ts';
import type { TrashRoom } from './trash-types.ts';
import type { Access, Roster } from './types.ts';

/** Settings of the roster. */
export interface RosterSettings {
  /** Days that the trash keeps a record before a purge without force (decisions 2.5). */
  readonly trashDays?: number;
  /** Share of a type that one credential may remove within 24 hours, in percent (decisions 2.6). */
  readonly brakePercent?: number;
  /** Days that a tombstone tells delta readers of a purge (decisions 2.5). */
  readonly tombstoneDays?: number;
  /** Seconds that an access token lives. */
  readonly tokenSeconds?: number;
  /** The key of secrets that must be read again, 32 bytes, or several; without it they are readable until the process ends. */
  readonly secretsKey?: Uint8Array | SecretsKeys;
  /** Days that a deleted tenant can be brought back. */
  readonly tenantQuarantineDays?: number;
  /** Minutes without a request after which a session ends, and hours after which it ends in any case. */
  readonly sessionIdleMinutes?: number;
  readonly sessionHours?: number;
  /** Days that the audit log keeps its entries; 0: for ever. */
  readonly auditDays?: number;
  /** Wrong log-ins that one address has with one name in 15 minutes; 0 or absent: any number. */
  readonly failedLogins?: number;
  /** Requests a second that this process answers one credential and one tenant. */
  readonly requestRates?: RequestRates;
  /** The way to providers of sign-in; public addresses over TLS unless told. */
  readonly outbound?: Outbound;
}

/** The roster's rooms: records, trash, single records for administrators, credentials and tenants. */
export interface RosterRooms {
  readonly roster: Roster;
  readonly trash: TrashRoom;
  readonly records: RecordsRoom;
  /** All that is kept about one person. */
  readonly subjects: SubjectsRoom;
  readonly access: Access;
  /** Counts requests by the sender's address, as the limits of credentials and tenants are counted inside {@link access}. */
  readonly addressRate: Rate;
  readonly credentials: CredentialsRoom;
  /** Sessions of people who have signed in. */
  readonly sessions: SessionsRoom;
  /** Sign-in of people at a provider of OpenID Connect. */
  readonly providers: ProviderRoom;
  /** What persons want of mails. */
  readonly preferences: PreferencesRoom;
  readonly tenants: Tenants;
  /** The tenants themselves, for operators of the gateway. */
  readonly tenancy: Tenancy;
  /** What tells the instances on a database that a credential was changed; its owner starts and stops it. */
  readonly revocations: Pick<Revocations, 'start' | 'stop'>;
  /** Keeps secrets that must be read again. */
  readonly vault: Vault;
  /** Who did what; its owner flushes it before the store is closed. */
  readonly audit: Audit;
}

/** Opens the roster over a store. */
export function makeRoster(store: Store, clock: Clock, settings: RosterSettings = {}): RosterRooms {
  const secrets = makeSecrets();
  const now = () => clock.now().getTime();
  const tenants = makeTenants(store, secrets, now);
  const vault = makeVault(keysOf(settings.secretsKey ?? randomBytes(32)));
  const rows = makeCredentialRows(store, now);
  const revocations = makeRevocations(store);
  revocations.listen(() => {
    rows.forgetAll();
    tenants.forgetStates();
  });
  const requiresTotp = async (tenant: string) => (await tenants.settings(tenant)).signIn.requireTotp;
  const usable = makeUsable({ state: (tenant) => tenants.state(tenant), now });
  const audit = makeAudit({ store, vault, now, days: settings.auditDays ?? 0 });
  const findShared = makeFindShared(store);
  const writes = makeExecute({
    store,
    clock,
    rules: {
      trashDays: settings.trashDays ?? 30,
      tombstoneDays: settings.tombstoneDays ?? 90,
      brakePercent: settings.brakePercent ?? 25,
    },
    findShared,
    tenant: (id) => tenants.info(id),
  });
  const use = makeUse();
  const found = makeFind(store, findShared);
  const roster: Roster = use.watch({
    inUse: use.inUse,
    settled: use.settled,
    ...writes,
    ...found,
    ...makeAccountStatus(store, found),
    ...makePage(store, findShared),
    ...makeParents(store, findShared),
    ...makeChildren(store, findShared),
    ...makeList(store),
    ...makeRelated(store),
    ...makeChangeLog(store),
    ...makeRunChanges(store),
    ...makeHandChanges(store),
    ...makeByIdentifier(store),
    ...makeEmailHolders(store),
    ...makeScan(store),
    ...makePurged(store),
    ...makeFormerPersons(store),
    ...makeMetadataNames(store),
    ...makeIdentify(store, (id) => tenants.info(id)),
  });
  const rates = settings.requestRates ?? {};
  const rate = (name: string, perSecond: number) =>
    makeSharedRate(perSecond, { counter: makeSharedCounter(store, name, rateSeconds), now });
  const requests = makeRequestLimits(rates, rate);
  const records = makeRecords(roster);
  const attempts = makeAttempts({
    failures: settings.failedLogins ?? 0,
    wrong: makeSharedCounter(store, 'wrong', failureSeconds),
    known: makeSharedCounter(store, 'known', knownSeconds),
    now,
  });
  const limited = makeLimitedAccess(
    makeAccess({
      store,
      secrets,
      rows,
      digests: makeDigestCheck(store, vault, now),
      signatures: makeSignatureCheck(store, vault, now),
      usable,
      requiresTotp,
      revocations,
      tenants: () => tenants.served(),
      tokenSeconds: settings.tokenSeconds ?? 3600,
      now,
    }),
    {
      attempts,
      requests,
      async remembers(name, password) {
        const row = await rows.named(name);
        return row?.secretHash !== undefined && secrets.remembers(row._id, password, row.secretHash);
      },
    },
  );
  return {
    roster,
    addressRate: rate('address-rate', rates.perAddress ?? 0),
    trash: makeTrash(store, roster.execute),
    records,
    preferences: makePreferences({
      roster,
      vault,
      audit,
      isServed: async (tenant) => (await tenants.state(tenant)) === 'active',
      now,
    }),
    subjects: makeSubjects({ store, records, audit, now }),
    access: makeRecordedAccess(limited, { audit, tenantOf: async (name) => (await rows.named(name))?.tenant }),
    credentials: makeCredentials({
      store,
      secrets,
      vault,
      revocations,
      now,
      preview: makeSharingPreview(roster),
    }),
    sessions: makeLimitedSessions(
      makeSessions({
        store,
        rows,
        secrets,
        usable,
        attempts,
        factor: makeSecondFactor(store, vault, now),
        revocations,
        audit,
        requiresTotp,
        idleMs: (settings.sessionIdleMinutes ?? 30) * 60_000,
        lifeMs: (settings.sessionHours ?? 12) * 3_600_000,
        now,
      }),
      requests,
    ),
    providers: makeProviderRoom({
      store,
      vault,
      rows,
      revocations,
      outbound: settings.outbound ?? makeOutbound({ hosts: [] }),
      usable,
      audit,
      now,
    }),
    tenants,
    tenancy: makeTenancy({
      store,
      secrets,
      quarantineDays: settings.tenantQuarantineDays ?? 30,
      async forget(tenant) {
        tenants.forget(tenant);
        await revocations.tell();
        // Nothing of the tenant waits to be written when it is erased next.
        await audit.flush();
      },
      now,
    }),
    revocations,
    vault,
    audit,
  };
}

function keysOf(keys: Uint8Array | SecretsKeys): SecretsKeys {
  return keys instanceof Uint8Array ? fixedKeys(keys) : keys;
}
