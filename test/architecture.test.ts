import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { parseSync } from '@swc/core';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Ranks of the rooms: imports go from a higher rank to a lower one. Files of src itself and cli/ have rank 6. */
const ranks: Readonly<Record<string, number>> = {
  cli: 6,
  protocols: 5,
  transports: 5,
  notify: 5,
  admin: 5,
  sync: 4,
  jobs: 4,
  roster: 3,
  store: 2,
  model: 1,
  wire: 1,
  base: 0,
};
const bannedFolders = /^(utils?|helpers?|common|misc|shared)$/i;

interface Import {
  readonly from: string;
  readonly to: string;
}

interface SourceFile {
  /** Path from the top of the project, with slashes. */
  readonly path: string;
  readonly lines: number;
  /** What it imports: paths of our files, names of packages; with `import type`, re-exports and `import()`. */
  readonly imports: readonly string[];
  readonly readsEnvironment: boolean;
}

type Node = { readonly type?: string; readonly [key: string]: unknown };

const files = ['src', 'test', 'bench', 'schemas'].flatMap((folder) => listFiles(join(root, folder)));
const sources = files.filter((file) => file.startsWith('src/') && file.endsWith('.ts')).map(readSource);
const inside: Import[] = sources.flatMap(({ path, imports }) =>
  imports.filter((to) => to.startsWith('src/')).map((to) => ({ from: path, to })),
);

function listFiles(folder: string): string[] {
  const entries =
    statSync(folder, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(folder, { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? listFiles(path) : [relative(root, path).split(sep).join('/')];
  });
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8');
  const imports: string[] = [];
  let readsEnvironment = false;
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    const node = value as Node;
    const named = importedBy(node);
    if (named !== undefined)
      imports.push(named.startsWith('.') ? join(dirname(path), named).split(sep).join('/') : named);
    readsEnvironment ||= isEnvironment(node);
    for (const child of Object.values(node)) visit(child);
  };
  visit(parseSync(text, { syntax: 'typescript', target: 'es2022' }));
  return { path, lines: text.split('\n').length - 1, imports, readsEnvironment };
}

function importedBy(node: Node): string | undefined {
  const isStatement = ['ImportDeclaration', 'ExportNamedDeclaration', 'ExportAllDeclaration'].includes(node.type ?? '');
  if (isStatement) return textOf(node['source']);
  if (node.type === 'TsImportType') return textOf(node['argument']);
  const isCall = node.type === 'CallExpression' && (node['callee'] as Node).type === 'Import';
  return isCall ? textOf((node['arguments'] as { expression: unknown }[])[0]?.expression) : undefined;
}

function isEnvironment(node: Node): boolean {
  if (node.type !== 'MemberExpression') return false;
  const [object, property] = [node['object'] as Node, node['property'] as Node];
  const name = property.type === 'Computed' ? textOf(property['expression']) : property['value'];
  return object['value'] === 'process' && name === 'env';
}

function textOf(node: unknown): string | undefined {
  const value = (node as Node | null | undefined)?.['value'];
  return typeof value === 'string' ? value : undefined;
}

/** The room of a file: its first folder in src, with the protocol's for protocols; undefined for src's own files. */
function roomOf(path: string): string | undefined {
  const [, first, second, third] = path.split('/');
  if (second === undefined) return undefined;
  return first === 'protocols' && third !== undefined ? `protocols/${second}` : first;
}

function rankOf(path: string): number {
  const [, first = '', second] = path.split('/');
  return second === undefined ? 6 : (ranks[first] ?? Number.NaN);
}

const show = ({ from, to }: Import) => `${from} → ${to}`;

test('The rooms are read: every file of src has a rank, and imports are found', () => {
  expect(sources.filter(({ path }) => Number.isNaN(rankOf(path))).map(({ path }) => path)).toEqual([]);
  expect(inside.length).toBeGreaterThan(100);
});

test('Imports go from a higher rank to a lower one, never back and never sideways to another room', () => {
  const wrong = inside.filter(({ from, to }) => {
    if (roomOf(from) === roomOf(to)) return false;
    if (rankOf(from) === 6 && rankOf(to) === 6) return roomOf(to) !== undefined && roomOf(from) !== undefined;
    return rankOf(from) <= rankOf(to);
  });
  expect(wrong.map(show)).toEqual([]);
});

test('Outside a room only its index.ts is imported; base has no door', () => {
  const wrong = inside.filter(({ from, to }) => {
    const room = roomOf(to);
    return room !== undefined && room !== 'base' && room !== roomOf(from) && !to.endsWith('/index.ts');
  });
  expect(wrong.map(show)).toEqual([]);
});

test('Every import of ours names a file that exists', () => {
  const known = new Set(files);
  expect(inside.filter(({ to }) => !known.has(to)).map(show)).toEqual([]);
});

test('No file imports itself, by whatever way', () => {
  const targets = new Map<string, string[]>();
  for (const { from, to } of inside) targets.set(from, [...(targets.get(from) ?? []), to]);
  const done = new Set<string>();
  const cycles: string[] = [];
  const walk = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) cycles.push([...way.slice(way.indexOf(path)), path].join(' → '));
    if (way.includes(path) || done.has(path)) return;
    for (const to of targets.get(path) ?? []) walk(to, [...way, path]);
    done.add(path);
  };
  for (const { path } of sources) walk(path, []);
  expect(cycles).toEqual([]);
});

test('No file has more than 400 lines', () => {
  const long = sources.filter(({ path, lines }) => lines > 400 && !path.endsWith('.generated.ts'));
  expect(long.map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
});

test('No folder of src has more than 15 files', () => {
  const counts = new Map<string, number>();
  for (const { path } of sources) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  expect([...counts].filter(([, count]) => count > 15).map(([folder, count]) => `${folder}: ${count}`)).toEqual([]);
});

test('No folder is named for what has no name', () => {
  const folders = new Set(files.map((path) => dirname(path)));
  expect([...folders].filter((folder) => folder.split('/').some((name) => bannedFolders.test(name)))).toEqual([]);
});

test('Only store/ imports mongoose or its driver', () => {
  const wrong = sources.filter(({ path, imports }) => {
    const isStore = path.startsWith('src/store/');
    return !isStore && imports.some((name) => /^(mongoose|mongodb|bson)(\/|$)/.test(name));
  });
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

test('Only config.ts reads the environment; main.ts and the command line’s entry hand it over', () => {
  const handers = ['src/config.ts', 'src/main.ts', 'src/cli/bin.ts'];
  const wrong = sources.filter(({ path, readsEnvironment, imports }) => {
    const readsProcess = readsEnvironment || imports.some((name) => name === 'node:process' || name === 'process');
    return readsProcess && !handers.includes(path);
  });
  expect(wrong.map(({ path }) => path)).toEqual([]);
});
