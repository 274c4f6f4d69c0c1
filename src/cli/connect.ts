import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { failed, ok, type Result } from '../base/result.ts';
import { commandLineKeyFile } from '../command-line-key.ts';
import type { Config, Environment } from '../config.ts';
import { gatewayIsAlive } from '../store/mongod/index.ts';
import { openInProcess } from './in-process.ts';
import type { Operations } from './operations.ts';
import { makeOverHttp } from './over-http.ts';

/** What {@link connect} needs. */
export interface ConnectDeps {
  readonly config: Config;
  readonly env: Environment;
  readonly note: (line: string) => void;
  readonly signal: AbortSignal;
  /** Whether the command may make a data folder where there is none. */
  readonly mayCreate: boolean;
}

const probeMs = 2_000;
/** How long a gateway that holds the data folder may take to answer: it may just be starting. */
const startMs = 10_000;

/**
 * Finds who does the work: the gateway that `ROSTERGATE_URL` names; else the one that runs on this machine with these
 * settings; else this process, on the database itself.
 */
export async function connect(deps: ConnectDeps): Promise<Result<Operations>> {
  const { config, env } = deps;
  const named = env['ROSTERGATE_URL'] ?? '';
  if (named !== '') return overHttp(deps, named);
  const local = `http://${localHost(config.host)}:${config.port}`;
  if (config.mongodbUri !== undefined) {
    const isHere = keyOf(deps, local).ok && (await isLive(local));
    return isHere ? overHttp(deps, local) : openInProcess(deps);
  }
  if (gatewayIsAlive(config.dataDir)) {
    if (await becomesLive(local, deps.signal)) return overHttp(deps, local);
    return failed(
      'busy',
      `A gateway runs on the data folder ${config.dataDir}, but not at ${local}. Set PORT (and HOST) as for the gateway, or ROSTERGATE_URL to its address.`,
    );
  }
  if (!deps.mayCreate && !existsSync(join(config.dataDir, 'db'))) {
    return failed(
      'unknown-object',
      `No gateway runs here and there is no data folder ${config.dataDir}. Start one, or set DATA_DIR to its data folder or ROSTERGATE_URL to its address.`,
    );
  }
  return openInProcess(deps);
}

function overHttp(deps: ConnectDeps, address: string): Result<Operations> {
  const url = address.replace(/\/+$/, '');
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.search !== '' || parsed.username !== '') {
    return failed('invalid-request', 'ROSTERGATE_URL must be the address of a gateway, such as http://localhost:3000');
  }
  const key = keyOf(deps, url);
  if (!key.ok) return key;
  if (parsed.protocol === 'http:' && !isLoopback(parsed.hostname)) {
    deps.note(`The key travels unencrypted to ${parsed.host}; use https:// where you can.`);
  }
  const tenant = (deps.env['ROSTERGATE_TENANT'] ?? '').trim();
  const why = deps.env['ROSTERGATE_WHY'];
  return ok(makeOverHttp({ url, key: key.value, tenant: tenant === '' ? undefined : tenant, why }, deps.signal));
}

/** `ROSTERGATE_KEY`, else the key that a gateway on this machine wrote; that one is never sent to another machine. */
function keyOf({ config, env }: ConnectDeps, url: string): Result<string> {
  const given = (env['ROSTERGATE_KEY'] ?? '').trim();
  const file = commandLineKeyFile(config.dataDir);
  const { hostname } = new URL(url);
  const isHere = isLoopback(hostname) || hostname === localHost(config.host);
  const key = given === '' && isHere ? readKey(file) : given;
  if (/^[\x21-\x7e]{1,1024}$/.test(key)) return ok(key);
  if (given !== '') return failed('invalid-request', 'ROSTERGATE_KEY holds characters that no key has.');
  return failed(
    'unauthenticated',
    `There is no key for the gateway at ${url}: set ROSTERGATE_KEY to an admin key (the gateway's first start prints one), or DATA_DIR to the data folder of a gateway on this machine; looked for ${file}.`,
  );
}

function readKey(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/.test(host);
}

/** Where a gateway that listens on `host` is reached from this machine. */
function localHost(host: string): string {
  if (host === '0.0.0.0' || host === 'localhost') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

async function isLive(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health/live`, { redirect: 'manual', signal: AbortSignal.timeout(probeMs) });
    const { status } = (await response.json()) as { status?: unknown };
    return response.ok && status === 'live';
  } catch {
    return false;
  }
}

async function becomesLive(url: string, signal: AbortSignal): Promise<boolean> {
  const until = Date.now() + startMs;
  for (;;) {
    if (await isLive(url)) return true;
    if (Date.now() > until || signal.aborted) return false;
    await sleep(300);
  }
}
