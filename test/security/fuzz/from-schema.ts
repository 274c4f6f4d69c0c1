import { nasty } from './mutations.ts';
import type { Random } from './random.ts';

type Schema = Readonly<Record<string, unknown>>;

/** A value by a JSON schema, nearly always a valid one; `named` finds the schemas that it refers to. */
export function fromSchema(schema: Schema, named: (name: string) => Schema, random: Random, depth = 0): unknown {
  const inner = (one: unknown) => fromSchema((one ?? {}) as Schema, named, random, depth + 1);
  if (depth > 8) return null;
  if (typeof schema['$ref'] === 'string') return inner(named(schema['$ref'].split('/').at(-1) ?? ''));
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return random.pick(schema['enum'] as readonly unknown[]);
  for (const choice of ['anyOf', 'oneOf']) {
    if (Array.isArray(schema[choice])) return inner(random.pick(schema[choice] as readonly unknown[]));
  }
  if (Array.isArray(schema['allOf'])) return Object.assign({}, ...(schema['allOf'] as unknown[]).map(inner)) as unknown;
  const type = Array.isArray(schema['type']) ? random.pick(schema['type'] as string[]) : schema['type'];
  switch (type) {
    case 'object':
      return objectOf(schema, inner, random);
    case 'array':
      return Array.from({ length: random.below(3) + ((schema['minItems'] as number | undefined) ?? 0) }, () =>
        inner(schema['items']),
      );
    case 'string':
      return textOf(schema, random);
    case 'integer':
    case 'number':
      return ((schema['minimum'] as number | undefined) ?? 0) + random.below(5);
    case 'boolean':
      return random.chance(0.5);
    case 'null':
      return null;
    default:
      return random.pick(nasty);
  }
}

function objectOf(schema: Schema, inner: (one: unknown) => unknown, random: Random): unknown {
  const required = new Set((schema['required'] as readonly string[] | undefined) ?? []);
  const properties = Object.entries((schema['properties'] as Schema | undefined) ?? {});
  return Object.fromEntries(
    properties.filter(([name]) => required.has(name) || random.chance(0.4)).map(([name, one]) => [name, inner(one)]),
  );
}

function textOf(schema: Schema, random: Random): string {
  if (schema['format'] === 'date-time') return '2026-11-23T07:00:00.000Z';
  if (schema['format'] === 'date') return '2026-11-23';
  if (schema['format'] === 'uri') return 'https://fuzz.invalid/a';
  if (random.chance(0.1)) return random.pick(nasty);
  const short = random.pick(['default', 'ann', 'b1', 'north', 'fuzzed', 'x-9']);
  return short.padEnd((schema['minLength'] as number | undefined) ?? 0, 'x');
}
