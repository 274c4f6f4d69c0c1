import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Finding, Measure } from './measure.ts';
import { speed } from './measure.ts';

/** Students of the snapshot at scale 1. */
const fullSnapshot = 200_000;
/** Of the changed snapshot every hundredth student has another name. */
const changedEach = 100;

const courses = ['BSc Physics', 'BSc History', 'LLB', 'BA Music', 'MSc Optics', 'BSc Chemistry', 'BA Latin', 'MD'];
const placeOf = (at: number) => {
  const course = courses[(at * 7) % courses.length] ?? '';
  return {
    faculty: `Faculty ${course.length % 3}`,
    department: `Department of ${course.split(' ')[1] ?? 'Law'}`,
    course,
  };
};

/** The feed of the snapshots: all courses enrolled, limits that hold nothing. */
const settings = {
  protocol: 'srs-snapshot',
  reviewMatches: false,
  snapshot: { courses: courses.map((_, at) => ({ ...placeOf(at), enrolled: true })) },
};

/** Writes a snapshot; `changed`: every so manieth student has another first name. */
function writeSnapshot(path: string, students: number, changed?: number): number {
  const file = openSync(path, 'w');
  let text = '{"data":{"students":[';
  for (let at = 0; at < students; at += 1) {
    const firstName = changed !== undefined && at % changed === 0 ? 'Berit' : `Anne${at % 97}`;
    const row = { ...placeOf(at), firstName, lastName: `Haugen ${at % 211}`, email: `p${at}@uni.example` };
    text += `${at === 0 ? '' : ','}${JSON.stringify({ ...row, id: String(100_000 + at), year: at % 8 })}`;
    if (text.length > 262_144) {
      writeSync(file, text);
      text = '';
    }
  }
  writeSync(file, `${text}]}}`);
  closeSync(file);
  return statSync(path).size;
}

let pushed: Promise<{ database: string; students: number; path: string }> | undefined;

/** The database with the snapshot in it, made on first use. */
function firstPush(bench: Bench): Promise<{ database: string; students: number; path: string }> {
  pushed ??= (async () => {
    const students = Math.max(100, Math.round(fullSnapshot * bench.scale));
    const path = join(bench.folder, 'snapshot.json');
    const bytes = writeSnapshot(path, students);
    const database = bench.freshDatabase();
    const first = await push(bench, database, path);
    bench.say(`first push: ${students} students, ${bytes} bytes in ${first['seconds']} s: ${first['counts']}`);
    return { database, students, path };
  })();
  return pushed;
}

async function push(bench: Bench, database: string, file: string) {
  const gateway = await bench.start('gateway', { uri: bench.uri, database, dataDir: `${bench.folder}/${database}` });
  const done = await gateway.ask({ ask: 'push', file, feed: 'snapshot', settings: JSON.stringify(settings) });
  await gateway.stop();
  return done;
}

/** Seconds of parsing the whole body at once. */
async function parseWhole(bench: Bench, file: string): Promise<number> {
  const floor = await bench.start('json-floor', { file });
  const { seconds } = await floor.ask({ ask: 'pass' });
  await floor.stop();
  bench.say(`JSON.parse of the whole body: ${seconds} s`);
  return Number(seconds);
}

/** The same snapshot pushed once more, to the end of its run, against `JSON.parse` of its body. */
export const unchangedPush: Measure = {
  name: 'unchanged-push',
  async run(bench: Bench): Promise<Finding> {
    const { database, students, path } = await firstPush(bench);
    const again = await push(bench, database, path);
    bench.say(`the same push again: ${again['seconds']} s: ${again['counts']}`);
    const floor = await parseWhole(bench, path);
    return speed('unchanged-push', students / Number(again['seconds']), students / floor, 'records/s');
  },
};

/** A snapshot in which 1 % of the students have changed against `JSON.parse` of its body. */
export const changedPush: Measure = {
  name: 'changed-push',
  async run(bench: Bench): Promise<Finding> {
    const { database, students } = await firstPush(bench);
    const path = join(bench.folder, 'snapshot-changed.json');
    writeSnapshot(path, students, changedEach);
    const done = await push(bench, database, path);
    bench.say(`1 % changed: ${done['seconds']} s: ${done['counts']}`);
    const floor = await parseWhole(bench, path);
    return speed('changed-push', students / Number(done['seconds']), students / floor, 'records/s');
  },
};
