import type { Bench, Finding, Imported, Measure } from './measure.ts';
import { speed } from './measure.ts';
import { scaled } from './roster-file.ts';

/** The roster of the first import at scale 1. */
export const fullRoster = { persons: 150_000, groups: 5_000, memberships: 845_000 };

/** Imports the generated roster into a fresh database, through `sync` as an upload does, and its records once more. */
export async function importRoster(bench: Bench): Promise<Imported> {
  const size = scaled(fullRoster, bench.scale);
  const { path, bytes, records } = bench.rosterFile(size);
  const database = bench.freshDatabase();
  const gateway = await bench.start('gateway', { uri: bench.uri, database, dataDir: `${bench.folder}/${database}` });
  const question = { ask: 'import', file: path, dryRun: false };
  const first = await gateway.ask(question);
  bench.say(`time of the server in it:\n${await bench.serverTimes(database)}`);
  // As every night: the same records in a file that says another time.
  const later = bench.rosterFile(size, { sent: '2026-11-25T03:00:00', changed: 0 });
  const again = await gateway.ask({ ...question, file: later.path });
  await gateway.stop();
  bench.say(
    `first import: ${records} records, ${bytes} bytes in ${first['seconds']} s: ${first['counts']}\n` +
      `the same records again: ${again['seconds']} s: ${again['counts']}`,
  );
  return { database, file: path, size, records, first: Number(first['seconds']), again: Number(again['seconds']) };
}

/** First import of a roster against a raw `insertMany` of the same documents with the same indexes. */
export const firstImport: Measure = {
  name: 'first-import',
  async run(bench: Bench): Promise<Finding> {
    const { database, records, first } = await bench.imported();
    const target = bench.freshDatabase();
    const floor = await bench.start('insert-floor', { uri: bench.uri, from: database, to: target });
    const { documents, seconds } = await floor.ask({ ask: 'insert' });
    await floor.stop();
    await bench.dropDatabase(target);
    bench.say(`insertMany of the same: ${documents} documents in ${seconds} s`);
    return speed('first-import', records / first, Number(documents) / Number(seconds), 'records/s');
  },
};
