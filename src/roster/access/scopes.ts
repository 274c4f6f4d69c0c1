import { failed, ok, type Result } from '../../base/result.ts';

/** Addresses of OneRoster's scopes by version (OneRoster 1.2 REST binding, security; 1.1, OAuth 2). */
const prefixes = {
  '1.1': 'https://purl.imsglobal.org/spec/or/v1p1/scope/',
  '1.2': 'https://purl.imsglobal.org/spec/or/v1p2/scope/',
} as const;

/** Address of the scopes that are this gateway's own: rostering push and imports, which OneRoster does not define. */
const ownPrefix = 'https://rostergate.dev/scope/';

const shared = [
  'roster.readonly',
  'roster-core.readonly',
  'roster-demographics.readonly',
  'resource.readonly',
  'gradebook.readonly',
  'gradebook.createput',
  'gradebook.delete',
] as const;
const only1p2 = [
  'resource-core.readonly',
  'gradebook-core.readonly',
  'gradebook.createpost',
  'assessment.readonly',
  'assessment.createput',
  'assessment.delete',
] as const;
const own = ['roster.createput', 'roster.createpost', 'roster.delete', 'import', 'national-id.readonly'] as const;

/** A scope without its address: OneRoster's, or one of the gateway's own. */
export type Scope = (typeof shared)[number] | (typeof only1p2)[number] | (typeof own)[number];

/** The versions of OneRoster that have scopes. */
export type ScopeVersion = keyof typeof prefixes;

const names: Readonly<Record<ScopeVersion, readonly Scope[]>> = { '1.1': shared, '1.2': [...shared, ...only1p2] };

/** The addresses of a scope: that of each version which has it, 1.2 first, or the gateway's own. */
export function addressesOf(scope: Scope): string[] {
  const versions = (['1.2', '1.1'] as const).filter((version) => names[version].includes(scope));
  return versions.length > 0 ? versions.map((version) => prefixes[version] + scope) : [ownPrefix + scope];
}

/** The scope of clients that are shown national identity numbers of users. */
export const nationalIdScope = `${ownPrefix}national-id.readonly`;

/** The addresses of scopes as a version writes them; those that the version lacks are left out. */
export function scopeAddresses(version: ScopeVersion, scopes: readonly Scope[]): string[] {
  return scopes
    .filter((scope) => names[version].includes(scope) || !names['1.2'].includes(scope))
    .map((scope) => (names[version].includes(scope) ? prefixes[version] : ownPrefix) + scope);
}

const allNames: readonly Scope[] = [...names['1.2'], ...own];

/** Every scope address there is, of both versions and the gateway's own: what the first credential may ask for. */
export const oneRosterScopes: readonly string[] = allNames.flatMap(addressesOf);

/** The addresses of scopes by name. */
export const addressesNamed = (scopes: readonly Scope[]): string[] => scopes.flatMap(addressesOf);

/**
 * The addresses that are meant by scopes as an admin writes them: an address as it is, a name such as
 * `roster.readonly` for that of each version; `invalid-data` for what is neither.
 */
export function readScopes(written: readonly string[]): Result<string[]> {
  const read = new Set<string>();
  for (const text of written) {
    const isName = allNames.some((name) => name === text);
    if (!isName && !oneRosterScopes.includes(text)) {
      const shown = text.slice(0, 128);
      return failed('invalid-data', `There is no scope ${shown}; there are ${allNames.join(', ')}.`, {
        field: 'scopes',
      });
    }
    for (const address of isName ? addressesOf(text as Scope) : [text]) read.add(address);
  }
  return ok([...read]);
}
