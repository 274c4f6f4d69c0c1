import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'));

test('The build writes a bill of materials with every package of the lockfile, and no other', () => {
  const { scripts, version } = read('package.json') as {
    readonly scripts: Readonly<Record<string, string>>;
    readonly version: string;
  };
  expect(scripts['build']).toContain('npm run sbom');
  const [command = '', target] = (scripts['sbom'] ?? '').split(' > ');
  expect(target).toBe('dist/sbom.json');
  const [program = '', ...words] = command.split(' ');
  expect(program).toBe('npm');
  const text = execFileSync(program, words, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const bill = JSON.parse(text) as {
    readonly bomFormat: string;
    readonly metadata: { readonly component: { readonly purl: string } };
    readonly components: readonly { readonly hashes?: readonly { readonly content: string }[] }[];
  };
  expect(bill.bomFormat).toBe('CycloneDX');
  expect(bill.metadata.component.purl).toBe(`pkg:npm/rostergate@${version}`);
  const { packages } = read('package-lock.json') as {
    readonly packages: Readonly<Record<string, { readonly integrity?: string }>>;
  };
  const sha512 = /^sha512-(.*)$/;
  const locked = Object.values(packages).flatMap(({ integrity = '' }) => {
    const base64 = sha512.exec(integrity)?.[1];
    return base64 === undefined ? [] : [Buffer.from(base64, 'base64').toString('hex')];
  });
  expect(locked.length).toBe(Object.keys(packages).length - 1);
  // By their hashes: npm lists a package that is installed under another name by either of its names.
  const listed = bill.components.flatMap(({ hashes = [] }) => hashes.map(({ content }) => content));
  expect(new Set(listed)).toEqual(new Set(locked));
});
