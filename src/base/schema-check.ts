import { Ajv, type ValidateFunction } from 'ajv';

/** A check by a JSON Schema; after a value that does not fit, `errors` says why. */
export interface SchemaCheck {
  (value: unknown): boolean;
  readonly errors: NonNullable<ValidateFunction['errors']>;
}

/**
 * Makes a check by a JSON Schema of ours: compiled when it is first asked, and not checked by the schema of schemas itself,
 * since most are never asked in the life of a process. Never for schemas of others.
 */
export function makeSchemaCheck(schema: object): SchemaCheck {
  let compiled: ValidateFunction | undefined;
  const check = (value: unknown) => {
    compiled ??= new Ajv({ allowUnionTypes: true, meta: false, validateSchema: false }).compile(schema);
    return compiled(value);
  };
  return Object.defineProperty(check, 'errors', { get: () => compiled?.errors ?? [] }) as unknown as SchemaCheck;
}
