import { failed, ok, type Result } from '../base/result.ts';

type Tree = { [name: string]: unknown };

/** Reads `limits.person.delete.percent=20 mode=full` into the object that they describe; values are JSON, else text. */
export function readSettings(assignments: readonly string[]): Result<object> {
  const settings: Tree = {};
  for (const assignment of assignments) {
    const [, path = '', text = ''] = /^([A-Za-z]+(?:\.[A-Za-z]+)*)=(.*)$/s.exec(assignment) ?? [];
    if (path === '') {
      return failed(
        'invalid-request',
        `--set takes path=value, such as limits.person.delete.percent=20; not ${assignment}`,
      );
    }
    const names = path.split('.');
    const last = names.pop() ?? '';
    let at = settings;
    for (const name of names) {
      const below = Object.hasOwn(at, name) ? at[name] : undefined;
      const next: Tree = isTree(below) ? below : {};
      at[name] = next;
      at = next;
    }
    at[last] = readValue(text);
  }
  return ok(settings);
}

/** Every setting as `--set` takes it. */
export function settingLines(settings: object): string[] {
  const lines = (value: unknown, path: string): string[] =>
    Array.isArray(value)
      ? [`${path}=${JSON.stringify(value)}`]
      : typeof value === 'object' && value !== null
        ? Object.entries(value).flatMap(([name, one]) => lines(one, path === '' ? name : `${path}.${name}`))
        : [`${path}=${String(value)}`];
  return lines(settings, '');
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
