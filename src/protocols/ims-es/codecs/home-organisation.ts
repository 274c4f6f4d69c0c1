import type { Role } from '../../../model/index.ts';
import { serviceNamespaces } from '../namespaces.ts';
import { branch, record } from './elements.ts';
import {
  agreeing,
  decodeExtensionFields,
  type ExtensionField,
  encodeExtensionFields,
  fieldValue,
  keptFields,
} from './extension-fields.ts';
import type { Fields } from './fields.ts';

const d = serviceNamespaces.mms.data;

/** The extension field by which itslearning marks a member's home organisation; of type `bool`. */
const name = 'HomeOrganisation';
/** The role whose holders have no home organisation by it. */
const ignoredFor = 'Mentor';

function readMark(value: string): boolean | undefined {
  const word = value.trim().toLowerCase();
  if (word === '1' || word === 'true') return true;
  return word === '0' || word === 'false' ? false : undefined;
}

/** Reads the `extension` of a role: its fields, and whether it marks the home organisation. */
export function decodeRoleExtension(
  role: Fields,
  type: string,
): { readonly homeOrganisation: boolean | undefined; readonly kept: ExtensionField[] | undefined } {
  const extension = role.one(d, 'extension');
  const kept = decodeExtensionFields(extension);
  extension?.finish();
  const value = fieldValue(kept, name);
  const homeOrganisation = readMark(value ?? '');
  const field = `extension/extensionField[${name}]`;
  if (homeOrganisation === undefined) {
    if ((value ?? '') !== '') role.remark(field, 'is neither 1 nor 0; it was kept and not followed');
    return { homeOrganisation, kept };
  }
  if (type !== ignoredFor) return { homeOrganisation, kept };
  role.remark(field, `was kept and not followed, since the role is ${ignoredFor}`);
  return { homeOrganisation: undefined, kept };
}

/** Writes the `extension` of a role; the mark of the home organisation as the role has it now. */
export function encodeRoleExtension(role: Role): string {
  const kept = keptFields(record(role.extension?.imsEs)['fields']);
  if (role.type === ignoredFor) return branch('d:extension', encodeExtensionFields(kept));
  const fields = agreeing(kept, {
    name,
    type: 'bool',
    canonical: role.homeOrganisation,
    reads: readMark,
    writes: (home) => (home ? '1' : '0'),
  });
  return branch('d:extension', encodeExtensionFields(fields));
}
