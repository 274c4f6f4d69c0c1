import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { parseSync } from '@swc/core';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * What opens connections, by module: all names of it, or those named. Importing such a module as a whole counts too.
 * The database's driver is held to src/store by the test of the rooms.
 */
const openers: Readonly<Record<string, readonly string[] | 'all'>> = {
  'node:http': ['request', 'get', 'Agent', 'ClientRequest', 'globalAgent'],
  'node:https': ['request', 'get', 'Agent', 'globalAgent'],
  'node:http2': ['connect'],
  'node:net': ['connect', 'createConnection', 'Socket'],
  'node:tls': ['connect', 'TLSSocket'],
  'node:dgram': 'all',
  'node:dns': 'all',
  'node:dns/promises': 'all',
  'node:child_process': 'all',
  undici: 'all',
  'openid-client': 'all',
  'mongodb-memory-server-core': 'all',
  soap: 'all',
  nodemailer: 'all',
  ssh2: ['Client'],
  '@aws-sdk/client-s3': ['S3', 'S3Client'],
};
const globals = ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'];

/** Who may, and why. */
const allowed: Readonly<Record<string, string>> = {
  'src/wire/http/outbound/outbound.ts': 'it is the guarded way out',
  'src/wire/http/outbound/connect.ts': 'it is the guarded way out to servers that do not speak HTTP',
  'src/wire/http/outbound/hosts.ts': 'it finds the addresses for the guarded way out',
  'src/cli/over-http.ts': 'the command line asks the gateway that its user names',
  'src/cli/connect.ts': 'the command line looks whether a gateway answers on this machine',
  'src/store/mongod/server.ts': 'looks whether the embedded database answers on this machine, and starts it',
  'src/store/mongod/process-table.ts': 'looks which processes of the embedded database are alive',
  'src/store/mongod/program.ts': 'asks the program of the embedded database for its version',
  'src/store/mongod/wheel.ts': 'asks pip for the program of the embedded database where the machine has none',
  'src/store/mongod/memory-server.ts': 'fetches the program of the embedded database where the machine has none',
  'src/roster/access/oidc/provider.ts': 'openid-client asks by the guarded way out',
  'src/transports/sftp-pull/log-in.ts': 'ssh2 logs in over a connection of the guarded way out',
  'src/transports/s3/bucket.ts': 'the HTTP client of the S3 client is the guarded way out',
  'src/transports/sftp-drop/server.ts': 'ssh2 as a server, which asks nobody',
  'src/transports/sftp-drop/host-keys.ts': 'ssh2 reads and makes keys',
  'src/notify/mail/smtp.ts': 'asks the mail server that the operator of the gateway names',
  'src/protocols/ims-es/outbound/client.ts': 'node-soap writes the request; its HTTP client is the guarded way out',
};

type Node = { readonly type?: string; readonly [key: string]: unknown };

const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => relative(root, join(root, 'src', name)));

/** What a file takes that opens connections. */
function waysOut(text: string): string[] {
  const ways: string[] = [];
  const declared = new Set<string>();
  const called = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    const node = value as Node;
    if (node.type === 'ImportDeclaration' && node['typeOnly'] !== true) ways.push(...importedWays(node));
    if (node.type === 'CallExpression' && (node['callee'] as Node).type === 'Import') {
      const [first] = node['arguments'] as { expression: Node }[];
      const name = String(first?.expression['value']);
      if (openers[name] !== undefined) ways.push(name);
    }
    if (node.type === 'FunctionDeclaration' || node.type === 'VariableDeclarator') {
      const name = (node['identifier'] ?? node['id']) as Node | undefined;
      declared.add(String(name?.['value']));
    }
    if (node.type === 'CallExpression' || node.type === 'NewExpression') {
      called.add(String((node['callee'] as Node)['value']));
    }
    if (node.type === 'MemberExpression' && (node['object'] as Node)['value'] === 'globalThis') {
      called.add(String((node['property'] as Node)['value']));
    }
    for (const child of Object.values(node)) visit(child);
  };
  visit(parseSync(text, { syntax: 'typescript', target: 'es2022' }));
  return [...ways, ...globals.filter((name) => called.has(name) && !declared.has(name))];
}

function importedWays(node: Node): string[] {
  const module = String((node['source'] as Node)['value']);
  const named = openers[module.startsWith('node:') || openers[module] !== undefined ? module : `node:${module}`];
  if (named === undefined) return [];
  return (node['specifiers'] as Node[])
    .filter(({ isTypeOnly }) => isTypeOnly !== true)
    .map(({ type, imported, local }) =>
      type === 'ImportSpecifier' ? String(((imported ?? local) as Node)['value']) : 'all of it',
    )
    .filter((name) => named === 'all' || name === 'all of it' || named.includes(name))
    .map((name) => `${module}: ${name}`);
}

test('Nothing but the guarded way out opens connections, and whoever else may says why', () => {
  const found = files.flatMap((path) =>
    waysOut(readFileSync(join(root, path), 'utf8')).map((way) => ({ path, way: `${path}: ${way}` })),
  );
  expect(found.filter(({ path }) => allowed[path] === undefined).map(({ way }) => way)).toEqual([]);
  const paths = new Set(found.map(({ path }) => path));
  expect(Object.keys(allowed).filter((path) => !paths.has(path))).toEqual([]);
});

test.each([
  ["import { request } from 'node:http';", 1],
  ["import { request as ask } from 'https';", 1],
  ["import * as net from 'node:net';", 1],
  ["import http from 'http';", 1],
  ["const { Client } = await import('ssh2');", 1],
  ["import { S3Client } from '@aws-sdk/client-s3';", 1],
  ["import { type S3Client, GetObjectCommand } from '@aws-sdk/client-s3';", 0],
  ["import type { Socket } from 'node:net'; import { createServer, type ClientRequest } from 'node:http';", 0],
  ["const { get } = await import('node:http');", 1],
  ["await fetch('https://sis.example');", 1],
  ["await globalThis.fetch('https://sis.example');", 1],
  ['function fetch() {} fetch();', 0],
  ["new WebSocket('wss://sis.example');", 1],
])('this is seen by that test: %s', (text, ways) => {
  expect(waysOut(text)).toHaveLength(ways);
});
