import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startGateway, type TestGateway } from './gateway.ts';
import { find, makeClient, sourcedId, texts } from './messages.ts';
import { makeValidator } from './schemas.ts';

let gateway: TestGateway;
let call: ReturnType<typeof makeClient>;

beforeAll(async () => {
  gateway = await startGateway();
  call = makeClient(gateway.soap, makeValidator());
});
afterAll(() => gateway.close());

const done = 'success status';
const person = (op: string, id: string, content: string) =>
  call(`<pm:${op}PersonRequest>${sourcedId('pm', id)}<pm:person>${content}</pm:person></pm:${op}PersonRequest>`);
const group = (op: string, id: string, content: string) =>
  call(`<gm:${op}GroupRequest>${sourcedId('gm', id)}<gm:group>${content}</gm:group></gm:${op}GroupRequest>`);
const membership = (op: string, id: string, content: string) =>
  call(
    `<mm:${op}MembershipRequest>${sourcedId('mm', id)}<mm:membership>${content}</mm:membership></mm:${op}MembershipRequest>`,
  );
const one = (prefix: 'pm' | 'gm' | 'mm', op: string, id: string) =>
  call(`<${prefix}:${op}Request>${sourcedId(prefix, id)}</${prefix}:${op}Request>`);
const membershipsFor = (noun: 'Person' | 'Group', id: string) => {
  const end = `mm:${noun.toLowerCase()}SourcedId`;
  const request = `mm:readMembershipsFor${noun}Request`;
  return call(`<${request}><${end}><c:identifier>${id}</c:identifier></${end}></${request}>`);
};

const named = (first: string, last: string) =>
  `<pd:name><pd:partName><pd:namePartType>First</pd:namePartType><pd:namePartValue>${first}</pd:namePartValue></pd:partName><pd:partName><pd:namePartType>Last</pd:namePartType><pd:namePartValue>${last}</pd:namePartValue></pd:partName></pd:name>`;
const member = (groupId: string, personId: string, roles: string) =>
  `<md:groupSourcedId><c:identifier>${groupId}</c:identifier></md:groupSourcedId><md:member><md:memberSourcedId><c:identifier>${personId}</c:identifier></md:memberSourcedId>${roles}</md:member>`;
const role = (type: string, rest = '') => `<md:role><md:roleType>${type}</md:roleType>${rest}</md:role>`;

describe('persons', () => {
  test('createPerson writes a person, readPerson gives it back, and the message identifier is echoed', async () => {
    const created = await person('create', 'p-1', `${named('Ada', 'Ek')}<c:email>ada@example.org</c:email>`);
    expect(created.statuses).toEqual([done]);
    expect(created.messageIdentifier).toBe('42');
    expect(created.body).toMatchObject({ name: 'createPersonResponse', children: [] });
    const read = await one('pm', 'readPerson', 'p-1');
    expect(texts(read.body, 'namePartValue')).toEqual(['Ada', 'Ek']);
    expect(find(read.body, 'email')).toBe('ada@example.org');
  });

  test('createPerson on an identifier in use updates, keeping what the request does not hold', async () => {
    await person('create', 'p-2', `${named('Bo', 'Al')}<c:email>bo@example.org</c:email>`);
    expect((await person('create', 'p-2', named('Bo', 'Berg'))).statuses).toEqual([done]);
    const read = await one('pm', 'readPerson', 'p-2');
    expect(texts(read.body, 'namePartValue')).toEqual(['Bo', 'Berg']);
    expect(find(read.body, 'email')).toBe('bo@example.org');
  });

  test('updatePerson adds, replacePerson clears what is absent, and both create what is unknown', async () => {
    await person(
      'update',
      'p-3',
      `${named('Cy', 'Dal')}<c:email>cy@example.org</c:email><c:URL>http://cy.example</c:URL>`,
    );
    await person('update', 'p-3', '<c:email>new@example.org</c:email>');
    expect(find((await one('pm', 'readPerson', 'p-3')).body, 'URL')).toBe('http://cy.example');
    await person('replace', 'p-3', named('Cy', 'Dal'));
    const read = await one('pm', 'readPerson', 'p-3');
    expect([find(read.body, 'URL'), find(read.body, 'email')]).toEqual(['', '']);
    expect((await person('replace', 'p-4', named('Di', 'Ek'))).statuses).toEqual([done]);
    expect((await one('pm', 'readPerson', 'p-4')).statuses).toEqual([done]);
  });

  test('an empty text element clears in an update, an empty date counts as absent', async () => {
    const birth = '<pd:demographics><pd:gender>Female</pd:gender><pd:bday>2010-02-03</pd:bday></pd:demographics>';
    await person('create', 'p-5', `${named('Eva', 'Fors')}<c:email>e@example.org</c:email>${birth}`);
    await person('update', 'p-5', '<c:email/><pd:demographics><pd:bday/></pd:demographics>');
    const read = await one('pm', 'readPerson', 'p-5');
    expect(find(read.body, 'email')).toBe('');
    expect(find(read.body, 'bday')).toBe('2010-02-03');
  });

  test('deletePerson moves to the trash: not read, not deleted twice, brought back by createPerson', async () => {
    await person('create', 'p-6', named('Fia', 'Gran'));
    expect((await one('pm', 'deletePerson', 'p-6')).statuses).toEqual([done]);
    const read = await one('pm', 'readPerson', 'p-6');
    expect(read.statuses).toEqual(['failure error unknownobject']);
    expect(read.body.children).toEqual([]);
    expect((await one('pm', 'deletePerson', 'p-6')).statuses).toEqual(['failure error deletefailure']);
    expect((await one('pm', 'deletePerson', 'never')).statuses).toEqual(['failure error unknownobject']);
    await person('create', 'p-6', '<c:email>f@example.org</c:email>');
    expect(texts((await one('pm', 'readPerson', 'p-6')).body, 'namePartValue')).toEqual(['Fia', 'Gran']);
  });

  test('A set whose content is no item is not answered as success; an empty one has no status', async () => {
    const misplaced =
      '<pm:deletePersonsRequest><pm:sourcedIdSet><c:sourcedId><c:identifier>x</c:identifier></c:sourcedId></pm:sourcedIdSet></pm:deletePersonsRequest>';
    const refused = await call(misplaced);
    expect(refused.statuses).toEqual(['failure error invaliddata']);
    const empty = await call('<pm:deletePersonsRequest><pm:sourcedIdSet/></pm:deletePersonsRequest>');
    expect(empty.statuses).toEqual([]);
  });

  test('createPersons and deletePersons answer one status for each item in the order of the request', async () => {
    const pair = (id: string, content: string) =>
      `<pm:personIdPair>${sourcedId('pm', id)}<pm:person>${content}</pm:person></pm:personIdPair>`;
    const bad = '<pd:demographics><pd:bday>yesterday</pd:bday></pd:demographics>';
    const created = await call(
      `<pm:createPersonsRequest><pm:personIdPairSet>${pair('b-1', named('A', 'A'))}${pair('b-2', bad)}${pair('', '')}${pair('b-3', named('C', 'C'))}</pm:personIdPairSet></pm:createPersonsRequest>`,
    );
    expect(created.statuses).toEqual([done, 'failure error invaliddata', 'failure error incompletedata', done]);
    const ids = ['b-3', 'nobody', 'b-1'].map((id) => `<c:identifier>${id}</c:identifier>`).join('');
    const deleted = await call(
      `<pm:deletePersonsRequest><pm:sourcedIdSet>${ids}</pm:sourcedIdSet></pm:deletePersonsRequest>`,
    );
    expect(deleted.statuses).toEqual([done, 'failure error unknownobject', done]);
  });

  test('more than 1,000 items in a request are each refused with a clear text', async () => {
    const pair = `<pm:personIdPair>${sourcedId('pm', 'x')}<pm:person/></pm:personIdPair>`;
    const reply = await call(
      `<pm:createPersonsRequest><pm:personIdPairSet>${pair.repeat(1001)}</pm:personIdPairSet></pm:createPersonsRequest>`,
    );
    expect(new Set(reply.statuses)).toEqual(new Set(['failure error overflowfail']));
    expect(reply.statuses).toHaveLength(1001);
    expect(reply.description).toContain('at most 1000');
    expect((await one('pm', 'readPerson', 'x')).statuses).toEqual(['failure error unknownobject']);
  });

  test('what the schema does not know is left out with a warning', async () => {
    const reply = await person('create', 'p-7', `${named('Gro', 'Hav')}<pd:shoeSize>44</pd:shoeSize>`);
    expect(reply.statuses).toEqual(['success warning']);
    expect(reply.description).toContain('person/shoeSize');
  });

  test('children in no or another namespace of the standard, in any order, and nil are read', async () => {
    const loose =
      '<email>h@example.org</email><pm:URL>http://h.example</pm:URL><pd:formatName xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>';
    expect((await person('create', 'p-8', loose)).statuses).toEqual([done]);
    const read = await one('pm', 'readPerson', 'p-8');
    expect([find(read.body, 'email'), find(read.body, 'URL')]).toEqual(['h@example.org', 'http://h.example']);
  });

  test('an identifier longer than 1,024 characters is refused, in any plane of Unicode', async () => {
    const longest = '\u{1f600}'.repeat(1024);
    expect((await person('create', longest, named('A', 'B'))).statuses).toEqual([done]);
    expect((await one('pm', 'readPerson', longest)).statuses).toEqual([done]);
    expect((await one('pm', 'readPerson', `${longest}\u{1f600}`)).statuses).toEqual(['failure error invaliddata']);
    expect((await one('pm', 'readPerson', 'x'.repeat(1025))).statuses).toEqual(['failure error invaliddata']);
  });
});

describe('groups', () => {
  const type = (word: string, level = '') =>
    `<gd:groupType><gd:scheme>ItslearningOrganisationTypes</gd:scheme><gd:typeValue><gd:type>${word}</gd:type>${level === '' ? '' : `<gd:level>${level}</gd:level>`}</gd:typeValue></gd:groupType>`;
  const parent = (id: string) =>
    `<gd:relationship><gd:relation>Parent</gd:relation><gd:sourceId><c:identifier>${id}</c:identifier></gd:sourceId></gd:relationship>`;
  const title = (text: string) => `<gd:description><gd:descShort>${text}</gd:descShort></gd:description>`;

  test('createGroup and readGroup: type, parent and title come back, with level and label as the schema asks', async () => {
    await group('create', 'school-1', `${type('School', '1')}${title('North School')}`);
    const created = await group('create', 'course-1', `${type('Course')}${parent('school-1')}${title('Mathematics')}`);
    expect(created.statuses).toEqual([done]);
    const read = await one('gm', 'readGroup', 'course-1');
    expect([find(read.body, 'type'), find(read.body, 'level')]).toEqual(['Course', '-1']);
    expect([find(read.body, 'relation'), find(read.body, 'label')]).toEqual(['Parent', 'Parent']);
    expect(texts(read.body, 'identifier')).toEqual(['school-1']);
    expect(find(read.body, 'descShort')).toBe('Mathematics');
  });

  test('updateGroup without groupType keeps type and kind; replaceGroup clears relationships', async () => {
    await group('create', 'school-2', `${type('School', '1')}${title('South School')}`);
    await group('update', 'school-2', title('South High School'));
    const read = await one('gm', 'readGroup', 'school-2');
    expect([find(read.body, 'type'), find(read.body, 'descShort')]).toEqual(['School', 'South High School']);
    await group('create', 'course-2', `${type('CourseGroup')}${parent('school-2')}${title('Physics')}`);
    await group('replace', 'course-2', `${type('CourseGroup')}${title('Physics')}`);
    expect(find((await one('gm', 'readGroup', 'course-2')).body, 'relation')).toBe('');
  });

  test('the last day of a time frame comes back as it was sent', async () => {
    const day = (name: string, date: string) =>
      `<c:${name}><c:date>${date}</c:date><c:restrict>true</c:restrict></c:${name}>`;
    const frame = `<gd:timeFrame>${day('begin', '2026-08-17')}${day('end', '2027-02-28')}</gd:timeFrame>`;
    await group('create', 'term-1', `${type('Term')}${frame}`);
    expect(texts((await one('gm', 'readGroup', 'term-1')).body, 'date')).toEqual(['2026-08-17', '2027-02-28']);
  });

  test('a group whose sender gave no type, and a title longer than the schema allows, are read as valid answers', async () => {
    await group('create', 'untyped', title('T'.repeat(100)));
    const read = await one('gm', 'readGroup', 'untyped');
    expect(find(read.body, 'descShort')).toHaveLength(64);
    expect(find(read.body, 'descLong')).toHaveLength(100);
    expect(find(read.body, 'type')).toBe('Course');
  });

  test('deleteGroup moves a group to the trash', async () => {
    await group('create', 'gone', `${type('School', '1')}${title('Gone')}`);
    expect((await one('gm', 'deleteGroup', 'gone')).statuses).toEqual([done]);
    expect((await one('gm', 'readGroup', 'gone')).statuses).toEqual(['failure error unknownobject']);
  });

  const rename = (id: string, to: string) =>
    call(
      `<gm:changeGroupIdentifierRequest>${sourcedId('gm', id)}<gm:newSourcedId><c:identifier>${to}</c:identifier></gm:newSourcedId></gm:changeGroupIdentifierRequest>`,
    );

  test('changeGroupIdentifier of an archived course gives a warning and changes nothing', async () => {
    await group('create', 'course-3', `${type('Course')}${title('Chemistry')}`);
    await one('gm', 'deleteGroup', 'course-3');
    const reply = await rename('course-3', 'course-4');
    expect([reply.statuses, reply.description.includes('archived')]).toEqual([['success warning'], true]);
    expect((await one('gm', 'readGroup', 'course-4')).statuses).toEqual(['failure error unknownobject']);
    expect((await one('gm', 'readGroup', 'course-3')).statuses).toEqual([done]);
  });

  test('changeGroupIdentifier to that of a parent that has not arrived is refused where the group would be above itself', async () => {
    await group('create', 'above', `${type('School')}${parent('unknown-parent')}`);
    await group('create', 'below', `${type('Course')}${parent('above')}`);
    const reply = await rename('below', 'unknown-parent');
    expect([reply.statuses, reply.description.includes('it would be above itself')]).toEqual([
      ['failure error invaliddata'],
      true,
    ]);
    expect((await rename('above', 'unknown-parent')).statuses).toEqual([done]);
  });
});

describe('memberships', () => {
  beforeAll(async () => {
    await person('create', 'mp-1', named('Mia', 'Ness'));
    await person('create', 'mp-2', named('Nils', 'Os'));
    await group('create', 'mg-1', '<gd:description><gd:descShort>1A</gd:descShort></gd:description>');
    await group('create', 'mg-2', '<gd:description><gd:descShort>1B</gd:descShort></gd:description>');
  });

  test('createMembership, readMembership, deleteMembership', async () => {
    await person('create', 'mp-0', named('Liv', 'Moe'));
    expect((await membership('create', 'm-1', member('mg-1', 'mp-0', role('Learner')))).statuses).toEqual([done]);
    const read = await one('mm', 'readMembership', 'm-1');
    expect(texts(read.body, 'identifier')).toEqual(['mg-1', 'mp-0']);
    expect(find(read.body, 'roleType')).toBe('Learner');
    expect((await one('mm', 'deleteMembership', 'm-1')).statuses).toEqual([done]);
    expect((await one('mm', 'readMembership', 'm-1')).statuses).toEqual(['failure error unknownobject']);
  });

  test('updateMembership and replaceMembership change the role; another group or person is refused', async () => {
    await membership('create', 'm-2', member('mg-1', 'mp-1', role('Learner')));
    for (const op of ['create', 'update', 'replace']) {
      const group = await membership(op, 'm-2', member('mg-2', 'mp-1', role('Instructor')));
      expect(group.statuses).toEqual(['failure error invaliddata']);
      expect(group.description).toContain('groupSourcedId: The membership m-2 is of another group; delete it, or use');
      const person = await membership(op, 'm-2', member('mg-1', 'mp-2', role('Instructor')));
      expect(person.statuses).toEqual(['failure error invaliddata']);
      expect(person.description).toContain('memberSourcedId: The membership m-2 is of another member;');
    }
    const kept = await one('mm', 'readMembership', 'm-2');
    expect([texts(kept.body, 'identifier'), find(kept.body, 'roleType')]).toEqual([['mg-1', 'mp-1'], 'Learner']);
    for (const [op, word] of [
      ['update', 'Instructor'],
      ['replace', '02'],
    ] as const) {
      expect((await membership(op, 'm-2', member('mg-1', 'mp-1', role(word)))).statuses).toEqual([done]);
      const read = await one('mm', 'readMembership', 'm-2');
      expect([texts(read.body, 'identifier'), find(read.body, 'roleType')]).toEqual([['mg-1', 'mp-1'], word]);
    }
  });

  test('an identifier in the trash is free for another group and person, one of the same brings it back', async () => {
    const readEnds = async (id: string) => texts((await one('mm', 'readMembership', id)).body, 'identifier');
    await person('create', 'mp-bin', '');
    const old = member('mg-1', 'mp-bin', role('Learner'));
    await membership('create', 'm-free', old);
    await one('mm', 'deleteMembership', 'm-free');
    await membership('create', 'm-free', old);
    expect(await readEnds('m-free')).toEqual(['mg-1', 'mp-bin']);
    await one('mm', 'deleteMembership', 'm-free');
    expect((await membership('create', 'm-free', member('mg-free', 'mp-free', role('Mentor')))).statuses).toEqual([
      'success warning',
    ]);
    await group('create', 'mg-free', '');
    await person('create', 'mp-free', '');
    expect(await readEnds('m-free')).toEqual(['mg-free', 'mp-free']);
  });

  test('a group or person in the trash gives a warning, as one that has not arrived does', async () => {
    await group('create', 'mg-bin', '');
    await one('gm', 'deleteGroup', 'mg-bin');
    const reply = await membership('create', 'm-bin', member('mg-bin', 'mp-1', role('Learner')));
    expect([reply.statuses, reply.description.includes('The group mg-bin is in the trash')]).toEqual([
      ['success warning'],
      true,
    ]);
  });

  test('readMembershipsForPerson and readMembershipsForGroup answer membershipIDPairSet and one status', async () => {
    await membership('create', 'm-3', member('mg-1', 'mp-2', role('01')));
    await membership('create', 'm-4', member('mg-2', 'mp-2', role('Mentor')));
    const forPerson = await membershipsFor('Person', 'mp-2');
    expect(forPerson.statuses).toEqual([done]);
    expect(forPerson.text).toContain('<statusInfoSet><statusInfo>');
    expect(forPerson.body.children[0]?.name).toBe('membershipIDPairSet');
    expect(texts(forPerson.body, 'roleType')).toEqual(['01', 'Mentor']);
    const forGroup = await membershipsFor('Group', 'mg-1');
    expect(texts(forGroup.body, 'identifier')).toEqual(['m-2', 'mg-1', 'mp-1', 'm-3', 'mg-1', 'mp-2']);
    expect((await membershipsFor('Group', 'nowhere')).statuses).toEqual(['failure error unknownobject']);
  });

  test('a membership whose person has not arrived is created with a warning and can be read by its sender', async () => {
    const reply = await membership('create', 'm-5', member('mg-1', 'later', role('Learner')));
    expect(reply.statuses).toEqual(['success warning']);
    expect(texts((await one('mm', 'readMembership', 'm-5')).body, 'identifier')).toEqual(['mg-1', 'later']);
  });

  test('a membership without a group or a member is refused', async () => {
    const reply = await membership('create', 'm-6', '');
    expect(reply.statuses).toEqual(['failure error incompletedata']);
  });

  test('a group can be a member of a group', async () => {
    const inner = `<md:groupSourcedId><c:identifier>mg-1</c:identifier></md:groupSourcedId><md:member><md:memberSourcedId><c:identifier>mg-2</c:identifier></md:memberSourcedId><md:idType>2</md:idType>${role('Member')}</md:member>`;
    expect((await membership('create', 'm-7', inner)).statuses).toEqual([done]);
    const read = await one('mm', 'readMembership', 'm-7');
    expect([texts(read.body, 'identifier'), find(read.body, 'idType')]).toEqual([['mg-1', 'mg-2'], '2']);
  });

  test('deletePerson takes the memberships along and createPerson brings them back', async () => {
    await one('pm', 'deletePerson', 'mp-2');
    expect((await one('mm', 'readMembership', 'm-3')).statuses).toEqual(['failure error unknownobject']);
    await person('create', 'mp-2', named('Nils', 'Os'));
    expect((await one('mm', 'readMembership', 'm-3')).statuses).toEqual([done]);
  });
});
