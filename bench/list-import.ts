import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Finding, Measure } from './measure.ts';
import { speed } from './measure.ts';

/** Rows of the list at scale 1. */
const fullList = 200_000;
/** Of the changed list every hundredth row has another name. */
const changedEach = 100;

const programs = ['Economics', 'Mathematics', 'Physics', 'History', 'Law', 'Medicine', 'Music', 'Theology'];

/** The feed of the lists: a column of communities, limits that hold nothing. */
const settings = {
  protocol: 'list-csv',
  reviewMatches: false,
  list: {
    reviewFirst: false,
    communities: [
      { column: 'PROGRAM', group: 'Program', kind: 'other', communities: programs, values: [], anyValue: false },
    ],
  },
};

/** Writes a list; `changed`: every so manieth row has another first name. */
function writeList(path: string, rows: number, changed?: number): number {
  const file = openSync(path, 'w');
  writeSync(file, 'FIRST_NAME,LAST_NAME,EMAIL,USER_ID,GRADUATION,STAKEHOLDERS,EMAIL_OPT_OUT,PROGRAM,AFFINITY\r\n');
  let text = '';
  for (let at = 0; at < rows; at += 1) {
    const first = changed !== undefined && at % changed === 0 ? 'Berit' : `Anne${at % 97}`;
    const type = at % 3 === 0 ? 'Alumni' : 'Student';
    const program = programs[(at * 7) % programs.length];
    text += `${first},"Haugen, ${at % 211}",p${at}@school.example,${100_000 + at},20${20 + (at % 9)}-06-15,${type},no,${program},\r\n`;
    if (text.length > 262_144) {
      writeSync(file, text);
      text = '';
    }
  }
  writeSync(file, text);
  closeSync(file);
  return statSync(path).size;
}

let imported: Promise<{ database: string; rows: number; path: string }> | undefined;

/** The database with the list in it, made on first use. */
function importList(bench: Bench): Promise<{ database: string; rows: number; path: string }> {
  imported ??= (async () => {
    const rows = Math.max(100, Math.round(fullList * bench.scale));
    const path = join(bench.folder, 'list.csv');
    const bytes = writeList(path, rows);
    const database = bench.freshDatabase();
    const first = await importOnce(bench, database, path);
    bench.say(`first list: ${rows} rows, ${bytes} bytes in ${first['seconds']} s: ${first['counts']}`);
    return { database, rows, path };
  })();
  return imported;
}

async function importOnce(bench: Bench, database: string, file: string) {
  const gateway = await bench.start('gateway', { uri: bench.uri, database, dataDir: `${bench.folder}/${database}` });
  const done = await gateway.ask({
    ask: 'import',
    file,
    dryRun: false,
    feed: 'list',
    settings: JSON.stringify(settings),
  });
  await gateway.stop();
  return done;
}

/** Seconds of a bare pass of csv-parse. */
async function barePass(bench: Bench, file: string): Promise<number> {
  const floor = await bench.start('csv-floor', { file });
  const { seconds } = await floor.ask({ ask: 'pass' });
  await floor.stop();
  bench.say(`bare csv-parse pass: ${seconds} s`);
  return Number(seconds);
}

/** The same list once more against a bare csv-parse pass over it. */
export const unchangedList: Measure = {
  name: 'unchanged-list',
  async run(bench: Bench): Promise<Finding> {
    const { database, rows, path } = await importList(bench);
    const again = await importOnce(bench, database, path);
    bench.say(`the same list again: ${again['seconds']} s: ${again['counts']}`);
    return speed('unchanged-list', rows / Number(again['seconds']), rows / (await barePass(bench, path)), 'records/s');
  },
};

/** A list in which 1 % of the rows have changed against a bare csv-parse pass over it. */
export const changedList: Measure = {
  name: 'changed-list',
  async run(bench: Bench): Promise<Finding> {
    const { database, rows } = await importList(bench);
    const path = join(bench.folder, 'list-changed.csv');
    writeList(path, rows, changedEach);
    const done = await importOnce(bench, database, path);
    bench.say(`1 % changed: ${done['seconds']} s: ${done['counts']}`);
    return speed('changed-list', rows / Number(done['seconds']), rows / (await barePass(bench, path)), 'records/s');
  },
};
