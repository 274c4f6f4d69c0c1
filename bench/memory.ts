import { fullRoster } from './first-import.ts';
import type { Bench, Measure } from './measure.ts';
import { least } from './measure.ts';
import { scaled } from './roster-file.ts';

/**
 * Peak memory of a gateway that imports so many million records into a fresh database and then the same in a later file,
 * against the memory of the same process while it was idle.
 */
export function memory(millions: number): Measure {
  const name = `memory-${millions}m`;
  return {
    name,
    async run(bench: Bench) {
      const size = scaled(fullRoster, millions * bench.scale);
      const { path, bytes, records } = bench.rosterFile(size);
      const later = bench.rosterFile(size, { sent: '2026-11-25T03:00:00', changed: 0 });
      const database = bench.freshDatabase();
      const gateway = await bench.start('gateway', {
        uri: bench.uri,
        database,
        dataDir: `${bench.folder}/${database}`,
      });
      const idle = await gateway.ask({ ask: 'idle' });
      const first = await gateway.ask({ ask: 'import', file: path, dryRun: false });
      const again = await gateway.ask({ ask: 'import', file: later.path, dryRun: false });
      await gateway.stop();
      await bench.dropDatabase(database);
      bench.say(
        `${name}: ${bytes} bytes, ${records} records in ${first['seconds']} s, ${first['peakMegabytes']} MB: ${first['counts']}\n` +
          `the same records again in ${again['seconds']} s, ${again['peakMegabytes']} MB: ${again['counts']}`,
      );
      return least(name, Number(again['peakMegabytes']), Number(idle['megabytes']), 'MB');
    },
  };
}
