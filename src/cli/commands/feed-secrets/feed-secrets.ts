import { readFile, stat } from 'node:fs/promises';
import { failed, ok, type Result } from '../../../base/result.ts';
import { sectionSecrets } from '../../../sync/index.ts';
import type { CommandLineDeps } from '../../deps.ts';
import { askPassword } from '../ask-password.ts';

/** How the secrets of a feed's settings are given: asked for, or read from files. */
export interface SecretOptions {
  /** The setting that is asked for; true: `pull.secret`. */
  readonly secret?: true | string;
  /** Settings with the files that hold them, as `sftpPull.privateKey=id_ed25519`. */
  readonly secretFile?: readonly string[];
}

type Tree = { [name: string]: unknown };

const ofPulls = 'pull.secret';
/** Settings that are never shown, and not taken from the command line. */
const secretPaths: readonly string[] = [ofPulls, ...sectionSecrets.map(({ section, field }) => `${section}.${field}`)];
/** A key for OpenPGP with many signatures is smaller. */
const mostBytes = 262_144;

/** The settings with the secrets that the options name; `invalid-request` where one stands among the settings, or is none. */
export async function withSecrets(
  deps: CommandLineDeps,
  settings: object,
  { secret, secretFile = [] }: SecretOptions,
): Promise<Result<object>> {
  const open = secretPaths.find((path) => find(settings, path) !== undefined);
  if (open !== undefined) {
    const text = `A secret is not taken from the command line, where others can see it; use --secret${open === ofPulls ? '' : ` ${open}`}.`;
    return failed('invalid-request', text);
  }
  let wanted = settings;
  for (const assignment of secretFile) {
    const [, path = '', file = ''] = /^([^=]+)=(.+)$/s.exec(assignment) ?? [];
    if (!secretPaths.includes(path)) return noSecret(path === '' ? assignment : path);
    const text = await textOf(file);
    if (text === undefined) return failed('invalid-request', `The file ${file} cannot be read, or is no secret.`);
    wanted = put(wanted, path, text);
  }
  if (secret === undefined) return ok(wanted);
  const path = secret === true ? ofPulls : secret;
  if (!secretPaths.includes(path)) return noSecret(path);
  const asked = await askPassword(deps, `${path}: `);
  if (asked === '') {
    return failed('invalid-request', 'No secret was given, on the terminal or by standard input.');
  }
  return ok(put(wanted, path, asked));
}

function noSecret(path: string) {
  return failed('invalid-request', `${path} is no secret of a feed’s settings; these are: ${secretPaths.join(', ')}.`);
}

/** What a file holds, without the end of its last line. */
async function textOf(file: string): Promise<string | undefined> {
  try {
    if ((await stat(file)).size > mostBytes) return undefined;
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  } catch {
    return undefined;
  }
}

function find(settings: object, path: string): unknown {
  const [section = '', field = ''] = path.split('.');
  const there = (settings as Tree)[section];
  return isTree(there) ? there[field] : undefined;
}

function put(settings: object, path: string, value: string): object {
  const [section = '', field = ''] = path.split('.');
  const there = (settings as Tree)[section];
  return { ...settings, [section]: { ...(isTree(there) ? there : {}), [field]: value } };
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
