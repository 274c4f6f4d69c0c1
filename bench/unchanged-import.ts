import type { Bench, Finding, Measure } from './measure.ts';
import { speed } from './measure.ts';

/** The same records in a later file against a bare saxes pass over it. */
export const unchangedImport: Measure = {
  name: 'unchanged-import',
  async run(bench: Bench): Promise<Finding> {
    const { file, records, again } = await bench.imported();
    const floor = await bench.start('saxes-floor', { file });
    const { seconds } = await floor.ask({ ask: 'pass' });
    await floor.stop();
    bench.say(`bare saxes pass: ${seconds} s`);
    return speed('unchanged-import', records / again, records / Number(seconds), 'records/s');
  },
};
