import type { Bench, Finding, Measure } from './measure.ts';
import { speed } from './measure.ts';
import { warmThenDrive } from './oneroster.ts';
import { checkSuccess, personCalls } from './soap.ts';

/** What one request holds: as many as the gateway takes. */
const records = 1_000;
/** Each request is about 770 KB of XML. */
const inFlight = 16;

/** SOAP createPersons of 1,000 new persons each against a raw `insertMany` of the same documents. */
export const createPersons: Measure = {
  name: 'create-persons',
  async run(bench: Bench): Promise<Finding> {
    const database = bench.freshDatabase();
    const target = bench.freshDatabase();
    const requests = Math.max(inFlight, Math.round(60 * bench.scale));
    const gateway = await bench.start('gateway', { uri: bench.uri, database, dataDir: `${bench.folder}/${database}` });
    const calls = personCalls(gateway);
    let made = 0;
    const call = () => {
      made += 1;
      return calls.createAll(Array.from({ length: records }, (_, at) => `person-${made}-${at}`));
    };
    const base = String(gateway.ready['base']);
    const ours = await warmThenDrive({ base, inFlight, requests, call, check: checkSuccess });
    bench.say(`time of the server in it:\n${await bench.serverTimes(database)}`);
    await gateway.stop();
    const floor = await bench.start('insert-floor', { uri: bench.uri, from: database, to: target, only: 'persons' });
    const { documents, seconds } = await floor.ask({ ask: 'insert' });
    await floor.stop();
    await bench.dropDatabase(database);
    await bench.dropDatabase(target);
    return speed('create-persons', ours * records, Number(documents) / Number(seconds), 'records/s');
  },
};
