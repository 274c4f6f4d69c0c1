import { type Group, groupKindOf, groupTitle, key, orgTypeOf, type StoredRecord } from '../../../model/index.ts';
import type { Patch } from '../../../roster/index.ts';
import { element } from '../../../wire/index.ts';
import { common, serviceNamespaces } from '../namespaces.ts';
import { branch, flag, leaf, record } from './elements.ts';
import { clearing, type Fields, filled, given, listed, some } from './fields.ts';
import {
  decodeComments,
  decodeExtensionFields,
  decodeTimeFrame,
  encodeComments,
  encodeExtensionFields,
  encodeTimeFrame,
} from './parts.ts';
import { decodeRelationships, encodeRelationships, type Names } from './relationships.ts';

const d = serviceNamespaces.gms.data;

/**
 * Reads a `group` (IMS-ES 1.0 group data); references become keys in `namespace`. Without `groupType` the patch says
 * nothing about the kind.
 */
export function decodeGroup(fields: Fields, namespace: string): Patch<Group> {
  const types = decodeTypes(fields);
  const extension = fields.one(d, 'extension');
  const { relationships, hints } = decodeRelationships(fields.all(d, 'relationship'), d, (id) =>
    key('group', namespace, id),
  );
  const imsEs = given({ fields: decodeExtensionFields(extension), relationWords: hints });
  const data = given({
    kind: types === undefined ? undefined : groupKindOf(types),
    types,
    comments: decodeComments(fields, d),
    email: clearing(fields.text(common, 'email')),
    url: clearing(fields.text(common, 'URL')),
    timeFrame: decodeTimeFrame(fields, d),
    relationships,
    enrollControl: decodeEnrollControl(fields),
    org: decodeOrg(fields),
    description: decodeDescription(fields),
    dataSource: clearing(fields.text(common, 'dataSource')),
    extension: some(imsEs) === undefined ? undefined : { imsEs },
  });
  extension?.finish();
  return data;
}

function decodeTypes(fields: Fields): Group['types'] {
  const groupType = fields.one(d, 'groupType');
  if (groupType === undefined) return undefined;
  const scheme = filled(groupType.text(d, 'scheme'));
  const values = groupType.all(d, 'typeValue').map((value) => {
    const found = given({ type: filled(value.text(d, 'type')), level: filled(value.text(d, 'level')) });
    value.finish();
    return found;
  });
  groupType.finish();
  const used = values.filter((value) => some(value) !== undefined);
  return scheme === undefined && used.length === 0 ? undefined : [{ ...given({ scheme }), values: used }];
}

function decodeEnrollControl(fields: Fields): Group['enrollControl'] {
  const control = fields.one(d, 'enrollControl');
  const found = given({ accept: control?.flag(d, 'enrollAccept'), allowed: control?.flag(d, 'enrollAllowed') });
  control?.finish();
  return some(found);
}

function decodeOrg(fields: Fields): Patch<NonNullable<Group['org']>> | undefined {
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
  org.finish();
  return some(found);
}

function decodeDescription(fields: Fields): Patch<NonNullable<Group['description']>> | undefined {
  const description = fields.one(d, 'description');
  if (description === undefined) return undefined;
  const found = given({
    short: clearing(description.text(d, 'descShort')),
    long: clearing(description.text(d, 'descLong')),
    full: clearing(description.text(d, 'descFull')),
  });
  description.finish();
  return some(found);
}

/** Writes the content of a `group` in schema order; `names` are those of related groups. */
export function encodeGroup({ data }: StoredRecord<'group'>, names: Names): string {
  const kept = record(data.extension?.imsEs);
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
    encodeDescription(data),
    leaf('c:dataSource', data.dataSource, 2048),
    branch('d:extension', encodeExtensionFields(kept['fields'])),
  ].join('');
}

const itslearning = 'ItslearningOrganisationTypes';

/** Type and level of groups whose sender named none, in the words of the scheme that clients know best. */
function usualType(group: Group): { type: string; level: string } {
  switch (group.kind) {
    case 'org': {
      const type = orgTypeOf(group);
      if (type === 'school') return { type: 'School', level: '1' };
      return type === 'district' ? { type: 'Site', level: '0' } : { type: 'Unspecified', level: '-1' };
    }
    case 'course':
      return { type: 'CourseTemplate', level: '-1' };
    case 'session':
      return { type: 'Term', level: '-1' };
    case 'class':
      return { type: 'Course', level: '-1' };
    default:
      return { type: 'Unspecified', level: '-1' };
  }
}

/** Writes `groupType`, which the schema requires with scheme, type and level; only the first scheme has a place. */
function encodeTypes(group: Group): string {
  const usual = usualType(group);
  const first = group.types?.[0];
  const values = (first?.values ?? [])
    .map(({ type, level }) => typeValue(leaf('d:type', type, 256) || leaf('d:type', usual.type), level))
    .join('');
  return element(
    'd:groupType',
    undefined,
    leaf('d:scheme', first?.scheme, 256) || leaf('d:scheme', itslearning),
    values || typeValue(leaf('d:type', usual.type), usual.level),
  );
}

function typeValue(type: string, level: string | undefined): string {
  return element('d:typeValue', undefined, type, leaf('d:level', level, 2) || leaf('d:level', '-1'));
}

/** Writes `description`; a title too long for `descShort` is also written as `descLong` where that is free. */
function encodeDescription(group: Group): string {
  const { long, full } = group.description ?? {};
  const title = groupTitle(group) ?? full;
  const short = leaf('d:descShort', title, 64);
  if (short === '' || group.description === undefined) return '';
  const cut = title !== undefined && Array.from(title).length > 64 ? title : undefined;
  return branch('d:description', short, leaf('d:descLong', long ?? cut, 256), leaf('d:descFull', full, 2048));
}
