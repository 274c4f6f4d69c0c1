import type { Bench, Finding, Measure } from './measure.ts';
import { speed } from './measure.ts';
import { warmThenDrive } from './oneroster.ts';
import { checkSuccess, personCalls } from './soap.ts';

const inFlight = 16;

/** SOAP createPerson, 16 in flight, against a bare http server that runs the same transaction one call at a time. */
export const createPerson: Measure = {
  name: 'create-person',
  async run(bench: Bench): Promise<Finding> {
    const database = bench.freshDatabase();
    const target = bench.freshDatabase();
    const requests = Math.max(64, Math.round(16_000 * bench.scale));
    const gateway = await bench.start('gateway', {
      uri: bench.uri,
      database,
      dataDir: `${bench.folder}/${database}`,
    });
    const calls = personCalls(gateway);
    let made = 0;
    const call = () => {
      made += 1;
      return calls.create(`person-${made}`);
    };
    const check = checkSuccess;
    const base = String(gateway.ready['base']);
    const ours = await warmThenDrive({ base, inFlight, requests, call, check });
    await gateway.stop();
    const bare = await bench.start('create-floor', { uri: bench.uri, from: database, to: target });
    const fewer = Math.max(64, Math.round(requests / 8));
    const address = String(bare.ready['base']);
    const floor = await warmThenDrive({ base: address, inFlight, requests: fewer, call, check });
    await bare.stop();
    await bench.dropDatabase(database);
    await bench.dropDatabase(target);
    return speed('create-person', ours, floor, 'requests/s');
  },
};
