import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Store } from '../store/index.ts';
import { makeAccess } from './access/access.ts';
import { makeCredentialRows } from './access/credential-rows.ts';
import { makeCredentials } from './access/credentials.ts';
import { makeSignatureCheck } from './access/oauth1.ts';
import { makeDigestCheck } from './access/password-digest.ts';
import { makeSecrets } from './access/secrets.ts';
import { makeTenants, type Tenants } from './access/tenants.ts';
import { makeVault, type Vault } from './access/vault.ts';
import type { CredentialsRoom } from './credentials-types.ts';
import { makeExecute } from './execute/execute.ts';
import { makeUse } from './in-use.ts';
import { makeFormerPersons } from './read/bulk/former-persons.ts';
import { makeMetadataNames } from './read/bulk/metadata-names.ts';
import { makePurged } from './read/bulk/purged.ts';
import { makeScan } from './read/bulk/scan.ts';
import { makeChangeLog } from './read/change-log.ts';
import { makeFind } from './read/find.ts';
import { makeIdentify } from './read/identify.ts';
import { makeList } from './read/list.ts';
import { makePage } from './read/page.ts';
import { makeRecords } from './read/records.ts';
import { makeRelated } from './read/related.ts';
import { makeRunChanges } from './read/run-changes.ts';
import { makeSharingPreview } from './read/sharing/preview.ts';
import { makeFindShared } from './read/sharing/shared.ts';
import { makeTrash } from './read/trash.ts';
import { makeChildren } from './read/within/children.ts';
import { makeParents } from './read/within/parents.ts';
import type { RecordsRoom } from './record-types.ts';
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
  /** 32 bytes: the key of secrets that must be read again; without it they are readable until the process ends. */
  readonly secretsKey?: Uint8Array;
}

/** The roster's rooms: records, trash, single records for administrators, credentials and tenants. */
export interface RosterRooms {
  readonly roster: Roster;
  readonly trash: TrashRoom;
  readonly records: RecordsRoom;
  readonly access: Access;
  readonly credentials: CredentialsRoom;
  readonly tenants: Tenants;
  /** Keeps secrets that must be read again. */
  readonly vault: Vault;
}

/** Opens the roster over a store. */
export function makeRoster(store: Store, clock: Clock, settings: RosterSettings = {}): RosterRooms {
  const secrets = makeSecrets();
  const now = () => clock.now().getTime();
  const tenants = makeTenants(store, secrets, now);
  const vault = makeVault(settings.secretsKey ?? randomBytes(32));
  const rows = makeCredentialRows(store, now);
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
  const roster: Roster = use.watch({
    inUse: use.inUse,
    settled: use.settled,
    ...writes,
    ...makeFind(store, findShared),
    ...makePage(store, findShared),
    ...makeParents(store, findShared),
    ...makeChildren(store, findShared),
    ...makeList(store),
    ...makeRelated(store),
    ...makeChangeLog(store),
    ...makeRunChanges(store),
    ...makeScan(store),
    ...makePurged(store),
    ...makeFormerPersons(store),
    ...makeMetadataNames(store),
    ...makeIdentify(store, (id) => tenants.info(id)),
  });
  return {
    roster,
    trash: makeTrash(store, roster.execute),
    records: makeRecords(roster),
    access: makeAccess({
      store,
      secrets,
      rows,
      digests: makeDigestCheck(store, vault, now),
      signatures: makeSignatureCheck(store, vault, now),
      tokenSeconds: settings.tokenSeconds ?? 3600,
      now,
    }),
    credentials: makeCredentials({ store, secrets, vault, rows, preview: makeSharingPreview(roster) }),
    tenants,
    vault,
  };
}
