import { MongoMemoryReplSet } from 'mongodb-memory-server-core';
import { findMongod } from '../../src/store/mongod/index.ts';
import { dataFolder } from './data-folder.ts';
import { runningSets } from './running-sets.ts';

/** One replica set for all workers of a test run; its address reaches them as `ROSTERGATE_TEST_MONGODB`. */
export default async function startMongod(): Promise<void> {
  const progress = (line: string) => void process.stderr.write(`${line}\n`);
  const program = await findMongod({ env: process.env, progress });
  if (!program.ok) throw new Error(program.problem.text);
  const { path, version } = program.value;
  const folder = await dataFolder();
  const set = await MongoMemoryReplSet.create({
    binary: { systemBinary: path, version },
    instanceOpts: [{ dbPath: folder }],
    replSet: {
      count: 1,
      storageEngine: 'wiredTiger',
      args: [
        '--wiredTigerCacheSizeGB',
        '0.5',
        '--quiet',
        // Files of databases that tests have dropped are not kept open: there are more than a process may have.
        '--wiredTigerEngineConfigString',
        'file_manager=(close_idle_time=5,close_scan_interval=2,close_handle_minimum=100)',
        '--setParameter',
        'diagnosticDataCollectionEnabled=false',
        // The transaction of a process that a test has killed holds up the others so long.
        '--setParameter',
        'transactionLifetimeLimitSeconds=10',
      ],
    },
  });
  runningSets().push({ set, folder });
  process.env['ROSTERGATE_TEST_MONGODB'] = set.getUri();
  process.env['ROSTERGATE_TEST_MONGOD'] = path;
}
