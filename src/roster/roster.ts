import type { Clock } from '../base/clock.ts';
import type { Store } from '../store/index.ts';
import { makeAccess } from './access/access.ts';
import { makeSecrets } from './access/secrets.ts';
import { makeTenants, type Tenants } from './access/tenants.ts';
import { makeExecute } from './execute/execute.ts';
import { makeFind } from './read/find.ts';
import { makeIdentify } from './read/identify.ts';
import { makePage } from './read/page.ts';
import { makeTrash } from './read/trash.ts';
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
}

/** The roster's rooms: records, trash, credentials and tenants. */
export interface RosterRooms {
  readonly roster: Roster;
  readonly trash: TrashRoom;
  readonly access: Access;
  readonly tenants: Tenants;
}

/** Opens the roster over a store. */
export function makeRoster(store: Store, clock: Clock, settings: RosterSettings = {}): RosterRooms {
  const secrets = makeSecrets();
  const tenants = makeTenants(store, secrets);
  const writes = makeExecute({
    store,
    clock,
    rules: {
      trashDays: settings.trashDays ?? 30,
      tombstoneDays: settings.tombstoneDays ?? 90,
      brakePercent: settings.brakePercent ?? 25,
    },
    tenant: (id) => tenants.info(id),
  });
  const roster: Roster = {
    ...writes,
    ...makeFind(store),
    ...makePage(store),
    ...makeIdentify(store, (id) => tenants.info(id)),
  };
  return {
    roster,
    trash: makeTrash(store, roster.execute),
    access: makeAccess(store, secrets, settings.tokenSeconds, () => clock.now().getTime()),
    tenants,
  };
}
