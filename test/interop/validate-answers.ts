import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeDrivers } from '../protocols/ims-es/schemas.ts';

/**
 * Validates with xmllint every answer that tests left in the folder that is named (see `collectAnswer`). Prints how many
 * of each kind there were; ends with code 1 where one is not valid, or where there are none.
 */
const filesPerProcess = 500;
const folder = process.argv[2] ?? process.env['ROSTERGATE_ANSWERS'];
if (folder === undefined) throw new Error('name the folder of the answers');

const drivers = mkdtempSync(join(tmpdir(), 'drivers-'));
const names = new Set(writeDrivers(drivers));
const byKind = new Map<string, string[]>();
for (const file of readdirSync(folder).filter((name) => name.endsWith('.xml'))) {
  const kind = file.slice(0, file.lastIndexOf('.', file.length - '.xml'.length - 1));
  byKind.set(kind, [...(byKind.get(kind) ?? []), join(folder, file)]);
}

let invalid = byKind.size === 0 ? 1 : 0;
for (const [kind, files] of byKind) {
  const faults = names.has(kind) ? files.length - validOf(kind, files) : files.length;
  invalid += faults;
  process.stdout.write(`xmllint ${kind}: ${files.length} answers, ${faults} not valid\n`);
}
if (byKind.size === 0) process.stdout.write('xmllint: there are no answers\n');
rmSync(drivers, { recursive: true });
process.exitCode = invalid === 0 ? 0 : 1;

/** How many of the files are valid; what xmllint says of the others is shown. */
function validOf(kind: string, files: readonly string[]): number {
  let valid = 0;
  for (let start = 0; start < files.length; start += filesPerProcess) {
    const batch = files.slice(start, start + filesPerProcess);
    const said = xmllint(['--nonet', '--noout', '--schema', join(drivers, `${kind}.xsd`), ...batch]);
    const bad = said.filter((line) => line !== '' && !line.endsWith(' validates'));
    valid += said.filter((line) => line.endsWith(' validates')).length;
    process.stderr.write(
      bad
        .slice(0, 20)
        .map((line) => `${line}\n`)
        .join(''),
    );
  }
  return valid;
}

function xmllint(args: readonly string[]): string[] {
  try {
    execFileSync('xmllint', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    if (!(error instanceof Error && 'stderr' in error && error.stderr instanceof Buffer)) throw error;
    return error.stderr.toString('utf8').split('\n');
  }
  return args.slice(4).map((file) => `${file} validates`);
}
