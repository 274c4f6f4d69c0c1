import type { Address, Demographics, Person, SourcedId } from '../../model/index.ts';
import type { XmlElement } from '../../wire/index.ts';
import { parseDay } from './dates.ts';
import { readName, writeName } from './name.ts';
import {
  readComment,
  readFlag,
  readSourcedId,
  readUserId,
  writeComment,
  writeSourcedId,
  writeUserId,
} from './parts.ts';
import { filled, once, orderOf, type Reading } from './reading.ts';
import { makeKeptWriter } from './rest.ts';

/** A record as it is read: its data, its ids and what `recstatus` says. */
export interface ReadRecord<T> {
  readonly data: T;
  readonly ids: readonly SourcedId[];
  readonly removed: boolean;
}

const personOrder = orderOf(
  'comments',
  'sourcedid',
  'userid',
  'name',
  'demographics',
  'email',
  'url',
  'tel',
  'adr',
  'photo',
  'systemrole',
  'institutionrole',
  'datasource',
  'extension',
);
const demographicsOrder = orderOf('gender', 'bday', 'disability');
const addressOrder = orderOf('pobox', 'extadd', 'street', 'locality', 'region', 'pcode', 'country');
const photoOrder = orderOf('extref');

const phoneTypes = ['Voice', 'Fax', 'Mobile', 'Pager'];
const genders: Readonly<Record<string, string>> = {
  '0': 'unspecified',
  '1': 'female',
  '2': 'male',
  unknown: 'unspecified',
  female: 'female',
  f: 'female',
  male: 'male',
  m: 'male',
  other: 'other',
};
const genderNumbers: Readonly<Record<string, string>> = { unspecified: '0', female: '1', male: '2' };
const systemRoles = ['SysAdmin', 'SysSupport', 'Creator', 'AccountAdmin', 'User', 'Administrator', 'None'];

/** Whether an attribute `recstatus` asks for removal (3, Delete). */
export function isRemoval(reading: Reading, value: string, line: number): boolean {
  const word = value.trim().toLowerCase();
  if (!['', '1', '2', '3', 'add', 'update', 'delete'].includes(word)) {
    reading.note('repair.unknown-vocabulary', `recstatus "${value.slice(0, 40)}" is read as add or update`, line);
  }
  return word === '3' || word === 'delete';
}

/** Reads the attributes of a record: whether its `recstatus` asks for removal; all others are kept. */
export function readRecstatus(reading: Reading, xml: XmlElement): boolean {
  let removed = false;
  reading.attributes(xml, '', (name, value) => {
    if (name !== 'recstatus') return false;
    removed = isRemoval(reading, value, xml.line);
    return true;
  });
  return removed;
}

/** Reads `person` (IMS Enterprise 1.1 XML binding, person). Empty elements count as absent; texts are trimmed. */
export function readPerson(reading: Reading, xml: XmlElement): ReadRecord<Person> {
  const data: Person = {};
  const ids: SourcedId[] = [];
  const removed = readRecstatus(reading, xml);
  reading.children(xml, '', personOrder, (name, child) => {
    switch (name) {
      case 'sourcedid': {
        const id = readSourcedId(reading, child, `sourcedid[${ids.length}]`);
        if (id !== undefined) ids.push(id);
        return true;
      }
      case 'comments':
        return once(data, 'comments', () => readComment(reading, child, name));
      case 'userid': {
        const users = data.userIds ?? [];
        const user = readUserId(reading, child, `userid[${users.length}]`);
        if (user !== undefined) data.userIds = [...users, user];
        return true;
      }
      case 'name':
        return once(data, 'name', () => readName(reading, child));
      case 'demographics':
        return once(data, 'demographics', () => readDemographics(reading, child));
      case 'email':
      case 'url':
        return once(data, name, () => reading.leaf(child, name));
      case 'tel':
        readPhone(reading, child, data);
        return true;
      case 'adr':
        return once(data, 'address', () => readAddress(reading, child));
      case 'photo':
        return once(data, 'photo', () => readPhoto(reading, child));
      case 'systemrole':
        return once(data, 'systemRole', () => readSystemRole(reading, child));
      case 'institutionrole':
        readInstitutionRole(reading, child, data);
        return true;
      default:
        return once(data, 'dataSource', () => reading.leaf(child, name));
    }
  });
  return { data, ids, removed };
}

function readDemographics(reading: Reading, xml: XmlElement): Demographics | undefined {
  const result: Demographics = {};
  reading.attributes(xml, 'demographics', () => false);
  reading.children(xml, 'demographics', demographicsOrder, (name, child) => {
    const path = `demographics/${name}`;
    switch (name) {
      case 'gender':
        return once(result, 'gender', () => {
          const word = reading.leaf(child, path);
          if (word === undefined) return undefined;
          const known = Object.hasOwn(genders, word.toLowerCase()) ? genders[word.toLowerCase()] : undefined;
          if (known === undefined) {
            reading.note('repair.unknown-vocabulary', `gender "${word.slice(0, 40)}" is kept as it is`, child.line);
          }
          return known ?? word;
        });
      case 'bday':
        return once(result, 'birthDate', () => readBirthDate(reading, child, path));
      default: {
        const all = result.disabilities ?? [];
        const disability = reading.leaf(child, `${path}[${all.length}]`);
        if (disability !== undefined) result.disabilities = [...all, disability];
        return true;
      }
    }
  });
  return filled(result);
}

function readBirthDate(reading: Reading, xml: XmlElement, path: string): string | undefined {
  const text = reading.leaf(xml, path);
  if (text === undefined) return undefined;
  const parsed = parseDay(text);
  if (parsed?.exact === true && parsed.day === text) return text;
  const shown = parsed === undefined ? 'is no date that can be read; kept as it is' : `is read as ${parsed.day}`;
  reading.note('repair.date-format', `a birthday ${shown}`, xml.line);
  return parsed?.day ?? text;
}

function readPhone(reading: Reading, xml: XmlElement, data: Person): void {
  const phones = data.phones ?? [];
  const path = `tel[${phones.length}]`;
  let type = 'Voice';
  reading.attributes(xml, path, (name, value) => {
    if (name !== 'teltype') return false;
    const word = value.trim();
    const known =
      phoneTypes[Number(word) - 1] ?? phoneTypes.find((phone) => phone.toLowerCase() === word.toLowerCase());
    if (known === undefined && word !== '') {
      reading.note('repair.unknown-vocabulary', `teltype "${word.slice(0, 40)}" is kept as it is`, xml.line);
    }
    type = known ?? (word === '' ? 'Voice' : word);
    return true;
  });
  for (const child of xml.children) reading.keep(path, child);
  const value = xml.text.trim();
  if (value !== '') data.phones = [...phones, { type, value }];
}

function readAddress(reading: Reading, xml: XmlElement): Address | undefined {
  const result: Address = {};
  reading.attributes(xml, 'adr', () => false);
  reading.children(xml, 'adr', addressOrder, (name, child) => {
    const leaf = () => reading.leaf(child, `adr/${name}`);
    switch (name) {
      case 'street': {
        const streets = result.streets ?? [];
        const street = reading.leaf(child, `adr/street[${streets.length}]`);
        if (street !== undefined) result.streets = [...streets, street];
        return true;
      }
      case 'extadd':
        return once(result, 'extended', leaf);
      case 'pcode':
        return once(result, 'postcode', leaf);
      default:
        return once(result, name as 'pobox' | 'locality' | 'region' | 'country', leaf);
    }
  });
  return filled(result);
}

function readPhoto(reading: Reading, xml: XmlElement): Person['photo'] {
  const photo: NonNullable<Person['photo']> = {};
  reading.attributes(xml, 'photo', (name, value) => {
    if (name !== 'imgtype') return false;
    photo.type = value;
    return true;
  });
  reading.children(xml, 'photo', photoOrder, (_, child) =>
    once(photo, 'ref', () => reading.leaf(child, 'photo/extref')),
  );
  return filled(photo);
}

function readSystemRole(reading: Reading, xml: XmlElement): string | undefined {
  let role = xml.text.trim();
  reading.attributes(xml, 'systemrole', (name, value) => {
    if (name !== 'systemroletype') return false;
    role = value.trim();
    return true;
  });
  if (role === '') return undefined;
  const known = systemRoles.find((name) => name.toLowerCase() === role.toLowerCase());
  if (known === undefined) {
    reading.note('repair.unknown-vocabulary', `systemroletype "${role.slice(0, 40)}" is kept as it is`, xml.line);
  }
  return known ?? role;
}

function readInstitutionRole(reading: Reading, xml: XmlElement, data: Person): void {
  const roles = data.institutionRoles ?? [];
  const path = `institutionrole[${roles.length}]`;
  let type = xml.text.trim();
  let primary = false;
  reading.attributes(xml, path, (name, value) => {
    if (name === 'institutionroletype') type = value.trim();
    else if (name === 'primaryrole') primary = readPrimary(reading, value, xml.line);
    else return false;
    return true;
  });
  for (const child of xml.children) reading.keep(path, child);
  if (type !== '') data.institutionRoles = [...roles, { type, primary }];
}

// `Yes` and `No` are the standard's own words here.
function readPrimary(reading: Reading, value: string, line: number): boolean {
  if (value === 'Yes' || value === 'No') return value === 'Yes';
  return readFlag(reading, value, line) ?? false;
}

/** Writes `person`; `recstatus` is left out where none is given. Fields that IMS Enterprise lacks are not written. */
export function writePerson(person: Person, ids: readonly SourcedId[], recstatus?: 1 | 2 | 3): string {
  const writer = makeKeptWriter(person.extension);
  const { demographics, address, photo } = person;
  return writer.element(
    '',
    'person',
    { recstatus: recstatus?.toString() },
    writeComment(writer, 'comments', person.comments),
    ...ids.map((id, index) => writeSourcedId(writer, `sourcedid[${index}]`, id)),
    ...(person.userIds ?? []).map((user, index) => writeUserId(writer, `userid[${index}]`, user)),
    writeName(writer, person.name),
    writer.element(
      'demographics',
      'demographics',
      undefined,
      writer.leaf(
        'demographics/gender',
        demographics?.gender && (genderNumbers[demographics.gender] ?? demographics.gender),
      ),
      writer.leaf('demographics/bday', demographics?.birthDate),
      ...(demographics?.disabilities ?? []).map((value, index) =>
        writer.leaf(`demographics/disability[${index}]`, value, {}, 'disability'),
      ),
    ),
    writer.leaf('email', person.email),
    writer.leaf('url', person.url),
    ...(person.phones ?? []).map(({ type, value }, index) =>
      writer.leaf(`tel[${index}]`, value, { teltype: phoneNumber(type) }, 'tel'),
    ),
    writer.element(
      'adr',
      'adr',
      undefined,
      writer.leaf('adr/pobox', address?.pobox),
      writer.leaf('adr/extadd', address?.extended),
      ...(address?.streets ?? []).map((street, index) => writer.leaf(`adr/street[${index}]`, street, {}, 'street')),
      writer.leaf('adr/locality', address?.locality),
      writer.leaf('adr/region', address?.region),
      writer.leaf('adr/pcode', address?.postcode),
      writer.leaf('adr/country', address?.country),
    ),
    writer.element('photo', 'photo', { imgtype: photo?.type }, writer.leaf('photo/extref', photo?.ref)),
    writer.element('systemrole', 'systemrole', { systemroletype: person.systemRole }),
    ...(person.institutionRoles ?? []).map(({ type, primary }, index) =>
      writer.element(`institutionrole[${index}]`, 'institutionrole', {
        primaryrole: primary ? 'Yes' : 'No',
        institutionroletype: type,
      }),
    ),
    writer.leaf('datasource', person.dataSource),
  );
}

function phoneNumber(type: string): string {
  const index = phoneTypes.indexOf(type);
  return index < 0 ? type : String(index + 1);
}
