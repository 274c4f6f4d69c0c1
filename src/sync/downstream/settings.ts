import { failed, ok, type Result } from '../../base/result.ts';
import { makeSchemaCheck } from '../../base/schema-check.ts';
import { settingFault } from '../../base/schema-fault.ts';
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

/** Settings as they are after a change. */
export interface CheckedSettings {
  readonly settings: DownstreamSettings;
  /** Where the change has one. */
  readonly password: string | undefined;
  /** Whether the address is another than before; so it is when there was none. */
  readonly isElsewhere: boolean;
  /** Whether a call may end otherwise than it did: what failed before is tried at once. */
  readonly isOther: boolean;
}

const defaults = { protocol: 'ims-es', batchSize: 100, paused: false } as const;

/**
 * Makes the check of settings: merges them into those there are, or says which one is wrong or missing. `checkUrl` says
 * whether an address may be asked.
 */
export function makeSettingsCheck(
  checkUrl: (url: string) => Result<URL>,
): (there: DownstreamSettings | undefined, wanted: unknown) => Result<CheckedSettings> {
  const check = makeSchemaCheck(downstreamSchema);
  return (there, wanted) => {
    if (!check(wanted)) return settingFault(check.errors);
    const { password, ...rest } = wanted as Partial<DownstreamSettings> & { password?: string };
    const { url, user, ...others } = { ...defaults, ...there, ...rest };
    if (url === undefined) return missing('url');
    if (user === undefined) return missing('user');
    if (there === undefined && password === undefined) return missing('password');
    const address = checkUrl(url);
    if (!address.ok) return address;
    const before = there === undefined ? undefined : new URL(there.url);
    if (before !== undefined && before.origin !== address.value.origin && password === undefined) {
      return failed('invalid-request', elsewhere, { field: 'password' });
    }
    const settings = { ...others, url, user };
    const isElsewhere = before?.href !== address.value.href;
    const isResumed = there?.paused === true && !settings.paused;
    const isOther = user !== there?.user || settings.batchSize !== there.batchSize || password !== undefined;
    return ok({ settings, password, isElsewhere, isOther: isElsewhere || isResumed || isOther });
  };
}

const elsewhere =
  'The setting password is needed with an address at another server (scheme, host or port): the stored one is for the server of before and is not sent elsewhere.';

function missing(field: string) {
  return failed('invalid-request', `The setting ${field} is needed for a new downstream.`, { field });
}
