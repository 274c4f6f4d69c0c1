import { type Membership, type Role, roleTypeName, roleTypeNumber, type SourcedId } from '../../model/index.ts';
import { element, type XmlElement } from '../../wire/index.ts';
import {
  chooseIds,
  readComment,
  readFlagElement,
  readSourcedId,
  readTimeFrame,
  readUserId,
  writeComment,
  writeFlag,
  writeSourcedId,
  writeTimeFrame,
  writeUserId,
} from './parts.ts';
import { isRemoval, readRecstatus } from './person.ts';
import { once, orderOf, type Reading } from './reading.ts';
import { makeKeptWriter, writeContainerRest } from './rest.ts';
import { readResult, writeResult } from './results.ts';

/**
 * A `member` as it is read; its data hold the roles that stay. `removed`: it is to go, where `withoutRoles` are named only
 * they are. `roleLevel`: a role says a `recstatus`, so that the member speaks of its roles one by one.
 */
export interface ReadMember {
  readonly id: SourcedId | undefined;
  readonly memberType: 'person' | 'group';
  readonly data: Omit<Membership, 'group' | 'member'>;
  readonly removed: boolean;
  readonly withoutRoles: readonly string[];
  readonly roleLevel: boolean;
}

const memberOrder = orderOf('comments', 'sourcedid', 'idtype', 'role', 'extension');
const roleOrder = orderOf(
  'subrole',
  'status',
  'userid',
  'comments',
  'datetime',
  'timeframe',
  'interimresult',
  'finalresult',
  'email',
  'datasource',
  'extension',
  'roletype',
);

/**
 * Reads `member` (IMS Enterprise 1.1 XML binding, membership). A member without `idtype` is a person, one without `role` a
 * learner, a role without `roletype` is 01 as the standard's default says. A role with `recstatus` 3 is one to take away.
 */
export function readMember(reading: Reading, xml: XmlElement): ReadMember {
  const ids: SourcedId[] = [];
  let roles: Role[] = [];
  const data: Omit<Membership, 'group' | 'member'> = { memberType: 'person', roles };
  const withoutRoles = new Set<string>();
  let roleLevel = false;
  let typed = false;
  const removed = readRecstatus(reading, xml);
  reading.children(xml, '', memberOrder, (name, child) => {
    switch (name) {
      case 'sourcedid': {
        const id = readSourcedId(reading, child, `sourcedid[${ids.length}]`);
        if (id !== undefined) ids.push(id);
        return true;
      }
      case 'comments':
        return once(data, 'comments', () => readComment(reading, child, name));
      case 'idtype':
        if (typed) return false;
        typed = readIdType(reading, child, data);
        return true;
      default: {
        const { role, recstatus } = readRole(reading, child);
        roleLevel ||= recstatus !== undefined;
        if (recstatus === 'remove') {
          withoutRoles.add(role.type);
          roles = roles.filter(({ type }) => type !== role.type);
        } else {
          withoutRoles.delete(role.type);
          roles.push(role);
        }
        return true;
      }
    }
  });
  if (!typed) reading.note('repair.idtype-missing', 'a member without idtype is read as a person', xml.line);
  if (roles.length === 0 && withoutRoles.size === 0) {
    reading.note('repair.role-missing', 'a member without role is read as a learner', xml.line);
    roles.push({ type: 'Learner' });
  }
  data.roles = roles;
  const { main } = chooseIds(ids);
  if (main?.source !== undefined) data.memberSource = main.source;
  return {
    id: main,
    memberType: data.memberType,
    data,
    removed: removed || roles.length === 0,
    withoutRoles: removed ? [] : [...withoutRoles],
    roleLevel,
  };
}

function readIdType(reading: Reading, xml: XmlElement, data: { memberType: 'person' | 'group' }): boolean {
  let word = xml.text.trim();
  reading.attributes(xml, 'idtype', (name, value) => {
    if (name !== 'idtype' || word !== '') return false;
    word = value.trim();
    if (word !== '') reading.note('repair.idtype-attribute', 'idtype is written as an attribute', xml.line);
    return true;
  });
  switch (word.toLowerCase()) {
    case '1':
    case 'person':
      return true;
    case '2':
    case 'group':
      data.memberType = 'group';
      return true;
    case '':
      return false;
    default:
      reading.note('repair.unknown-vocabulary', `idtype "${word.slice(0, 40)}" is read as a person`, xml.line);
      return true;
  }
}

/** Reads a role; `recstatus` is undefined where it says none. */
function readRole(reading: Reading, xml: XmlElement): { role: Role; recstatus: 'keep' | 'remove' | undefined } {
  const role: Role = { type: '' };
  let recstatus: 'keep' | 'remove' | undefined;
  const { extension } = reading.apart(() => {
    reading.attributes(xml, '', (name, value) => {
      if (name === 'recstatus') {
        if (value.trim() !== '') recstatus = isRemoval(reading, value, xml.line) ? 'remove' : 'keep';
      } else if (name === 'roletype') role.type = value.trim();
      else return false;
      return true;
    });
    reading.children(xml, '', roleOrder, (name, child) => readRolePart(reading, role, name, child));
  });
  if (role.type === '') {
    reading.note('repair.roletype-missing', 'a role without roletype is read as 01, Learner', xml.line);
    role.type = '01';
  }
  role.type = roleTypeName(role.type);
  if (extension !== undefined) role.extension = extension;
  return { role, recstatus };
}

function readRolePart(reading: Reading, role: Role, name: string, child: XmlElement): boolean {
  switch (name) {
    case 'roletype':
      if (role.type !== '') return false;
      role.type = reading.leaf(child, name) ?? '';
      reading.note('repair.roletype-element', 'roletype is written as an element', child.line);
      return true;
    case 'subrole':
      return once(role, 'subRole', () => reading.leaf(child, name));
    case 'status':
      return once(role, 'status', () => readFlagElement(reading, child, name, ''));
    case 'userid':
      return once(role, 'userId', () => readUserId(reading, child, name));
    case 'comments':
      return once(role, 'comments', () => readComment(reading, child, name));
    case 'datetime':
      return once(role, 'dateTime', () => reading.leaf(child, name));
    case 'timeframe':
      return once(role, 'timeFrame', () => readTimeFrame(reading, child, name));
    case 'email':
      return once(role, 'email', () => reading.leaf(child, name));
    case 'datasource':
      return once(role, 'dataSource', () => reading.leaf(child, name));
    default: {
      const field = name === 'interimresult' ? 'interimResults' : 'finalResults';
      const results = role[field] ?? [];
      role[field] = [...results, readResult(reading, child, `${name}[${results.length}]`)];
      return true;
    }
  }
}

/** Writes `member`; `id` is the member's own sourcedid. Words for roles that IMS does not number are written as they are. */
export function writeMember(membership: Membership, id: SourcedId, recstatus?: 1 | 2 | 3): string {
  const writer = makeKeptWriter(membership.extension);
  return writer.element(
    '',
    'member',
    undefined,
    writeComment(writer, 'comments', membership.comments),
    writeSourcedId(
      writer,
      'sourcedid[0]',
      membership.memberSource === undefined ? id : { ...id, source: membership.memberSource },
    ),
    element('idtype', undefined, membership.memberType === 'group' ? '2' : '1'),
    ...membership.roles.map((role) => writeRole(role, recstatus)),
  );
}

function writeRole(role: Role, recstatus: 1 | 2 | 3 | undefined): string {
  const writer = makeKeptWriter(role.extension);
  return writer.element(
    '',
    'role',
    { recstatus: recstatus?.toString(), roletype: roleTypeNumber(role.type) ?? role.type },
    writer.leaf('subrole', role.subRole),
    writer.leaf('status', writeFlag(role.status)),
    role.userId === undefined ? '' : writeUserId(writer, 'userid', role.userId),
    writeComment(writer, 'comments', role.comments),
    writer.leaf('datetime', role.dateTime),
    writeTimeFrame(writer, 'timeframe', role.timeFrame),
    ...(role.interimResults ?? []).map((result, index) =>
      writeResult(writer, `interimresult[${index}]`, 'interimresult', result),
    ),
    ...(role.finalResults ?? []).map((result, index) =>
      writeResult(writer, `finalresult[${index}]`, 'finalresult', result),
    ),
    writer.leaf('email', role.email),
    writer.leaf('datasource', role.dataSource),
  );
}

/** What a `membership` holds before its members; `extension` is that of the first. */
export function writeMembershipHead(group: SourcedId, extension: Membership['extension']): string {
  return writeSourcedId(makeKeptWriter(undefined), 'sourcedid', group) + writeContainerRest(extension);
}

/** Writes `membership`: a group's id and its members, each with its id. What the container held is taken from the first. */
export function writeMembership(
  group: SourcedId,
  members: readonly { readonly membership: Membership; readonly id: SourcedId }[],
  recstatus?: 1 | 2 | 3,
): string {
  return element(
    'membership',
    undefined,
    writeMembershipHead(group, members[0]?.membership.extension),
    ...members.map(({ membership, id }) => writeMember(membership, id, recstatus)),
  );
}
