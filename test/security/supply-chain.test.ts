import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'));

/** A package of the lockfile. */
interface Locked {
  readonly version: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
}

const project = read('package.json') as {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly overrides: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
};
const { packages } = read('package-lock.json') as {
  readonly packages: Readonly<
    Record<string, Locked & { readonly dependencies?: object; readonly devDependencies?: object }>
  >;
};
/** Every package that is installed, by its folder. */
const installed = Object.entries(packages).filter(([folder]) => folder !== '');
const nameOf = (folder: string) => folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** The first versions without a known flaw; more than one where older lines got the fix too. */
const floors: Readonly<Record<string, { readonly from: readonly string[]; readonly because: string }>> = {
  mongoose: { from: ['9.9.2'], because: 'GHSA-pcrw-h46h-c93h: a count took filters that were not cleaned' },
  'path-to-regexp': { from: ['8.4.0'], because: 'GHSA-j3q9-mxjg-w52f, GHSA-27v5-c462-wpq7: slow patterns' },
  qs: { from: ['6.16.0'], because: 'GHSA-4mjr-xmp4-gh2g, GHSA-x5fp-wj9c-mxmx: query strings that use up memory' },
  yauzl: { from: ['3.2.1'], because: 'CVE-2026-31988: a zip file that ends the process' },
  'fast-xml-parser': { from: ['5.11.1'], because: 'entities (CVE-2026-26278 and others), quadratic white space' },
  '@xmldom/xmldom': {
    from: ['0.8.15', '0.9.12'],
    because: 'CVE-2026-34601, -41672, -41674, -41675 and later: text that becomes markup, quadratic work',
  },
  nodemailer: { from: ['10.0.10'], because: 'CVE-2026-100700 and others: addresses and replies that use up time' },
  'express-rate-limit': { from: ['8.2.2'], because: 'CVE-2026-30827: one bucket for all IPv4 clients' },
};

/** What must not come along at all: engines for expressions and sandboxes that were broken again and again. */
const banned = [
  'jsonata',
  'liquidjs',
  'expr-eval',
  'filtrex',
  'vm2',
  'isolated-vm',
  'node-re2',
  'argon2',
  'csurf',
  'multer',
];

const numbersOf = (version: string) => version.split(/[.-]/).slice(0, 3).map(Number);

/** Whether a version is at least one that is fixed: of its own line, or of the newest line on. */
function isFixed(version: string, from: readonly string[]): boolean {
  const newest = from[from.length - 1];
  return from.some((floor) => {
    const [[major = 0, minor = 0, patch = 0], [a = 0, b = 0, c = 0]] = [numbersOf(version), numbersOf(floor)];
    const isSameLine = major === a && minor === b;
    if (isSameLine) return patch >= c;
    return floor === newest && (major > a || (major === a && minor > b));
  });
}

test('Every package that is asked for is pinned to one version, and the lockfile says the same', () => {
  const { dependencies, devDependencies, overrides } = project;
  const asked = Object.entries({ ...dependencies, ...devDependencies, ...overrides });
  expect(asked.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  expect(packages['']).toMatchObject({ dependencies, devDependencies });
  for (const [name, version] of asked)
    expect({ name, version: packages[`node_modules/${name}`]?.version }).toEqual({ name, version });
});

test('Every package comes from the registry and is known by its SHA-512', () => {
  expect(installed.length).toBeGreaterThan(100);
  const strange = installed.filter(
    ([, { resolved = 'https://registry.npmjs.org/', integrity = '', link }]) =>
      link === true || !resolved.startsWith('https://registry.npmjs.org/') || !/^sha512-[\w+/]{86}==/.test(integrity),
  );
  expect(strange.map(([folder]) => folder)).toEqual([]);
});

describe('No package has a flaw that is known', () => {
  test.each(Object.entries(floors))('%s', (name, { from, because }) => {
    const old = installed.filter(([folder, { version }]) => nameOf(folder) === name && !isFixed(version, from));
    expect({ because, old: old.map(([folder, { version }]) => `${folder} ${version}`) }).toEqual({ because, old: [] });
  });

  test('and those that are not wanted are not there', () => {
    expect(installed.filter(([folder]) => banned.includes(nameOf(folder))).map(([folder]) => folder)).toEqual([]);
  });

  test.each([
    ['0.8.14', false],
    ['0.8.15', true],
    ['0.9.11', false],
    ['0.9.12', true],
    ['0.10.0', true],
    ['1.0.0', true],
    ['0.7.99', false],
  ])('a floor of two lines takes %s: %s', (version, fixed) => {
    expect(isFixed(version, ['0.8.15', '0.9.12'])).toBe(fixed);
  });
});

describe('npm ci runs no program of a package', () => {
  /** Scripts by which a package would run something when it is installed. */
  const atInstall = ['preinstall', 'install', 'postinstall'];

  test('every package with an install script is denied it by name', () => {
    const withScript = installed.filter(([, { hasInstallScript }]) => hasInstallScript === true);
    expect(Object.keys(project.allowScripts).sort()).toEqual(withScript.map(([folder]) => nameOf(folder)).sort());
    expect(Object.values(project.allowScripts).filter((isAllowed) => isAllowed)).toEqual([]);
  });

  test('what is installed here has no other install scripts than the lockfile says', () => {
    const said = installed.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([folder]) => folder);
    const found = installed
      .map(([folder]) => folder)
      .filter((folder) => existsSync(join(root, folder, 'package.json')))
      .filter((folder) => {
        const { scripts = {} } = read(join(folder, 'package.json')) as { readonly scripts?: object };
        return atInstall.some((name) => name in scripts) || existsSync(join(root, folder, 'binding.gyp'));
      });
    expect(found.filter((folder) => !said.includes(folder))).toEqual([]);
  });
});
