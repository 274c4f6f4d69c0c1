import { type Group, type GroupKind, groupKindOf, groupTitle, key, type StoredRecord } from '../../../model/index.ts';
import type { Patch } from '../../../roster/index.ts';
import { common, serviceNamespaces } from '../namespaces.ts';
import type { Decoding } from './decoding.ts';
import { branch, flag, leaf, record } from './elements.ts';
import {
  agreeing,
  decodeExtensionFields,
  type ExtensionField,
  encodeExtensionFields,
  fieldValue,
  keptFields,
} from './extension-fields.ts';
import { clearing, type Fields, filled, given, listed, some } from './fields.ts';
import { decodeTypes, encodeTypes } from './group-types.ts';
import { decodeComments, decodeTimeFrame, encodeComments, encodeTimeFrame } from './parts.ts';
import { decodeRelationships, encodeRelationships, type Names } from './relationships.ts';

const d = serviceNamespaces.gms.data;

/** Extension fields of itslearning's courses that have a place in the canonical record. */
const courseFields = { title: 'course', code: 'course/code' } as const;

/**
 * Reads a `group` (IMS-ES 1.0 group data). Without `groupType` the patch says nothing about the kind. The extension field
 * `course` is the title where `descShort` is not there, `course/code` the code.
 */
export function decodeGroup(fields: Fields, { namespace, lengths }: Decoding): Patch<Group> {
  const types = decodeTypes(fields);
  const kind = types === undefined ? undefined : groupKindOf(types);
  const extension = fields.one(d, 'extension');
  const further = decodeExtensionFields(extension);
  const course = filled(fieldValue(further, courseFields.title));
  extension?.limit(`extensionField[${courseFields.title}]`, course, lengths.groupTitle);
  const { relationships, hints } = decodeRelationships(fields.all(d, 'relationship'), d, lengths.groupId, (id) =>
    key('group', namespace, id),
  );
  const sent = decodeDescription(fields, lengths.groupTitle);
  const title = sent?.short ?? course;
  const imsEs = given({
    fields: further,
    relationWords: hints,
    besideCourse: further === undefined ? undefined : course === undefined || title === course ? null : title,
  });
  const data = given({
    kind,
    types,
    comments: decodeComments(fields, d),
    email: clearing(fields.text(common, 'email')),
    url: clearing(fields.text(common, 'URL')),
    timeFrame: decodeTimeFrame(fields, d),
    relationships,
    enrollControl: decodeEnrollControl(fields),
    org: decodeOrg(fields, lengths.orgId),
    description: title === undefined || title === null ? sent : { ...sent, short: title },
    ...decodeCode(kind, fieldValue(further, courseFields.code)),
    dataSource: clearing(fields.text(common, 'dataSource')),
    extension: some(imsEs) === undefined ? undefined : { imsEs },
  });
  extension?.finish();
  return data;
}

/** The code of a course or class; of a group whose kind the request does not say, both, so that its own is among them. */
function decodeCode(kind: GroupKind | undefined, value: string | undefined): Patch<Group> {
  const code = clearing(value);
  return given({
    courseCode: kind === undefined || kind === 'course' ? code : undefined,
    classCode: kind === undefined || kind === 'class' ? code : undefined,
  });
}

function decodeEnrollControl(fields: Fields): Group['enrollControl'] {
  const control = fields.one(d, 'enrollControl');
  const found = given({ accept: control?.flag(d, 'enrollAccept'), allowed: control?.flag(d, 'enrollAllowed') });
  control?.finish();
  return some(found);
}

function decodeOrg(fields: Fields, idLimit: number | null): Patch<NonNullable<Group['org']>> | undefined {
  const org = fields.one(d, 'org');
  if (org === undefined) return undefined;
  const units = org.texts(d, 'orgUnit');
  const found = given({
    name: clearing(org.text(d, 'orgName')),
    units: listed(
      units.length,
      units.filter((unit) => unit !== ''),
    ),
    type: clearing(org.text(d, 'orgType')),
    id: clearing(org.text(d, 'id')),
  });
  org.limit('id', found.id, idLimit);
  org.finish();
  return some(found);
}

function decodeDescription(
  fields: Fields,
  titleLimit: number | null,
): Patch<NonNullable<Group['description']>> | undefined {
  const description = fields.one(d, 'description');
  if (description === undefined) return undefined;
  const found = given({
    short: clearing(description.text(d, 'descShort')),
    long: clearing(description.text(d, 'descLong')),
    full: clearing(description.text(d, 'descFull')),
  });
  description.limit('descShort', found.short, titleLimit);
  description.finish();
  return some(found);
}

/** Writes the content of a `group` in schema order; `names` are those of related groups. */
export function encodeGroup({ data }: StoredRecord<'group'>, names: Names): string {
  const kept = record(data.extension?.imsEs);
  const fields = encodedFields(data, kept);
  return [
    encodeTypes(data),
    encodeComments(data.comments),
    leaf('c:email', data.email, 2048),
    leaf('c:URL', data.url, 4096),
    encodeTimeFrame(data.timeFrame),
    encodeRelationships(data.relationships, names, 'd', kept['relationWords']),
    branch(
      'd:enrollControl',
      flag('d:enrollAccept', data.enrollControl?.accept),
      flag('d:enrollAllowed', data.enrollControl?.allowed),
    ),
    branch(
      'd:org',
      leaf('d:orgName', data.org?.name, 256),
      ...(data.org?.units ?? []).map((unit) => leaf('d:orgUnit', unit, 256)),
      leaf('d:orgType', data.org?.type, 32),
      leaf('d:id', data.org?.id, 256),
    ),
    encodeDescription(data, fields),
    leaf('c:dataSource', data.dataSource, 2048),
    branch('d:extension', encodeExtensionFields(fields)),
  ].join('');
}

/**
 * The extension fields that were kept, those of a course with the title and code that the group has now. A field `course`
 * that came beside another title stays as long as that is the title.
 */
function encodedFields(group: Group, kept: Readonly<Record<string, unknown>>): ExtensionField[] {
  let fields = keptFields(kept['fields']);
  const title = group.description?.short;
  if (title !== undefined && kept['besideCourse'] !== title && fieldValue(fields, courseFields.title) !== undefined) {
    fields = agreeing(fields, { ...plain, name: courseFields.title, canonical: title });
  }
  if (group.kind !== 'course' && group.kind !== 'class') return fields;
  const code = group.kind === 'course' ? group.courseCode : group.classCode;
  return agreeing(fields, { ...plain, name: courseFields.code, canonical: code });
}

const plain = { type: 'String', reads: filled, writes: (value: string) => value };

/** Writes `description`; a title too long for `descShort` is also written as `descLong` where that is free. */
function encodeDescription(group: Group, fields: readonly ExtensionField[]): string {
  const { long, full } = group.description ?? {};
  const course = filled(fieldValue(fields, courseFields.title));
  const title = groupTitle(group) ?? full ?? course;
  const short = leaf('d:descShort', title, 64);
  if (short === '' || (group.description === undefined && course === undefined)) return '';
  const cut = title !== undefined && Array.from(title).length > 64 ? title : undefined;
  return branch('d:description', short, leaf('d:descLong', long ?? cut, 256), leaf('d:descFull', full, 2048));
}
