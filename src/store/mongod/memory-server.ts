import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import type { Result } from '../../base/result.ts';
import { failed, ok } from '../../base/result.ts';
import type { Environment, Progress } from './program.ts';
import { PINNED_VERSION } from './program.ts';

const PROBE_MS = 3_000;
const DOWNLOAD_MS = 15 * 60_000;

/** The pinned program when mongodb-memory-server has it in one of its caches, else undefined. Touches no network. */
export async function cachedMemoryServerProgram(env: Environment): Promise<string | undefined> {
  const done = await runInChild('DryMongoBinary', 'locateBinary', env, () => undefined);
  return done.ok ? done.value : undefined;
}

/**
 * Has mongodb-memory-server download the pinned program into its cache. It runs in a process of its own, so that it
 * can be stopped, checks certificates, and cannot write on this process's terminal. A machine without the open
 * internet is told so after 3 seconds at most.
 */
export async function downloadMemoryServerProgram(env: Environment, progress: Progress): Promise<Result<string>> {
  if (env['MONGOMS_RUNTIME_DOWNLOAD'] === 'false' || env['MONGOMS_RUNTIME_DOWNLOAD'] === '0') {
    return failed('unsupported-operation', 'switched off by MONGOMS_RUNTIME_DOWNLOAD');
  }
  const unreachable = await probe(env);
  if (unreachable !== undefined) return failed('internal', unreachable);
  progress(`Downloading MongoDB ${PINNED_VERSION} …`);
  const done = await runInChild('MongoBinary', 'getPath', env, progress);
  if (!done.ok) return done;
  return done.value === undefined ? failed('internal', 'it found nothing') : ok(done.value);
}

async function probe(env: Environment): Promise<string | undefined> {
  const proxy = [
    'https_proxy',
    'HTTPS_PROXY',
    'http_proxy',
    'HTTP_PROXY',
    'npm_config_https-proxy',
    'npm_config_proxy',
  ];
  if (proxy.some((name) => (env[name] ?? '') !== '')) return undefined;
  const address = env['MONGOMS_DOWNLOAD_URL'] ?? env['MONGOMS_DOWNLOAD_MIRROR'] ?? 'https://fastdl.mongodb.org';
  if (!URL.canParse(address)) return `${address} is no address`;
  const url = new URL(address);
  return new Promise((resolve) => {
    const port = Number(url.port || (url.protocol === 'http:' ? 80 : 443));
    const socket = connect({ host: url.hostname, port });
    const end = (text: string | undefined) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(text);
    };
    const timer = setTimeout(() => end(`${url.hostname} does not answer within ${PROBE_MS / 1000} s`), PROBE_MS);
    socket.on('connect', () => end(undefined));
    socket.on('error', (error) => end(`${url.hostname} is not reachable: ${error.message}`));
  });
}

const SCRIPT = `
const [file, name, call, version] = process.argv.slice(1);
require(file)[name][call]({ version, checkMD5: true }).then(
  (path) => { console.log('\\nfound=' + (path ?? '')); process.exit(0); },
  (error) => { console.error('\\nfailed=' + String(error && error.message).split('\\n')[0]); process.exit(1); });
`;

function runInChild(
  name: string,
  call: string,
  env: Environment,
  progress: Progress,
): Promise<Result<string | undefined>> {
  const file = createRequire(import.meta.url).resolve(`mongodb-memory-server-core/lib/util/${name}.js`);
  const { MONGOMS_SYSTEM_BINARY: _, NODE_OPTIONS: __, ...rest } = env;
  const child = spawn(process.execPath, ['-e', SCRIPT, file, name, call, PINNED_VERSION], {
    env: { ...rest, npm_config_strict_ssl: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), DOWNLOAD_MS);
  let said = '';
  const hear = (chunk: Buffer) => {
    const text = chunk.toString('utf8');
    said = (said + text).slice(-10_000);
    const percent = /Downloading MongoDB .*\d+\s*%[^\r\n]*/.exec(text)?.[0];
    if (percent !== undefined) progress(percent.trim());
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  return new Promise((resolve) => {
    const end = (result: Result<string | undefined>) => {
      clearTimeout(timer);
      resolve(result);
    };
    child.on('error', (error) => end(failed('internal', error.message)));
    child.on('close', (code) => {
      const path = /^found=(.*)$/m.exec(said)?.[1];
      const reason = /^failed=(.*)$/m.exec(said)?.[1] ?? said.trim().split('\n').at(-1) ?? '';
      end(code === 0 ? ok(path === '' ? undefined : path) : failed('internal', reason || `it ended with code ${code}`));
    });
  });
}
