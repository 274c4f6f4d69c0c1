import { failed, ok, type Result } from '../base/result.ts';

/** One query parameter: how it is read, and what the OpenAPI document says of it. */
export type Parameter =
  | { readonly kind: 'text'; readonly max: number; readonly doc: string; readonly required?: true }
  | { readonly kind: 'choice'; readonly choices: readonly string[]; readonly doc: string }
  | {
      readonly kind: 'integer';
      readonly min: number;
      readonly max: number;
      readonly fallback: number;
      readonly doc: string;
    }
  | { readonly kind: 'flag'; readonly doc: string };

/** Query parameters by name. */
export type Parameters = Readonly<Record<string, Parameter>>;

type ValueOf<P extends Parameter> = P extends { kind: 'integer' }
  ? number
  : P extends { kind: 'flag' }
    ? boolean
    : P extends { kind: 'choice'; choices: readonly (infer C)[] }
      ? C | undefined
      : P extends { required: true }
        ? string
        : string | undefined;

/** The values of query parameters: numbers, flags and what is required always have one, others may be absent. */
export type ValuesOf<Ps extends Parameters> = { readonly [K in keyof Ps]: ValueOf<Ps[K]> };

/** What lists take. */
export const paging = {
  limit: { kind: 'integer', min: 1, max: 200, fallback: 50, doc: 'The most items of a page.' },
  cursor: { kind: 'text', max: 256, doc: 'Where to go on: `next` of the page before.' },
} as const satisfies Parameters;

/** Reads the query of a request. Each parameter at most once, none that is unknown: anything else is a problem. */
export function readParameters(query: string, known: Parameters): Result<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const [name, { kind, ...rest }] of Object.entries(known)) {
    if (kind === 'flag') values[name] = false;
    if ('fallback' in rest) values[name] = rest.fallback;
  }
  const seen = new Set<string>();
  for (const [name, text] of new URLSearchParams(query)) {
    const parameter = Object.hasOwn(known, name) ? known[name] : undefined;
    if (parameter === undefined) return wrong(name, `is not known here; known are: ${listOf(known)}`);
    if (seen.has(name)) return wrong(name, 'is there more than once');
    seen.add(name);
    const value = read(parameter, text);
    if (!value.ok) return wrong(name, value.problem.text);
    values[name] = value.value;
  }
  for (const [name, parameter] of Object.entries(known)) {
    if ('required' in parameter && !seen.has(name)) return wrong(name, 'is missing');
  }
  return ok(values);
}

function read(parameter: Parameter, text: string): Result<string | number | boolean> {
  switch (parameter.kind) {
    case 'text':
      return text.length <= parameter.max ? ok(text) : wrong('', `is longer than ${parameter.max} characters`);
    case 'choice':
      return parameter.choices.includes(text) ? ok(text) : wrong('', `must be one of ${parameter.choices.join(', ')}`);
    case 'flag':
      return text === 'true' || text === 'false' ? ok(text === 'true') : wrong('', 'must be true or false');
    case 'integer': {
      const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
      const { min, max } = parameter;
      return value >= min && value <= max ? ok(value) : wrong('', `must be a whole number from ${min} to ${max}`);
    }
  }
}

function wrong(name: string, text: string): Result<never> {
  const shown = name.replace(/[^\x20-\x7e]/g, '?').slice(0, 64);
  return name === ''
    ? failed('invalid-request', text)
    : failed('invalid-request', `The query parameter ${shown} ${text}.`, { field: shown });
}

function listOf(known: Parameters): string {
  return Object.keys(known).join(', ') || 'none';
}

/** The values that are there, without those that are undefined. */
export function present<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** A parameter's JSON Schema. */
export function schemaOfParameter(parameter: Parameter): object {
  switch (parameter.kind) {
    case 'text':
      return { type: 'string', maxLength: parameter.max };
    case 'choice':
      return { type: 'string', enum: [...parameter.choices] };
    case 'flag':
      return { type: 'boolean', default: false };
    case 'integer':
      return { type: 'integer', minimum: parameter.min, maximum: parameter.max, default: parameter.fallback };
  }
}
