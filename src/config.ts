import { isAbsolute, resolve } from 'node:path';
import { isMailAddress } from './base/mail-address.ts';
import type { Result } from './base/result.ts';
import { failed, ok } from './base/result.ts';
import type { Config, Setting } from './config-settings.ts';
import { settings } from './config-settings.ts';
import { parseSecretsKey } from './secrets-key.ts';

export type { Config, Setting } from './config-settings.ts';
export { settings, settingsTable } from './config-settings.ts';

/** Name of the variable that names one JSON file with settings. */
export const CONFIG_FILE = 'ROSTERGATE_CONFIG';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

interface Reading {
  readonly faults: string[];
  readonly env: Environment;
  readonly file: ReadonlyMap<string, string>;
  readonly readFile: (path: string) => string;
}

/**
 * Reads the configuration from the environment and from the JSON file that `ROSTERGATE_CONFIG` names; a variable goes
 * before the file, an empty variable counts as unset. Fails with all faults at once, one a line; values of secrets are
 * never repeated. `readFile` returns a file's text or throws.
 */
export function readConfig(env: Environment, readFile: (path: string) => string): Result<Config> {
  const faults: string[] = [];
  const file = readFileSettings(env, readFile, faults);
  const reading = { faults, env, file, readFile };
  const entries = Object.entries<Setting>(settings).flatMap(([key, setting]) => {
    const text = textOf(setting, reading) ?? setting.fallback;
    if (text === undefined) return [];
    const value = parse(setting, text);
    if (value.ok) return [[key, value.value] as const];
    const shown = setting.secret === true ? 'its value (a secret, not shown)' : JSON.stringify(text);
    faults.push(`${setting.name}: ${shown} ${value.problem.text}`);
    return [];
  });
  if (faults.length > 0) {
    return failed(
      'invalid-request',
      ['The settings have faults:', ...faults.map((fault) => `  - ${fault}`)].join('\n'),
    );
  }
  // Every key of the table with a fallback is among the entries, else a fault was reported above.
  return ok(Object.freeze(Object.fromEntries(entries)) as unknown as Config);
}

function readFileSettings(env: Environment, readFile: (path: string) => string, faults: string[]): Map<string, string> {
  const found = new Map<string, string>();
  const path = env[CONFIG_FILE] ?? '';
  if (path === '') return found;
  let value: unknown;
  try {
    value = JSON.parse(readFile(path));
  } catch (error) {
    faults.push(
      `${CONFIG_FILE}: ${path} cannot be read as JSON: ${error instanceof SyntaxError ? 'bad syntax' : messageOf(error)}`,
    );
    return found;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    faults.push(`${CONFIG_FILE}: ${path} must hold one JSON object`);
    return found;
  }
  const known = new Set(Object.values<Setting>(settings).flatMap(namesOf));
  for (const [key, entry] of Object.entries(value)) {
    if (!known.has(key)) faults.push(`${CONFIG_FILE}: ${path} has the unknown key ${JSON.stringify(key)}`);
    else if (typeof entry === 'string' || typeof entry === 'number' || typeof entry === 'boolean')
      found.set(key, String(entry));
    else faults.push(`${CONFIG_FILE}: ${path} must have a text, number or boolean under ${key}`);
  }
  return found;
}

function namesOf(setting: Setting): string[] {
  return setting.secret === true ? [setting.name, `${setting.name}_FILE`] : [setting.name];
}

function textOf(setting: Setting, reading: Reading): string | undefined {
  return (
    textFrom(setting, (name) => reading.env[name], reading) ??
    textFrom(setting, (name) => reading.file.get(name), reading)
  );
}

function textFrom(setting: Setting, get: (name: string) => string | undefined, { faults, readFile }: Reading) {
  const [plain, path] = [get(setting.name) ?? '', setting.secret === true ? (get(`${setting.name}_FILE`) ?? '') : ''];
  if (plain !== '' && path !== '') faults.push(`${setting.name} and ${setting.name}_FILE are both set; keep one`);
  if (plain !== '') return plain;
  if (path === '') return undefined;
  try {
    return readFile(path).replace(/\r?\n$/, '');
  } catch (error) {
    faults.push(`${setting.name}_FILE: ${path} cannot be read: ${messageOf(error)}`);
    return undefined;
  }
}

function parse(
  setting: Setting,
  text: string,
): Result<string | number | boolean | Uint8Array | Uint8Array[] | string[]> {
  switch (setting.kind) {
    case 'key': {
      const key = parseSecretsKey(text);
      return key === undefined ? wrong('is not 32 bytes as base64 or as 64 hexadecimal digits') : ok(key);
    }
    case 'keys': {
      const keys = text.split(',').map(parseSecretsKey);
      return keys.every((key) => key !== undefined)
        ? ok(keys)
        : wrong('is no list of keys of 32 bytes, each as base64 or as 64 hexadecimal digits, with commas between');
    }
    case 'hosts':
      return /^\s*(http:\/\/)?[\w.:[\]-]+\s*(,\s*(http:\/\/)?[\w.:[\]-]+\s*)*$/i.test(text)
        ? ok(text)
        : wrong('is no list of host names and addresses with commas between');
    case 'text':
      return text.trim() === '' ? wrong('is blank') : ok(text);
    case 'access-key':
      return /^[\x21-\x7e]{32,1024}$/.test(text)
        ? ok(text)
        : wrong('is not 32 to 1,024 visible ASCII characters without spaces');
    case 'smtp':
      return /^smtps?:\/\/[^/\s]+\/?(\?\S*)?$/.test(text) && URL.canParse(text)
        ? ok(text)
        : wrong('does not begin with smtp:// or smtps:// and a server');
    case 'mailbox': {
      const [, address = text] = /^[A-Za-z0-9 ._-]* <([^<>]*)>$/.exec(text) ?? [];
      return isMailAddress(address) ? ok(text) : wrong('is neither a mail address nor of the form Name <address>');
    }
    case 'path':
      return ok(isAbsolute(text) ? text : resolve(text));
    case 'paths': {
      const paths = text.split(',').map((path) => path.trim());
      return paths.every((path) => isAbsolute(path))
        ? ok(paths)
        : wrong('is no list of absolute paths with commas between');
    }
    case 'choice':
      return setting.choices.includes(text) ? ok(text) : wrong(`is none of ${setting.choices.join(', ')}`);
    case 'integer':
    case 'number':
      return numberOf(setting, text);
    case 'url':
      return isWebAddress(text)
        ? ok(text.replace(/\/+$/, ''))
        : wrong('is no http:// or https:// address without query');
    case 'database':
      return /^mongodb(\+srv)?:\/\/./.test(text) ? ok(text) : wrong('does not begin with mongodb:// or mongodb+srv://');
    case 'proxy':
      return proxyOf(text);
  }
}

function numberOf(setting: Setting & { kind: 'integer' | 'number' }, text: string): Result<number> {
  const value = /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (Number.isNaN(value) || (setting.kind === 'integer' && !Number.isInteger(value))) {
    return wrong(setting.kind === 'integer' ? 'is no whole number' : 'is no number');
  }
  return value < setting.min || value > setting.max
    ? wrong(`is not between ${setting.min} and ${setting.max}`)
    : ok(value);
}

function proxyOf(text: string): Result<boolean | number | string> {
  if (text === 'false') return ok(false);
  if (text === 'true') return wrong('would believe everybody; name a number of proxies or their addresses');
  if (/^\d+$/.test(text)) return ok(Number(text));
  return /^[\w.:/]+(\s*,\s*[\w.:/]+)*$/.test(text)
    ? ok(text)
    : wrong('is neither false, a number nor a list of addresses');
}

function isWebAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.search === '' &&
    url.hash === '' &&
    url.username === ''
  );
}

function wrong(text: string): Result<never> {
  return failed('invalid-request', text);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
}
