import { Ajv } from 'ajv';
import { failed, ok, type Result } from '../../base/result.ts';
import { schemaFault } from '../../base/schema-fault.ts';
import type { DownstreamSettings } from './types.ts';

/** The JSON Schema of what `PUT /api/v1/downstream` takes; what is absent stays as it is. */
export const downstreamSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    protocol: { enum: ['ims-es'] },
    url: { type: 'string', minLength: 1, maxLength: 2048 },
    user: { type: 'string', minLength: 1, maxLength: 256 },
    password: { type: 'string', minLength: 1, maxLength: 1024 },
    batchSize: { type: 'integer', minimum: 1, maximum: 1000 },
    paused: { type: 'boolean' },
  },
} as const;

/** Settings as they are after a change, and the password where the change has one. */
export interface CheckedSettings {
  readonly settings: DownstreamSettings;
  readonly password: string | undefined;
}

const defaults = { protocol: 'ims-es', batchSize: 100, paused: false } as const;

/** Makes the check of settings: merges them into those there are, or says which one is wrong or missing. */
export function makeSettingsCheck(): (
  there: DownstreamSettings | undefined,
  wanted: unknown,
) => Result<CheckedSettings> {
  const check = new Ajv().compile(downstreamSchema);
  return (there, wanted) => {
    if (!check(wanted)) {
      const { field, text } = schemaFault(check.errors ?? []);
      return failed('invalid-request', `The setting ${field || 'as a whole'} ${text}.`, { field });
    }
    const { password, ...rest } = wanted as Partial<DownstreamSettings> & { password?: string };
    const { url, user, ...others } = { ...defaults, ...there, ...rest };
    if (url === undefined) return missing('url');
    if (user === undefined) return missing('user');
    if (there === undefined && password === undefined) return missing('password');
    return ok({ settings: { ...others, url, user }, password });
  };
}

function missing(field: string) {
  return failed('invalid-request', `The setting ${field} is needed for a new downstream.`, { field });
}
