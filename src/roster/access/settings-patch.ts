import { ok, type Result } from '../../base/result.ts';
import { makeSchemaCheck } from '../../base/schema-check.ts';
import { settingFault } from '../../base/schema-fault.ts';
import { type SomeTenantSettings, type TenantSettings, tenantSettingsSchema } from '../tenant-settings.ts';

/** Makes the check of settings that are to be changed: says which one is wrong (`invalid-request`). */
export function makeTenantSettingsCheck(): (patch: unknown) => Result<SomeTenantSettings> {
  const check = makeSchemaCheck(tenantSettingsSchema);
  return (patch) => {
    if (check(patch)) return ok(patch as SomeTenantSettings);
    return settingFault(check.errors);
  };
}

/** Settings with others put over them: what those do not name stays, what is not known here (any more) is left out. */
export function mergeTenantSettings(settings: TenantSettings, over: unknown): TenantSettings {
  return merged(settings, over) as TenantSettings;
}

function merged(value: unknown, over: unknown): unknown {
  if (!isTree(value)) return over === undefined ? value : over;
  const names = isTree(over) ? over : {};
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, merged(one, names[name])]));
}

/** The settings of a patch one by one, by their paths with dots. */
export function settingPaths(patch: object, path: string): Record<string, unknown> {
  return Object.assign(
    {},
    ...Object.entries(patch).map(([name, value]: [string, unknown]) => {
      const at = `${path}.${name}`;
      return isTree(value) ? settingPaths(value, at) : { [at]: value };
    }),
  ) as Record<string, unknown>;
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
