import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { silentLog } from '../src/base/log.ts';
import { openDatabase } from '../src/store/mongod/index.ts';
import { makeBench } from './bench.ts';
import { buildProgram } from './build.ts';
import { changedImport } from './changed-import.ts';
import { createPerson } from './create-person.ts';
import { createPersons } from './create-persons.ts';
import { firstImport } from './first-import.ts';
import { changedList, unchangedList } from './list-import.ts';
import type { Finding, Measure } from './measure.ts';
import { memory } from './memory.ts';
import { enrollmentCrawl, farPage, filteredPage, userById, userPage } from './oneroster-reads.ts';
import { pageUnderImport } from './page-under-import.ts';
import { readPerson } from './read-person.ts';
import { sftpUpload } from './sftp-upload.ts';
import { changedPush, unchangedPush } from './snapshot-push.ts';
import { soapUnderImport } from './soap-under-import.ts';
import { unchangedImport } from './unchanged-import.ts';

const measures: readonly Measure[] = [
  firstImport,
  unchangedImport,
  changedImport,
  unchangedList,
  changedList,
  unchangedPush,
  changedPush,
  userPage,
  filteredPage,
  userById,
  enrollmentCrawl,
  farPage,
  readPerson,
  createPerson,
  createPersons,
  ...soapUnderImport(),
  pageUnderImport,
  sftpUpload,
  memory(1),
  memory(10),
];

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    scale: { type: 'string', default: '1' },
    profile: { type: 'string' },
  },
});
const scale = Number(values.scale);
const wanted = values.only.flatMap((names) => names.split(','));
const unknown = wanted.filter((name) => !measures.some((measure) => measure.name === name));
const say = (line: string) => void process.stderr.write(`${line}\n`);

if (unknown.length > 0 || !(scale > 0)) {
  say(`Usage: npm run bench -- [--json] [--scale 0.1] [--profile FOLDER] [--only NAME]…`);
  say(`Names: ${measures.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

function table(findings: readonly Finding[]): string {
  const head = ['measure', 'value', 'floor', 'ratio', 'unit'];
  const rows = findings.map(({ bench, value, floor, ratio, unit }) => [
    bench,
    `${value}`,
    `${floor}`,
    `${ratio}`,
    unit,
  ]);
  const widths = head.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)));
  return [head, ...rows].map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')).join('\n');
}

async function runAll(): Promise<Finding[]> {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'rostergate-bench-'));
  const profiles = values.profile === undefined ? undefined : resolve(values.profile);
  if (profiles !== undefined) mkdirSync(profiles, { recursive: true });
  const build = buildProgram(root);
  const place = { dataDir: join(folder, 'data'), cacheGb: 0.5, env: process.env, log: silentLog, progress: say };
  const database = await openDatabase(place);
  const findings: Finding[] = [];
  try {
    if (!database.ok) throw new Error(database.problem.text);
    const bench = makeBench({ scale, uri: database.value.uri, place: { root, build, folder, profiles }, say });
    for (const measure of measures) {
      if (wanted.length > 0 && !wanted.includes(measure.name)) continue;
      say(`${measure.name} …`);
      const finding = await measure.run(bench);
      if (finding === undefined) continue;
      findings.push(finding);
      if (values.json) process.stdout.write(`${JSON.stringify(finding)}\n`);
    }
    await bench.close();
  } finally {
    if (database.ok) await database.value.close();
    rmSync(folder, { recursive: true, force: true });
    rmSync(build, { recursive: true, force: true });
  }
  return findings;
}

const findings = await runAll();
if (!values.json) process.stdout.write(`${table(findings)}\n`);
