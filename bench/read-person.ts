import type { Bench, Finding, Measure } from './measure.ts';
import { speed } from './measure.ts';
import { warmThenDrive } from './oneroster.ts';
import { personId } from './roster-xml.ts';
import { checkSuccess, personCalls } from './soap.ts';

const inFlight = 16;

/** SOAP readPerson, 16 in flight, against a bare http server that does the same find. */
export const readPerson: Measure = {
  name: 'read-person',
  async run(bench: Bench): Promise<Finding> {
    const { database, size } = await bench.imported();
    const requests = Math.max(64, Math.round(20_000 * bench.scale));
    // All over the collection, in an order that is the same in every run.
    const idOf = (number: number) => personId((number * 7_919) % size.persons);
    const gateway = await bench.start('gateway', { uri: bench.uri, database, dataDir: `${bench.folder}/${database}` });
    const calls = personCalls(gateway);
    const call = (number: number) => calls.read(idOf(number));
    const base = String(gateway.ready['base']);
    const ours = await warmThenDrive({ base, inFlight, requests, call, check: checkSuccess });
    await gateway.stop();
    const bare = await bench.start('find-floor', { uri: bench.uri, database });
    const address = String(bare.ready['base']);
    // The same message; the floor finds the identifier in it by a search for text.
    const floor = await warmThenDrive({ base: address, inFlight, requests, call, check: checkSuccess });
    await bare.stop();
    return speed('read-person', ours, floor, 'requests/s');
  },
};
