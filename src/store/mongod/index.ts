import type { Log } from '../../base/log.ts';
import type { Result } from '../../base/result.ts';
import { ok } from '../../base/result.ts';
import { openEmbedded } from './embedded.ts';
import { checkExternal, databaseIn } from './external.ts';
import type { Holder } from './folder-lock.ts';
import { holderOf } from './folder-lock.ts';
import type { Environment, Progress } from './program.ts';
import { makePulse } from './pulse.ts';

export type { FindOptions } from './find.ts';
export { fetchMongod, findMongod } from './find.ts';
export type { Holder } from './folder-lock.ts';
export type { Environment, MongodProgram, Progress } from './program.ts';

/** What {@link openDatabase} needs. */
export interface DatabaseOptions {
  /** Address of a replica set or sharded cluster (`MONGODB_URI`); without it an embedded server runs on `dataDir`. */
  readonly uri?: string;
  readonly dataDir: string;
  /** Limit of the embedded server's cache in GB. */
  readonly cacheGb: number;
  /** The environment, for finding the embedded server's program. */
  readonly env: Environment;
  /** Tells a person at the terminal that a program is being fetched. */
  readonly progress: Progress;
  readonly log: Log;
  /** Who takes the data folder; `gateway` unless told. */
  readonly holder?: Holder;
  /** Called once when an embedded server ended and could not be brought back: the process should end. */
  readonly onLost?: (reason: string) => void;
}

/** A database that can do transactions. */
export interface Database {
  readonly kind: 'embedded' | 'external';
  /** Address to connect to. May hold a password: never print it. */
  readonly uri: string;
  /** Name of the database to use there. */
  readonly name: string;
  /** Version of the server. */
  readonly version: string;
  /** Asks the server for a sign of life; rejects when none comes within a second. */
  readonly ping: () => Promise<void>;
  /** Stops an embedded server in order and gives its folder back; does nothing to an external one. */
  readonly close: () => Promise<void>;
}

/**
 * Makes a database ready: checks the one behind `uri`, or runs an embedded one. Expected failures are problems whose
 * text says the remedy: a standalone server, an unreachable one, a data folder in use, no program to be had.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Result<Database>> {
  const { uri, holder = 'gateway', onLost = () => undefined } = options;
  if (uri === undefined) {
    const name = 'rostergate';
    const embedded = await openEmbedded({ ...options, holder, onLost }, name);
    if (!embedded.ok) return embedded;
    const pulse = makePulse(embedded.value.uri);
    const close = async () => {
      await pulse.close();
      await embedded.value.close();
    };
    return ok({ kind: 'embedded', name, ...embedded.value, ping: pulse.ping, close });
  }
  const checked = await checkExternal(uri);
  if (!checked.ok) return checked;
  const { ping, close } = makePulse(uri);
  return ok({ kind: 'external', uri, name: databaseIn(uri), version: checked.value.version, ping, close });
}

/** Whether a gateway is running on this data folder now. Reads one file, touches nothing. */
export function gatewayIsAlive(dataDir: string): boolean {
  return holderOf(dataDir)?.holder === 'gateway';
}
