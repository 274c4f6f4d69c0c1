import { type Failed, failed, ok, type Result } from '../../../base/result.ts';

/** What a section of a feed's settings may be checked with. */
export interface SectionCheckDeps {
  /** Whether an address may be asked, as far as its text says. */
  checkUrl(url: string): Result<URL>;
}

/** A setting of a feed that is an object of its own, or null: what one transport or protocol needs. */
export interface FeedSection<S extends object> {
  /** JSON Schemas of its fields, secrets included. */
  readonly properties: Readonly<Record<string, object>>;
  /** Fields that are taken, sealed and never shown. */
  readonly secrets: readonly string[];
  /** Fields that must be named when the section is set first; secrets too. */
  readonly required: readonly string[];
  /** What the other fields are until somebody says otherwise. */
  readonly defaults: Partial<S>;
  /**
   * What no schema can say; `there` is the section as it was. A section whose secret would go to another server than before
   * must ask for it anew (`field` of the problem without the section's name).
   */
  check?(
    section: S,
    given: { readonly there: S | null; readonly secrets: Readonly<Record<string, string>> },
    deps: SectionCheckDeps,
  ): Failed | undefined;
}

/** A section after a change; secrets are those that the change has. */
export interface CheckedSection<S extends object> {
  readonly section: S | null;
  readonly secrets: Readonly<Record<string, string>>;
}

/** The JSON Schema of a section as it is taken. */
export function sectionSchema({ properties }: FeedSection<never>): object {
  return { type: ['object', 'null'], additionalProperties: false, properties };
}

/** The JSON Schema of a section as it is shown: without secrets. */
export function shownSectionSchema({ properties, secrets }: FeedSection<never>): object {
  const shown = Object.entries(properties).filter(([name]) => !secrets.includes(name));
  return { type: ['object', 'null'], additionalProperties: false, properties: Object.fromEntries(shown) };
}

/** A stored section with defaults for what was not a setting yet when it was. */
export function completeSection<S extends object>(
  { defaults }: FeedSection<S>,
  stored: S | null | undefined,
): S | null {
  return stored == null ? null : { ...defaults, ...stored };
}

/** Merges a change into a section, or says what is wrong or missing. */
export function checkSection<S extends object>(
  name: string,
  rules: FeedSection<S>,
  there: S | null,
  wanted: object | null,
  deps: SectionCheckDeps,
): Result<CheckedSection<S>> {
  if (wanted === null) return ok({ section: null, secrets: {} });
  const entries = Object.entries(wanted);
  const secrets = Object.fromEntries(entries.filter(([field]) => rules.secrets.includes(field)));
  const rest = Object.fromEntries(entries.filter(([field]) => !rules.secrets.includes(field)));
  const section = { ...rules.defaults, ...there, ...rest } as S;
  const known = new Set([...Object.keys(section), ...Object.keys(secrets), ...(there === null ? [] : rules.secrets)]);
  const missing = rules.required.find((field) => !known.has(field));
  if (missing !== undefined) {
    const field = `${name}.${missing}`;
    return failed('invalid-request', `The setting ${field} is needed with ${name}.`, { field });
  }
  const wrong = rules.check?.(section, { there, secrets }, deps);
  if (wrong === undefined) return ok({ section, secrets });
  const { code, text, place } = wrong.problem;
  return failed(code, text, { field: place?.field === undefined ? name : `${name}.${place.field}` });
}
