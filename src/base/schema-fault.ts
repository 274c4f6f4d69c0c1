import { type Failed, failed } from './result.ts';

/** What is used of a fault that a JSON Schema check (Ajv) reports. */
export interface SchemaError {
  readonly keyword?: string;
  readonly instancePath?: string;
  readonly message?: string;
  readonly params?: object;
}

/** What is wrong with a value, for people. */
export interface SchemaFault {
  /** Path of the field with dots, empty for the whole. */
  readonly field: string;
  /** The rest of a sentence that begins with the field. */
  readonly text: string;
}

/** Puts the first fault of a check into words. */
export function schemaFault([error]: readonly SchemaError[]): SchemaFault {
  const { additionalProperty, allowedValues } = (error?.params ?? {}) as {
    readonly additionalProperty?: unknown;
    readonly allowedValues?: readonly unknown[];
  };
  const path = (error?.instancePath ?? '').slice(1).replaceAll('/', '.');
  const extra = typeof additionalProperty === 'string' ? additionalProperty.slice(0, 64) : '';
  const field = [path, extra].filter((part) => part !== '').join('.');
  if (extra !== '') return { field, text: 'is not known here' };
  if (allowedValues !== undefined) return { field, text: `must be one of ${allowedValues.join(', ')}` };
  return { field, text: error?.message ?? 'is not valid' };
}

/** Refuses settings for the first fault of a check: `invalid-request` with the setting's path. */
export function settingFault(errors: readonly SchemaError[] | null | undefined): Failed {
  const { field, text } = schemaFault(errors ?? []);
  return failed('invalid-request', `The setting ${field || 'as a whole'} ${text}.`, { field });
}
