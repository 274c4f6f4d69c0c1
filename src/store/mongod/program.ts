import { execFile } from 'node:child_process';
import type { Result } from '../../base/result.ts';
import { failed, ok } from '../../base/result.ts';

/** The MongoDB release that a download asks for; the only place that names it. An LTS series, so that a data folder stays readable. */
export const PINNED_VERSION = '8.0.17';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Tells a person at the terminal what happens; one line, without its end. */
export type Progress = (line: string) => void;

/** A `mongod` that was run once and said its version. */
export interface MongodProgram {
  /** Absolute path of the program. */
  readonly path: string;
  /** Its version, such as `8.0.17`. */
  readonly version: string;
  /** Where it was found, for people. */
  readonly source: string;
}

/** Runs `<path> --version` and returns the version, or why the program does not run on this machine and what helps. */
export function versionOfProgram(path: string): Promise<Result<string>> {
  return new Promise((resolve) => {
    execFile(path, ['--version'], { timeout: 15_000, windowsHide: true }, (error, stdout, stderr) => {
      const version = /^\s*db version v?(\d+\.\d+\.\d+)/im.exec(stdout)?.[1];
      if (error === null && version !== undefined) resolve(ok(version));
      else resolve(failed('unsupported-operation', `${path} does not run: ${whyNot(error, stderr)}`));
    });
  });
}

function whyNot(error: (Error & { code?: number | string | null; signal?: string | null }) | null, stderr: string) {
  if (error === null) return '`--version` printed no MongoDB version';
  if (error.code === 'ENOENT') return 'there is no such file';
  if (error.code === 'EACCES') return 'it is not executable';
  if (error.signal === 'SIGILL') return 'this processor lacks instructions it needs (AVX)';
  const said = stderr.trim().split('\n')[0] ?? '';
  if (said.includes('libcurl.so.4')) return `${said} (remedy: apt-get install libcurl4)`;
  return said === '' ? (error.signal ?? `exit code ${error.code ?? 'unknown'}`) : said;
}

/** The first two numbers of a version, such as [8, 0]. */
export function seriesOf(version: string): readonly [number, number] {
  const [major, minor] = version.split('.');
  return [Number(major ?? 0), Number(minor ?? 0)];
}
