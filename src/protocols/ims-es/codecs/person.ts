import type { Demographics, InstitutionRole, Person, PersonName, StoredRecord } from '../../../model/index.ts';
import { key } from '../../../model/index.ts';
import type { Patch, RelatedFrom } from '../../../roster/index.ts';
import { element, xsi } from '../../../wire/index.ts';
import { common, serviceNamespaces } from '../namespaces.ts';
import type { Decoding } from './decoding.ts';
import { branch, day, flag, leaf, list, record } from './elements.ts';
import { decodeExtensionFields, encodeExtensionFields, keptFields } from './extension-fields.ts';
import { clearing, type Fields, filled, given, listed, some } from './fields.ts';
import { decodeComments, decodeUserId, encodeComments, encodeUserId } from './parts.ts';
import { encodeName, isPrefix, type NamePart, nameOfParts } from './person-name.ts';
import { decodeRelationships, encodeRelationships, type Names } from './relationships.ts';

const d = serviceNamespaces.pms.data;
const systemRoles = ['SysAdmin', 'SysSupport', 'Creator', 'AccountAdmin', 'User', 'Administrator', 'None'] as const;
const telTypes: ReadonlyMap<string, string> = new Map([
  ['1', 'Voice'],
  ['2', 'Fax'],
  ['3', 'Mobile'],
  ['4', 'Pager'],
]);

/** Genders by the words of the standard and by the numbers of IMS Enterprise 1.1, which some clients write. */
const genders = {
  Male: 'male',
  Female: 'female',
  Gender: 'unspecified',
  '0': 'unspecified',
  '1': 'female',
  '2': 'male',
} as const;

/** Reads a `person` (IMS-ES 1.0 person data). */
export function decodePerson(fields: Fields, { namespace, lengths }: Decoding): Patch<Person> {
  const { name, order } = decodeName(fields, lengths.namePrefix);
  const userId = decodeUserId(fields, d);
  const { phones, telWords } = decodePhones(fields);
  const extension = fields.one(d, 'extension');
  const { relationships, hints } = decodeRelationships(
    extension?.all(common, 'relationship') ?? [],
    common,
    lengths.personId,
    (id) => key('person', namespace, id),
  );
  const imsEs = given({
    nameOrder: order,
    telWords,
    fields: decodeExtensionFields(extension),
    relationWords: hints,
  });
  const data = given({
    name,
    comments: decodeComments(fields, d),
    email: clearing(fields.text(common, 'email')),
    url: clearing(fields.text(common, 'URL')),
    systemRole: fields.choice(d, 'systemRole', systemRoles),
    userIds: userId === undefined ? undefined : userId === null ? null : [userId],
    address: decodeAddress(fields),
    demographics: decodeDemographics(fields),
    institutionRoles: decodeInstitutionRoles(fields),
    phones,
    photo: decodePhoto(fields),
    dataSource: clearing(fields.text(common, 'dataSource')),
    relationships,
    extension: some(imsEs) === undefined ? undefined : { imsEs },
  });
  extension?.finish();
  return data;
}

function decodeName(
  fields: Fields,
  prefixLimit: number | null,
): { name: Patch<PersonName> | undefined; order: string[] | null | undefined } {
  const formatted = clearing(fields.text(d, 'formatName'));
  const element = fields.one(d, 'name');
  const elements = element?.all(d, 'partName') ?? [];
  const parts = elements.map((part): NamePart => {
    const type = filled(part.text(d, 'namePartType'));
    const value = part.text(d, 'namePartValue') ?? '';
    if (isPrefix(type)) part.limit('namePartValue', value, prefixLimit);
    part.finish();
    return { value, ...given({ type }) };
  });
  const type = clearing(element?.text(d, 'nameType'));
  element?.finish();
  const { name, order } = nameOfParts(parts);
  return { name: some({ ...given({ formatted, type }), ...name }), order: parts.length === 0 ? undefined : order };
}

function decodePhones(fields: Fields): Pick<Patch<Person>, 'phones'> & { telWords: string[] | null | undefined } {
  const elements = fields.all(d, 'tel').map((tel) => {
    const word = filled(tel.text(d, 'telType'));
    const value = tel.text(d, 'telValue') ?? '';
    tel.finish();
    return { word, value };
  });
  const full = elements.filter(({ value }) => value !== '');
  const phones = listed(
    elements.length,
    full.map(({ word, value }) => ({ type: telType(word), value })),
  );
  const words = full.map(({ word }) => word ?? '');
  const plain = words.every((word) => word === telType(word));
  return { ...given({ phones }), telWords: phones === undefined ? undefined : plain ? null : words };
}

function telType(word: string | undefined): string {
  const trimmed = word?.trim() ?? '';
  const name = telTypes.get(trimmed) ?? trimmed;
  return [...telTypes.values()].find((known) => known.toLowerCase() === name.toLowerCase()) ?? (name || 'Voice');
}

function decodeAddress(fields: Fields): Patch<NonNullable<Person['address']>> | undefined {
  const address = fields.one(d, 'address');
  if (address === undefined) return undefined;
  const streets = address.texts(d, 'street');
  const text = (name: string) => clearing(address.text(d, name));
  const found = given({
    pobox: text('pobox'),
    extended: text('extadd'),
    locality: text('locality'),
    region: text('region'),
    postcode: text('postcode'),
    country: text('country'),
    streets: listed(
      streets.length,
      streets.filter((street) => street !== ''),
    ),
  });
  address.finish();
  return some(found);
}

function decodeDemographics(fields: Fields): Patch<Demographics> | undefined {
  const demographics = fields.one(d, 'demographics');
  if (demographics === undefined) return undefined;
  const disabilities = demographics.texts(d, 'disability');
  const gender = demographics.choice(d, 'gender', Object.keys(genders) as (keyof typeof genders)[]);
  const found = given({
    gender: gender === undefined ? undefined : genders[gender],
    birthDate: demographics.date(d, 'bday'),
    disabilities: listed(
      disabilities.length,
      disabilities.filter((each) => each !== ''),
    ),
  });
  demographics.finish();
  return some(found);
}

function decodeInstitutionRoles(fields: Fields): InstitutionRole[] | undefined {
  const elements = fields.all(d, 'institutionRole');
  const named = elements.flatMap((role) => {
    const type = filled(role.text(d, 'institutionRoleType'));
    const primary = role.flag(d, 'primaryRoleType');
    role.finish();
    if (type === undefined) fields.remark('institutionRole', 'names no role and counts as absent');
    return type === undefined ? [] : [{ type, primary }];
  });
  if (named.length === 0) return undefined;
  return named.map(({ type, primary }) => ({ type, primary: primary ?? named.length === 1 }));
}

function decodePhoto(fields: Fields): Patch<NonNullable<Person['photo']>> | undefined {
  const photo = fields.one(d, 'photo');
  if (photo === undefined) return undefined;
  const found = given({ type: clearing(photo.text(d, 'imgType')), ref: clearing(photo.text(d, 'extRef')) });
  photo.finish();
  return some(found);
}

/**
 * Writes the content of a `person` in schema order; `names` are those of related persons, `reciprocals` what other
 * persons name of this one: each is written from this side, after the person's own relationships.
 */
export function encodePerson(
  { data }: StoredRecord<'person'>,
  names: Names,
  reciprocals: readonly RelatedFrom[] = [],
): string {
  const kept = record(data.extension?.imsEs);
  const user = data.userIds?.[0] ?? (data.username === undefined ? undefined : { value: data.username });
  return [
    leaf('d:formatName', data.name?.formatted) || element('d:formatName', { 'xmlns:i': xsi, 'i:nil': true }),
    encodeName(data.name, kept['nameOrder']),
    encodeComments(data.comments),
    leaf('c:email', data.email, 2048),
    leaf('c:URL', data.url, 4096),
    leaf(
      'd:systemRole',
      systemRoles.find((role) => role === data.systemRole),
    ),
    encodeUserId(user),
    encodeAddress(data.address),
    encodeDemographics(data.demographics),
    ...(data.institutionRoles ?? []).map(({ type, primary }) => {
      const word = leaf('d:institutionRoleType', type);
      return word === '' ? '' : branch('d:institutionRole', word, flag('d:primaryRoleType', primary));
    }),
    ...encodePhones(data.phones, kept['telWords']),
    branch('d:photo', leaf('d:imgType', data.photo?.type), leaf('d:extRef', data.photo?.ref)),
    leaf('c:dataSource', data.dataSource, 2048),
    branch(
      'd:extension',
      encodeExtensionFields(keptFields(kept['fields'])),
      encodeRelationships(data.relationships, names, 'c', kept['relationWords'], reciprocals),
    ),
  ].join('');
}

function encodeAddress(address: Person['address']): string {
  return branch(
    'd:address',
    leaf('d:pobox', address?.pobox),
    leaf('d:extadd', address?.extended),
    leaf('d:locality', address?.locality),
    leaf('d:region', address?.region),
    leaf('d:postcode', address?.postcode),
    leaf('d:country', address?.country),
    ...(address?.streets ?? []).map((street) => leaf('d:street', street)),
  );
}

function genderWord(gender: string | undefined): string | undefined {
  if (gender === undefined) return undefined;
  return gender === 'male' ? 'Male' : gender === 'female' ? 'Female' : 'Gender';
}

function encodeDemographics(demographics: Person['demographics']): string {
  return branch(
    'd:demographics',
    leaf('d:gender', genderWord(demographics?.gender)),
    ...(demographics?.disabilities ?? []).map((each) => leaf('d:disability', each)),
    day('d:bday', demographics?.birthDate),
  );
}

function encodePhones(phones: Person['phones'], words: unknown): string[] {
  const kept = list(words);
  return (phones ?? []).map(({ type, value }, index) => {
    const word = kept[index];
    const written = typeof word === 'string' && telType(word) === type ? word : type;
    return branch('d:tel', leaf('d:telType', written), leaf('d:telValue', value));
  });
}
