import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { runCommandLine } from '../../src/cli/program.ts';
import { testMongod } from '../setup/database.ts';
import { watchLines } from '../setup/watched-log.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a command printed and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line with settings and a folder of its own. */
export interface CommandLine {
  readonly folder: string;
  /** Runs a command in this process. */
  run(args: readonly string[]): Promise<Ended>;
  /** Runs a command as a process of its own; `input` is its standard input. */
  spawn(args: readonly string[], input?: string): Promise<Ended>;
  /** Runs a command with `--json`; its standard output is one line. */
  json<T>(...args: string[]): Promise<{ code: number | null; value: T; stderr: string }>;
  /** Writes a file and answers its path. */
  file(name: string, text: string): Promise<string>;
  close(): Promise<void>;
}

/** Makes a {@link CommandLine}; nothing of the test run's environment reaches it but `PATH` and `HOME`. */
export async function makeCommandLine(settings: Readonly<Record<string, string>>): Promise<CommandLine> {
  const folder = await mkdtemp(join(tmpdir(), 'rostergate-cli-'));
  const { PATH = '', HOME = '' } = process.env;
  const env = {
    PATH,
    HOME,
    DATA_DIR: join(folder, 'data'),
    MONGOMS_SYSTEM_BINARY: testMongod(),
    MONGOD_CACHE_GB: '0.25',
    ...settings,
  };

  async function run(args: readonly string[]): Promise<Ended> {
    const printed = { stdout: '', stderr: '' };
    const sink = (name: keyof typeof printed) => ({
      write(data: string | Uint8Array, done?: () => void) {
        printed[name] += typeof data === 'string' ? data : Buffer.from(data).toString('utf8');
        done?.();
      },
    });
    const code = await runCommandLine(args, {
      env,
      stdin: Readable.from([]),
      stdout: sink('stdout'),
      stderr: sink('stderr'),
      onInterrupt: () => () => undefined,
      start: async () => undefined,
    });
    return { code, ...printed };
  }

  function spawnCommand(args: readonly string[], input = ''): Promise<Ended> {
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/bin.ts', ...args], { cwd: root, env });
    const printed = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (chunk: Buffer) => {
        printed[name] += chunk.toString('utf8');
      });
    }
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        watchLines(printed.stderr);
        resolve({ code, ...printed });
      });
    });
  }

  return {
    folder,
    run,
    spawn: spawnCommand,
    async json<T>(...args: string[]) {
      const { code, stdout, stderr } = await run([...args, '--json']);
      const lines = stdout.split('\n');
      if (lines.length !== 2 || lines[1] !== '') throw new Error(`not one line of JSON: ${stdout}\n${stderr}`);
      return { code, value: JSON.parse(lines[0] ?? '') as T, stderr };
    },
    async file(name, text) {
      const path = join(folder, name);
      await writeFile(path, text);
      return path;
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
