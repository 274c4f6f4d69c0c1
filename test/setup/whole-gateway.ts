import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../../src/base/log.ts';
import { readConfig } from '../../src/config.ts';
import { startGateway } from '../../src/gateway.ts';
import { openStore, type Store } from '../../src/store/index.ts';
import { testDatabase } from './database.ts';
import { demo } from './services.ts';
import { watchedLog } from './watched-log.ts';

/** The gateway as it is started by its program, in this process, on a database of its own. */
export interface WholeGateway {
  /** `http://localhost:port`. */
  readonly url: string;
  readonly store: Store;
  /** Folder of the gateway's files. */
  readonly dataDir: string;
  close(): Promise<void>;
}

/**
 * Starts a {@link WholeGateway} with the first tenant `demo`, whose password is that of the admin, the SOAP user and the
 * OneRoster client. Senders are who `X-Forwarded-For` says, and SOAP passwords may come from anywhere.
 */
export async function startWholeGateway(
  settings: Readonly<Record<string, string>> = {},
  log: Log = watchedLog,
): Promise<WholeGateway> {
  const database = await testDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'rostergate-whole-'));
  const env = {
    PORT: '0',
    MONGODB_URI: database.uri,
    DATA_DIR: dataDir,
    BOOTSTRAP_TENANT: demo.tenant,
    BOOTSTRAP_USER: demo.user,
    BOOTSTRAP_PASSWORD: demo.password,
    TRUST_PROXY: '1',
    SOAP_PLAIN_HTTP: 'allow',
    SHUTDOWN_SECONDS: '1',
    ...settings,
  };
  const config = readConfig(env, () => '');
  if (!config.ok) throw new Error(config.problem.text);
  const lost = (reason: string) => {
    throw new Error(reason);
  };
  const gateway = await startGateway(config.value, { env: process.env, log, say: () => undefined, onLost: lost });
  if (!gateway.ok) throw new Error(gateway.problem.text);
  const store = await openStore(database.uri, database.name);
  return {
    url: gateway.value.address,
    store,
    dataDir,
    async close() {
      await gateway.value.close();
      await store.close();
      await database.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
