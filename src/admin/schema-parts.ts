/** A JSON Schema (draft 2020-12, as OpenAPI 3.1 has it). */
export type JsonSchema = Readonly<Record<string, unknown>>;

export const text = { type: 'string' };
export const count = { type: 'integer', minimum: 0 };
export const time = { type: 'string', format: 'date-time' };
export const flag = { type: 'boolean' };
/** An id that a request names. */
export const idText = { type: 'string', minLength: 1, maxLength: 256 };

/** The schema, or null. */
export const orNull = (schema: JsonSchema) => ({ anyOf: [schema, { type: 'null' }] });

/** A reference to one of the schemas by name. */
export const refer = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** A closed object; properties are required unless named optional. */
export function object(properties: Readonly<Record<string, JsonSchema>>, optional: readonly string[] = []): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', additionalProperties: false, required, properties };
}

/** A page of a list. */
export function list(item: string): JsonSchema {
  return object({ items: { type: 'array', items: refer(item) }, total: count, next: orNull(text) });
}

/** The same schema with every property required, at every depth. */
export function complete(schema: JsonSchema): JsonSchema {
  const properties = schema['properties'] as Readonly<Record<string, JsonSchema>> | undefined;
  if (properties === undefined) return schema;
  const inner = Object.entries(properties).map(([name, one]) => [name, complete(one)] as const);
  return { ...schema, required: Object.keys(properties), properties: Object.fromEntries(inner) };
}
