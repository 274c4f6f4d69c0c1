import { instantOf, isDay } from '../../../base/instant.ts';
import {
  key,
  type Membership,
  type Role,
  type RoleResult,
  roleTypeName,
  type StoredRecord,
} from '../../../model/index.ts';
import type { Patch } from '../../../roster/index.ts';
import { element } from '../../../wire/index.ts';
import { common, serviceNamespaces } from '../namespaces.ts';
import type { Decoding } from './decoding.ts';
import { branch, flag, identified, leaf, record } from './elements.ts';
import { type Fields, filled, given, some } from './fields.ts';
import { decodeRoleExtension, encodeRoleExtension } from './home-organisation.ts';
import {
  decodeComments,
  decodeTimeFrame,
  decodeUserId,
  encodeComments,
  encodeTimeFrame,
  encodeUserId,
  idOf,
} from './parts.ts';

const d = serviceNamespaces.mms.data;
const idTypes = { '1': 'person', '2': 'group', Person: 'person', Group: 'group' } as const;
type IdType = keyof typeof idTypes;

/** Reads a `membership` (IMS-ES 1.0 membership data). What is left out is left out of the patch. */
export function decodeMembership(fields: Fields, { namespace, lengths }: Decoding): Patch<Membership> {
  const group = idOf(fields, d, 'groupSourcedId', lengths.groupId);
  const member = fields.one(d, 'member');
  if (member === undefined) {
    return given({ group: group === undefined ? undefined : key('group', namespace, group) });
  }
  const idType = member.choice(d, 'idType', Object.keys(idTypes) as IdType[]);
  const memberType = idTypes[idType ?? 'Person'];
  const id = idOf(member, d, 'memberSourcedId', memberType === 'group' ? lengths.groupId : lengths.personId);
  const roles = member
    .all(d, 'role')
    .filter(({ blank }) => !blank)
    .map(decodeRole);
  member.finish();
  return given({
    group: group === undefined ? undefined : key('group', namespace, group),
    member: id === undefined ? undefined : key(memberType, namespace, id),
    memberType: id === undefined ? undefined : memberType,
    roles: roles.length === 0 ? undefined : roles,
    extension: id === undefined ? undefined : { imsEs: { idType: idType ?? null } },
  });
}

function decodeRole(role: Fields): Role {
  const word = filled(role.text(d, 'roleType')?.trim());
  if (word === undefined) role.missing('roleType', 'is missing');
  const type = roleTypeName(word ?? '');
  const { homeOrganisation, kept } = decodeRoleExtension(role, type);
  const imsEs = given({ roleType: word === type ? undefined : word, fields: kept });
  const found = {
    type,
    ...given({
      subRole: filled(role.text(d, 'subRole')),
      comments: decodeComments(role, d) ?? undefined,
      userId: decodeUserId(role, d) ?? undefined,
      timeFrame: decodeTimeFrame(role, d),
      status: role.flag(d, 'status'),
      homeOrganisation,
      dateTime: decodeDateTime(role),
      email: filled(role.text(common, 'email')),
      interimResults: decodeResults(role, 'interimResult'),
      finalResults: decodeResults(role, 'finalResult'),
      dataSource: filled(role.text(common, 'dataSource')),
      extension: some(imsEs) === undefined ? undefined : { imsEs },
    }),
  };
  role.finish();
  return found;
}

function decodeResults(role: Fields, name: 'interimResult' | 'finalResult'): RoleResult[] | undefined {
  const results = role.all(d, name).filter(({ blank }) => !blank);
  return results.length === 0 ? undefined : results.map(decodeResult);
}

function isDateTime(text: string): boolean {
  return isDay(text) || instantOf(text) !== undefined;
}

function decodeDateTime(role: Fields): string | undefined {
  const text = filled(role.text(d, 'dateTime')?.trim());
  if (text !== undefined && !isDateTime(text)) role.invalid('dateTime', 'is not a date with time');
  return text;
}

function decodeResult(result: Fields): RoleResult {
  const values = result.one(d, 'values');
  const list = values?.texts(d, 'list').filter((value) => value !== '');
  const found = given({
    type: filled(result.text(d, 'resultType')),
    comments: decodeComments(result, d) ?? undefined,
    valueType: values?.choice(d, 'valueType', ['0', '1']),
    list: list === undefined || list.length === 0 ? undefined : list,
    min: values === undefined ? undefined : decodeDecimal(values, 'min'),
    max: values === undefined ? undefined : decodeDecimal(values, 'max'),
    mode: filled(result.text(d, 'mode')),
    result: filled(result.text(d, 'result')),
  });
  values?.finish();
  result.finish();
  return found;
}

const decimalShape = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;

function decodeDecimal(values: Fields, name: 'min' | 'max'): string | undefined {
  const text = filled(values.text(d, name)?.trim());
  if (text !== undefined && !decimalShape.test(text)) values.invalid(name, 'is not a decimal number');
  return text;
}

/** How the two ends of a membership are named. */
export interface MembershipEnds {
  readonly group: string;
  readonly member: string;
}

/** Writes the content of a `membership` in schema order. */
export function encodeMembership({ data }: StoredRecord<'membership'>, ends: MembershipEnds): string {
  const { idType } = record(data.extension?.imsEs);
  return (
    identified('d:groupSourcedId', ends.group) +
    element(
      'd:member',
      undefined,
      identified('d:memberSourcedId', ends.member),
      leaf('d:idType', idTypeWord(data.memberType, idType)),
      ...data.roles.map(encodeRole),
    )
  );
}

function idTypeWord(memberType: Membership['memberType'], kept: unknown): string | undefined {
  if (typeof kept === 'string' && Object.hasOwn(idTypes, kept) && idTypes[kept as IdType] === memberType) return kept;
  return memberType === 'group' ? 'Group' : undefined;
}

function encodeRole(role: Role): string {
  const { roleType } = record(role.extension?.imsEs);
  const word = typeof roleType === 'string' && roleTypeName(roleType) === role.type ? roleType : role.type;
  return element(
    'd:role',
    undefined,
    leaf('d:roleType', word) || element('d:roleType', undefined),
    leaf('d:subRole', role.subRole),
    encodeComments(role.comments),
    encodeUserId(role.userId),
    encodeTimeFrame(role.timeFrame),
    flag('d:status', role.status),
    encodeDateTime(role.dateTime),
    leaf('c:email', role.email, 2048),
    ...(role.interimResults ?? []).map((result) => encodeResult('d:interimResult', result)),
    ...(role.finalResults ?? []).map((result) => encodeResult('d:finalResult', result)),
    leaf('c:dataSource', role.dataSource, 2048),
    encodeRoleExtension(role),
  );
}

function encodeDateTime(text: string | undefined): string {
  if (text === undefined || !isDateTime(text)) return '';
  return leaf('d:dateTime', text.includes('T') ? text : `${text}T00:00:00`);
}

function encodeResult(name: string, result: RoleResult): string {
  const decimal = (tag: string, text: string | undefined) =>
    text !== undefined && decimalShape.test(text) ? leaf(tag, text) : '';
  const valueType = result.valueType === '0' || result.valueType === '1' ? result.valueType : undefined;
  return element(
    name,
    undefined,
    leaf('d:resultType', result.type),
    encodeComments(result.comments),
    branch(
      'd:values',
      leaf('d:valueType', valueType),
      ...(result.list ?? []).map((value) => leaf('d:list', value)),
      decimal('d:max', result.max),
      decimal('d:min', result.min),
    ),
    leaf('d:mode', result.mode),
    leaf('d:result', result.result),
  );
}
