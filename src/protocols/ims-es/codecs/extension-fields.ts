import { element } from '../../../wire/index.ts';
import { common } from '../namespaces.ts';
import { leaf, list, record } from './elements.ts';
import { type Fields, filled, given } from './fields.ts';

/** A field outside the standard, as the extension bag keeps it. */
export interface ExtensionField {
  readonly name: string;
  readonly type?: string;
  readonly value: string;
}

/** Reads the fields of an `extension` (IMSextension); the list is written as a whole, undefined where none came. */
export function decodeExtensionFields(extension: Fields | undefined): ExtensionField[] | undefined {
  const found: ExtensionField[] = [];
  for (const fields of extension?.all(common, 'extensionField') ?? []) {
    if (fields.blank) continue;
    const name = fields.text(common, 'fieldName') ?? '';
    const value = fields.text(common, 'fieldValue') ?? '';
    const type = filled(fields.text(common, 'fieldType'));
    fields.finish();
    if (name === '') fields.missing('fieldName', 'is missing');
    else found.push({ name, value, ...given({ type }) });
  }
  return found.length === 0 ? undefined : found;
}

/** The extension fields that the bag keeps. */
export function keptFields(kept: unknown): ExtensionField[] {
  return list(kept).flatMap((entry): ExtensionField[] => {
    const { name, type, value } = record(entry);
    if (typeof name !== 'string' || typeof value !== 'string') return [];
    return [typeof type === 'string' ? { name, type, value } : { name, value }];
  });
}

/** The value of the first field of a name, in any case of letters. */
export function fieldValue(fields: readonly ExtensionField[] | undefined, name: string): string | undefined {
  const at = placeOf(fields ?? [], name);
  return fields?.[at]?.value;
}

function placeOf(fields: readonly ExtensionField[], name: string): number {
  return fields.findIndex((field) => field.name.trim().toLowerCase() === name.toLowerCase());
}

/** A field that says what the canonical record has a place for. */
export interface MappedField<T> {
  readonly name: string;
  readonly type: string;
  /** What the canonical record says. */
  readonly canonical: T | undefined;
  /** What a value of the field says; undefined for nothing. */
  reads(value: string): T | undefined;
  writes(canonical: T): string;
}

/**
 * The fields with one that agrees with the canonical record: as the sender wrote it where both say the same, else with the
 * canonical value; it goes where the record says nothing any more, and is added where the record says more.
 */
export function agreeing<T>(fields: readonly ExtensionField[], mapped: MappedField<T>): ExtensionField[] {
  const { name, type, canonical } = mapped;
  const at = placeOf(fields, name);
  const field = fields[at];
  if (field !== undefined && mapped.reads(field.value) === canonical) return [...fields];
  if (canonical === undefined) return fields.filter((_, index) => index !== at);
  const value = mapped.writes(canonical);
  return field === undefined ? [...fields, { name, type, value }] : fields.with(at, { ...field, value });
}

/** Writes extension fields. */
export function encodeExtensionFields(fields: readonly ExtensionField[]): string {
  return fields
    .map(({ name, type = 'String', value }) =>
      element(
        'c:extensionField',
        undefined,
        leaf('c:fieldName', name, 2048),
        leaf('c:fieldType', type, 2048),
        leaf('c:fieldValue', value) || element('c:fieldValue', undefined),
      ),
    )
    .join('');
}
