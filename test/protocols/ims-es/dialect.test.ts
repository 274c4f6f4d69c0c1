import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type DataOf, key, type RecordType } from '../../../src/model/index.ts';
import { type Context, defaultTenantSettings, type Patch } from '../../../src/roster/index.ts';
import { startGateway, type TestGateway } from './gateway.ts';
import { find, makeClient, type Reply, sourcedId, texts } from './messages.ts';
import { makeValidator } from './schemas.ts';

const validate = makeValidator();
const done = 'success status';
const warned = 'success warning';
let gateway: TestGateway;
let call: ReturnType<typeof makeClient>;
let context: Context;

beforeAll(async () => {
  gateway = await startGateway();
  call = makeClient(gateway.soap, validate);
  const credential = await gateway.rooms.access.soapUser('sis', 'open sesame');
  if (!credential.ok) throw new Error('no credential');
  context = { ...credential.value, source: 'rest' };
});
afterAll(() => gateway.close());

const nouns = { pm: 'Person', gm: 'Group', mm: 'Membership' } as const;
type Prefix = keyof typeof nouns;

function write(prefix: Prefix, op: string, id: string, content: string): Promise<Reply> {
  const noun = nouns[prefix];
  const record = `<${prefix}:${noun.toLowerCase()}>${content}</${prefix}:${noun.toLowerCase()}>`;
  return call(`<${prefix}:${op}${noun}Request>${sourcedId(prefix, id)}${record}</${prefix}:${op}${noun}Request>`);
}
const read = (prefix: Prefix, id: string): Promise<Reply> => {
  const request = `${prefix}:read${nouns[prefix]}Request`;
  return call(`<${request}>${sourcedId(prefix, id)}</${request}>`);
};

/** The canonical record of an identifier. */
async function stored<T extends RecordType>(type: T, id: string) {
  const [record] = await gateway.rooms.roster.find(context, type, [key(type, context.namespace, id)]);
  if (record === undefined) throw new Error(`no ${type} ${id}`);
  return record;
}

/** Writes canonical data as another protocol does. */
async function otherDoor<T extends RecordType>(type: T, id: string, data: Patch<DataOf[T]>): Promise<void> {
  const change = { op: 'upsert', type, key: key(type, context.namespace, id), data } as never;
  const [result] = await gateway.rooms.roster.execute(context, [change]);
  if (result?.ok !== true) throw new Error(JSON.stringify(result));
}

const field = (name: string, value: string, type = 'String') =>
  `<c:extensionField><c:fieldName>${name}</c:fieldName><c:fieldType>${type}</c:fieldType><c:fieldValue>${value}</c:fieldValue></c:extensionField>`;
/** Extension fields of an answer as `name=value`, in order. */
const fieldsOf = ({ body }: Reply) => {
  const values = texts(body, 'fieldValue');
  return texts(body, 'fieldName').map((name, at) => `${name}=${values[at]}`);
};

describe('The home organisation of a member', () => {
  const member = (roles: string) =>
    `<md:groupSourcedId><c:identifier>school</c:identifier></md:groupSourcedId><md:member><md:memberSourcedId><c:identifier>pupil</c:identifier></md:memberSourcedId>${roles}</md:member>`;
  const role = (type: string, ...fields: readonly string[]) =>
    `<md:role><md:roleType>${type}</md:roleType>${fields.length === 0 ? '' : `<md:extension>${fields.join('')}</md:extension>`}</md:role>`;
  const home = (value: string) => field('HomeOrganisation', value, 'bool');
  const flagOf = async () => (await stored('membership', 'home')).data.roles[0]?.homeOrganisation;

  beforeAll(async () => {
    await otherDoor('group', 'school', { kind: 'org', orgType: 'school' });
    await write('pm', 'create', 'pupil', '');
  });

  test.each([
    ['1', true],
    ['0', false],
    ['true', true],
    ['FALSE', false],
  ])(
    'is marked by HomeOrganisation, here %s, which comes back as it was written and in its place',
    async (value, flag) => {
      const fields = [field('before', 'x'), home(value), field('after', 'y')];
      expect((await write('mm', 'replace', 'home', member(role('Learner', ...fields)))).statuses).toEqual([done]);
      expect(await flagOf()).toBe(flag);
      const answer = await read('mm', 'home');
      expect(fieldsOf(answer)).toEqual(['before=x', `HomeOrganisation=${value}`, 'after=y']);
      expect(texts(answer.body, 'fieldType')).toEqual(['String', 'bool', 'String']);
    },
  );

  test('is not marked by a replace without it', async () => {
    await write('mm', 'replace', 'home', member(role('Learner', home('1'))));
    await write('mm', 'replace', 'home', member(role('Learner')));
    expect([await flagOf(), fieldsOf(await read('mm', 'home'))]).toEqual([undefined, []]);
  });

  test('is kept by an update that does not speak of it, and unset by one that says 0', async () => {
    await write('mm', 'replace', 'home', member(role('Learner', home('1'))));
    await write('mm', 'update', 'home', member(role('Instructor', field('other', 'x'))));
    expect(await flagOf()).toBe(true);
    const answer = await read('mm', 'home');
    expect([fieldsOf(answer), texts(answer.body, 'roleType')]).toEqual([
      ['other=x', 'HomeOrganisation=1'],
      ['Instructor'],
    ]);
    await write('mm', 'update', 'home', member(role('Learner', home('0'))));
    expect([await flagOf(), fieldsOf(await read('mm', 'home'))]).toEqual([false, ['HomeOrganisation=0']]);
  });

  test('is the one that was said last, also when it is said again without another word', async () => {
    await otherDoor('group', 'second-school', { kind: 'org', orgType: 'school' });
    const at = (id: string) => member(role('Learner', home('1'))).replace('school', id);
    const homeOf = async () => (await stored('person', 'pupil')).derived?.home;
    const guids = await Promise.all(['school', 'second-school'].map(async (id) => (await stored('group', id)).guid));
    await write('mm', 'replace', 'home', at('school'));
    await write('mm', 'create', 'home-2', at('second-school'));
    expect(await homeOf()).toBe(guids[1]);
    expect((await write('mm', 'update', 'home', at('school'))).statuses).toEqual([done]);
    expect(await homeOf()).toBe(guids[0]);
    await write('pm', 'update', 'pupil', '<c:email>pupil@example.org</c:email>');
    await write('mm', 'update', 'home-2', member(role('Learner')).replace('school', 'second-school'));
    expect(await homeOf()).toBe(guids[0]);
    await call(`<mm:deleteMembershipRequest>${sourcedId('mm', 'home-2')}</mm:deleteMembershipRequest>`);
  });

  test.each(['06', 'Mentor'])('is not marked by a role %s, which is remarked on; the field is kept', async (type) => {
    const reply = await write('mm', 'replace', 'home', member(role(type, home('1'))));
    expect(reply.statuses).toEqual([warned]);
    expect(reply.description).toContain('HomeOrganisation');
    expect([await flagOf(), fieldsOf(await read('mm', 'home'))]).toEqual([undefined, ['HomeOrganisation=1']]);
  });

  test('is not marked by a value that says neither yes nor no, which is remarked on; the field is kept', async () => {
    const reply = await write('mm', 'replace', 'home', member(role('Learner', home('maybe'))));
    expect([reply.statuses, reply.description.includes('neither 1 nor 0')]).toEqual([[warned], true]);
    expect([await flagOf(), fieldsOf(await read('mm', 'home'))]).toEqual([undefined, ['HomeOrganisation=maybe']]);
  });

  test('that another protocol marks is written out, and what it changes is not given back as it was', async () => {
    await write('mm', 'replace', 'home', member(role('Learner')));
    await otherDoor('membership', 'home', { roles: [{ type: 'Learner', homeOrganisation: true }] });
    const answer = await read('mm', 'home');
    expect([fieldsOf(answer), find(answer.body, 'fieldType')]).toEqual([['HomeOrganisation=1'], 'bool']);

    const kept = { imsEs: { fields: [{ name: 'HomeOrganisation', type: 'bool', value: '1' }] } };
    await otherDoor('membership', 'home', {
      roles: [{ type: 'Learner', homeOrganisation: false, extension: kept }],
    });
    expect(fieldsOf(await read('mm', 'home'))).toEqual(['HomeOrganisation=0']);
    await otherDoor('membership', 'home', { roles: [{ type: 'Learner', extension: kept }] });
    expect(fieldsOf(await read('mm', 'home'))).toEqual([]);
  });
});

describe('Organisation types', () => {
  const typed = (scheme: string, type: string, level: string) =>
    `<gd:groupType><gd:scheme>${scheme}</gd:scheme><gd:typeValue>${type === '' ? '' : `<gd:type>${type}</gd:type>`}${level === '' ? '' : `<gd:level>${level}</gd:level>`}</gd:typeValue></gd:groupType>`;
  const shown = ({ body }: Reply) => ['scheme', 'type', 'level'].map((name) => find(body, name));
  const its = 'ItslearningOrganisationTypes';

  test.each([
    ['Unspecified', '-1', 'org', 'org', ['Unspecified', '-1']],
    ['Site', '0', 'org', 'org', ['Site', '0']],
    ['School', '1', 'org', 'school', ['School', '1']],
    ['Course', '', 'class', 'class', ['Course', '-1']],
    ['CourseGroup', '', 'class', 'class', ['CourseGroup', '-1']],
    ['Site', '', 'org', 'org', ['Site', '0']],
    ['School', '', 'org', 'school', ['School', '1']],
    ['', '-1', 'org', 'org', ['Unspecified', '-1']],
    ['', '0', 'org', 'org', ['Site', '0']],
    ['', '1', 'org', 'school', ['School', '1']],
  ])('type %j of level %j is a kind of %s', async (type, level, kind, view, back) => {
    for (const scheme of [its, 'ItsLearningOrganisationTypes']) {
      const id = `type-${scheme}-${type}${level}`;
      expect((await write('gm', 'create', id, typed(scheme, type, level))).statuses).toEqual([done]);
      const record = await stored('group', id);
      expect(record.data.kind).toBe(kind);
      const views = ['org', 'school', 'class', 'course'] as const;
      const served = await Promise.all(
        views.map(async (each) => (await gateway.rooms.roster.served(context, each, record.sourcedId)) && each),
      );
      expect(served.filter((each) => each !== undefined).at(-1)).toBe(view);
      expect(shown(await read('gm', id))).toEqual([scheme, ...back]);
    }
  });

  test('a level that is not that of the type is remarked on, the type is followed, and both come back as sent', async () => {
    const reply = await write('gm', 'create', 'contrary', typed(its, 'Unspecified', '1'));
    expect([reply.statuses, reply.description.includes('groupType/typeValue/level')]).toEqual([[warned], true]);
    expect(await gateway.rooms.roster.served(context, 'school', 'contrary')).toBeUndefined();
    expect(shown(await read('gm', 'contrary'))).toEqual([its, 'Unspecified', '1']);
    expect((await write('gm', 'create', 'foreign', typed('Own', 'School', '7'))).statuses).toEqual([done]);
  });

  test.each([
    ['org', { orgType: 'school' }, [its, 'School', '1']],
    ['org', { orgType: 'district' }, [its, 'Site', '0']],
    ['org', { orgType: 'department' }, [its, 'Unspecified', '-1']],
    ['class', {}, [its, 'Course', '-1']],
    ['course', {}, ['Rostergate', 'CourseTemplate', '-1']],
    ['session', {}, ['Rostergate', 'Term', '-1']],
  ] as const)(
    'a kind of %s %j whose sender named no type is shown with one that means the same here',
    async (kind, more, back) => {
      const id = `made-${kind}-${back[1]}`;
      await otherDoor('group', id, { kind, ...more });
      const answer = await read('gm', id);
      expect(shown(answer)).toEqual(back);
      const [scheme, type, level] = back;
      await write('gm', 'update', id, typed(scheme, type, level));
      expect((await stored('group', id)).data.kind).toBe(kind);
    },
  );

  test('a parent may be named by sourcedId and without a label', async () => {
    await write('gm', 'create', 'upper', typed(its, 'School', '1'));
    for (const name of ['sourceId', 'sourcedId']) {
      const parent = `<gd:relationship><gd:relation>Parent</gd:relation><gd:${name}><c:identifier>upper</c:identifier></gd:${name}></gd:relationship>`;
      expect((await write('gm', 'create', `under-${name}`, parent)).statuses).toEqual([done]);
      const { body } = await read('gm', `under-${name}`);
      expect(['relation', 'identifier', 'label'].map((each) => find(body, each))).toEqual([
        'Parent',
        'upper',
        'Parent',
      ]);
    }
  });
});

describe('Courses', () => {
  const type = (word: string, scheme = 'ItslearningOrganisationTypes') =>
    `<gd:groupType><gd:scheme>${scheme}</gd:scheme><gd:typeValue><gd:type>${word}</gd:type></gd:typeValue></gd:groupType>`;
  const title = (text: string) => `<gd:description><gd:descShort>${text}</gd:descShort></gd:description>`;
  const extension = (...fields: readonly string[]) => `<gd:extension>${fields.join('')}</gd:extension>`;

  test('extension fields come back as they were sent, in order; the title and the code have their place', async () => {
    const names = [
      ['course/template/synckey', 't-1'],
      ['course', 'Mathematics 1'],
      ['course/code', 'MAT1'],
      ['course/credits', '5'],
      ['course/credit', '5'],
      ['course/template/terms/7/sourcetermsynckey', 'term-7'],
      ['course/template/coursecreatorsynckey', 'p-1'],
    ];
    const fields = names.map(([name = '', value = '']) => field(name, value));
    expect((await write('gm', 'create', 'maths', `${type('Course')}${extension(...fields)}`)).statuses).toEqual([done]);
    const answer = await read('gm', 'maths');
    expect(fieldsOf(answer)).toEqual(names.map((pair) => pair.join('=')));
    expect(find(answer.body, 'descShort')).toBe('Mathematics 1');
    const { data } = await stored('group', 'maths');
    expect([data.description?.short, data.classCode, data.courseCode]).toEqual(['Mathematics 1', 'MAT1', undefined]);
  });

  test('the code goes where the kind has it, also in an update that does not say the kind', async () => {
    const code = (value: string) => extension(field('course/code', value));
    await write('gm', 'create', 'catalogue', `${type('Course', 'Luminis')}${code('A1')}`);
    expect((await stored('group', 'catalogue')).data).toMatchObject({ kind: 'course', courseCode: 'A1' });
    await write('gm', 'update', 'catalogue', code('A2'));
    expect((await stored('group', 'catalogue')).data.courseCode).toBe('A2');
    expect(fieldsOf(await read('gm', 'catalogue'))).toEqual(['course/code=A2']);
    await write('gm', 'update', 'catalogue', code(''));
    expect((await stored('group', 'catalogue')).data.courseCode).toBeUndefined();
    expect(fieldsOf(await read('gm', 'catalogue'))).toEqual(['course/code=']);
    await write('gm', 'create', 'office', `${type('School')}${code('B1')}`);
    expect((await stored('group', 'office')).data).not.toHaveProperty('classCode');
    expect(fieldsOf(await read('gm', 'office'))).toEqual(['course/code=B1']);
  });

  test('a title beside the field is the title, and both come back', async () => {
    await write('gm', 'create', 'both', `${type('Course')}${title('Maths 1A')}${extension(field('course', 'Maths'))}`);
    const answer = await read('gm', 'both');
    expect([find(answer.body, 'descShort'), fieldsOf(answer)]).toEqual(['Maths 1A', ['course=Maths']]);
    await write('gm', 'update', 'both', extension(field('course', 'Maths 2')));
    expect(find((await read('gm', 'both')).body, 'descShort')).toBe('Maths 2');
  });

  test('what another protocol changes comes back in the fields too', async () => {
    const fields = [field('course', 'Old'), field('course/credits', '5'), field('course/code', 'OLD')];
    await write('gm', 'create', 'changed', `${type('Course')}${extension(...fields)}`);
    await otherDoor('group', 'changed', { description: { short: 'New' }, classCode: 'NEW' });
    const answer = await read('gm', 'changed');
    expect(fieldsOf(answer)).toEqual(['course=New', 'course/credits=5', 'course/code=NEW']);
    expect(find(answer.body, 'descShort')).toBe('New');
    await otherDoor('group', 'changed', { description: null, classCode: null });
    const cleared = await read('gm', 'changed');
    expect(fieldsOf(cleared)).toEqual(['course=Old', 'course/credits=5']);
    expect(find(cleared.body, 'descShort')).toBe('Old');
    await otherDoor('group', 'coded', { kind: 'class', classCode: 'C-1' });
    expect(fieldsOf(await read('gm', 'coded'))).toEqual(['course/code=C-1']);
  });
});

describe('Profiles', () => {
  const role = (word: string) =>
    `<pd:institutionRole><pd:institutionRoleType>${word}</pd:institutionRoleType><pd:primaryRoleType>true</pd:primaryRoleType></pd:institutionRole>`;

  test.each([
    ['Student', 'student'],
    ['Staff', 'teacher'],
    ['Guest', 'student'],
    ['Administrator', 'siteAdministrator'],
    ['Carer', 'parent'],
    ['System Administrator', 'systemAdministrator'],
    ['AICC', 'student'],
    ['Vaktmester', 'student'],
  ])('%s is a OneRoster %s, and the word comes back', async (word, expected) => {
    expect((await write('pm', 'create', `profile-${word}`, role(word))).statuses).toEqual([done]);
    const { derived } = await stored('person', `profile-${word}`);
    expect(derived?.roles?.[0] ?? 'student').toBe(expected);
    expect(find((await read('pm', `profile-${word}`)).body, 'institutionRoleType')).toBe(word);
  });

  test.each(['<pd:institutionRole/>', role(''), role('  ')])('%s is remarked on and changes nothing', async (empty) => {
    await write('pm', 'create', 'profile', role('Staff'));
    const reply = await write('pm', 'update', 'profile', empty);
    expect([reply.statuses, reply.description]).toEqual([
      [warned],
      'person/institutionRole names no role and counts as absent',
    ]);
    expect(texts((await read('pm', 'profile')).body, 'institutionRoleType')).toEqual(['Staff']);
  });
});

describe('Persons', () => {
  const relation = (word: string, id: string, label = '') =>
    `<c:relationship><c:relation>${word}</c:relation><c:sourceId><c:identifier>${id}</c:identifier></c:sourceId>${label}</c:relationship>`;
  const shown = async (id: string) => {
    const { body } = await read('pm', id);
    const ids = texts(body, 'identifier');
    return texts(body, 'relation').map((word, at) => `${word} ${ids[at]}`);
  };

  test('parents, children and other names are read from both sides, each once', async () => {
    for (const id of ['child', 'other', 'alias']) await write('pm', 'create', id, '');
    const label = '<c:label>Mother</c:label>';
    await write(
      'pm',
      'create',
      'mother',
      `<pd:extension>${relation('Child', 'child', label)}${relation('2', 'other')}${relation('KnownAs', 'alias')}</pd:extension>`,
    );
    expect(await shown('child')).toEqual(['Parent mother']);
    expect(await shown('other')).toEqual(['Parent mother']);
    expect(await shown('alias')).toEqual(['KnownAs mother']);
    await write(
      'pm',
      'update',
      'child',
      `<pd:extension>${relation('1', 'mother')}${relation('3', 'alias')}</pd:extension>`,
    );
    expect(await shown('child')).toEqual(['3 alias', 'Parent mother']);
    expect((await shown('alias')).sort()).toEqual(['KnownAs child', 'KnownAs mother']);
    await call(`<pm:deletePersonRequest>${sourcedId('pm', 'mother')}</pm:deletePersonRequest>`);
    expect(await shown('other')).toEqual([]);
  });

  test('what a client reads of one and writes back does not name the relationship a second time', async () => {
    const [first, second] = [relation('Child', 'mirror'), relation('Parent', 'source', '<c:label>Parent</c:label>')];
    const related = (content: string) => (content === '' ? '' : `<pd:extension>${content}</pd:extension>`);
    await write('pm', 'create', 'source', related(first));
    await write('pm', 'create', 'mirror', related(second));
    expect((await stored('person', 'mirror')).data.relationships).toBeUndefined();
    await write('pm', 'replace', 'mirror', related(second + relation('KnownAs', 'third')));
    expect((await stored('person', 'mirror')).data.relationships).toHaveLength(1);
    expect(await shown('mirror')).toEqual(['KnownAs third', 'Parent source']);
    await write('pm', 'replace', 'source', '');
    expect([await shown('source'), await shown('mirror')]).toEqual([[], ['KnownAs third']]);
  });

  test('a relationship with a label of its own is kept where it was written', async () => {
    const labelled = (word: string, id: string, label: string) =>
      `<pd:extension>${relation(word, id, `<c:label>${label}</c:label>`)}</pd:extension>`;
    await write('pm', 'create', 'labelled-1', labelled('Child', 'labelled-2', 'Son'));
    await write('pm', 'create', 'labelled-2', labelled('Parent', 'labelled-1', 'Father'));
    expect(texts((await read('pm', 'labelled-2')).body, 'label')).toEqual(['Father']);
  });

  test('in a set a relationship that both persons name is kept once, and never lost', async () => {
    const sides = [
      ['left', relation('Child', 'right')],
      ['right', relation('Parent', 'left')],
    ] as const;
    const both = (op: string, items: readonly (readonly [string, string])[] = sides) => {
      const pairs = items.map(
        ([id, content]) =>
          `<pm:personIdPair>${sourcedId('pm', id)}<pm:person><pd:extension>${content}</pd:extension></pm:person></pm:personIdPair>`,
      );
      const request = `pm:${op}PersonsRequest`;
      return call(`<${request}><pm:personIdPairSet>${pairs.join('')}</pm:personIdPairSet></${request}>`);
    };
    const kept = async () => {
      const found = await Promise.all(sides.map(([id]) => stored('person', id)));
      return found.map(({ data }) => data.relationships?.length ?? 0);
    };
    await both('create');
    expect(await kept()).toEqual([1, 0]);
    for (const op of ['replace', 'update', 'replace']) {
      await both(op);
      expect([await kept(), await shown('left'), await shown('right')]).toEqual([
        [1, 0],
        ['Child right'],
        ['Parent left'],
      ]);
    }
    await otherDoor('person', 'right', {
      relationships: [{ relation: 'parent', target: key('person', context.namespace, 'left') }],
    });
    expect(await kept()).toEqual([1, 1]);
    for (let times = 0; times < 2; times += 1) {
      await both('replace');
      expect((await kept()).toSorted((a, b) => a - b)).toEqual([0, 1]);
    }
    await both('replace', [
      ['left', ''],
      ['right', relation('Parent', 'left')],
    ]);
    expect([await kept(), await shown('left')]).toEqual([[0, 1], ['Child right']]);
  });

  test('only a request that names relationships of persons asks for those of others, once for all its items', async () => {
    const asked: string[] = [];
    const { roster } = gateway.rooms;
    const counted = await startGateway({
      access: gateway.rooms.access,
      roster: {
        ...roster,
        find: (...given) => {
          asked.push('find');
          return roster.find(...given);
        },
        related: (...given) => {
          asked.push('related');
          return roster.related(...given);
        },
      },
    });
    try {
      const send = makeClient(counted.soap, validate);
      const pairs = (content: string) =>
        ['one', 'two', 'three']
          .map((id) => `<pm:personIdPair>${sourcedId('pm', id)}<pm:person>${content}</pm:person></pm:personIdPair>`)
          .join('');
      const set = (content: string) =>
        send(
          `<pm:createPersonsRequest><pm:personIdPairSet>${pairs(content)}</pm:personIdPairSet></pm:createPersonsRequest>`,
        );
      expect((await set('<c:email>a@example.org</c:email>')).statuses).toEqual([done, done, done]);
      expect(asked).toEqual([]);
      await set(`<pd:extension>${relation('KnownAs', 'alias')}</pd:extension>`);
      expect(asked).toEqual(['find', 'related']);
    } finally {
      await counted.close();
    }
  });

  test('each relation comes back in the word in which it was written, also after others were added', async () => {
    await write(
      'pm',
      'create',
      'words',
      `<pd:extension>${relation('1', 'w-1')}${relation('Parent', 'w-2')}${relation('2', 'w-3')}</pd:extension>`,
    );
    expect(await shown('words')).toEqual(['1 w-1', 'Parent w-2', '2 w-3']);
    await write(
      'pm',
      'update',
      'words',
      `<pd:extension>${relation('Parent', 'w-4')}${relation('Child', 'w-3')}</pd:extension>`,
    );
    expect(await shown('words')).toEqual(['1 w-1', 'Parent w-2', 'Child w-3', 'Parent w-4']);
  });

  test('a word that was kept for all relations of a kind is still given back', async () => {
    await otherDoor('person', 'older', {
      relationships: [{ relation: 'parent', target: key('person', context.namespace, 'w-1') }],
      extension: { imsEs: { relationWords: { parent: '1' } } },
    });
    expect(await shown('older')).toEqual(['1 w-1']);
    await write('pm', 'replace', 'older', `<pd:extension>${relation('Parent', 'w-1')}</pd:extension>`);
    expect(await shown('older')).toEqual(['Parent w-1']);
  });

  test('what only the vendor has is kept: passwordchange, IsExternalUser, custom strings, the second street', async () => {
    const fields = [
      ['passwordchange', 'NotAllowed'],
      ['IsExternalUser', 'True'],
      ['CustomString1', 'a'],
      ['CustomString2', ''],
    ];
    const address =
      '<pd:address><pd:extadd>c/o</pd:extadd><pd:locality>Moss</pd:locality><pd:street>A 1</pd:street><pd:street>B 2</pd:street></pd:address>';
    const phone = (type: string, value: string) =>
      `<pd:tel><pd:telType>${type}</pd:telType><pd:telValue>${value}</pd:telValue></pd:tel>`;
    const extension = fields.map(([name = '', value = '']) => field(name, value)).join('');
    await write(
      'pm',
      'create',
      'vendor',
      `${address}${phone('Voice', '1')}${phone('Mobile', '2')}<pd:extension>${extension}</pd:extension>`,
    );
    const answer = await read('pm', 'vendor');
    expect(fieldsOf(answer)).toEqual(fields.map((pair) => pair.join('=')));
    expect([find(answer.body, 'extadd'), ...texts(answer.body, 'street')]).toEqual(['c/o', 'A 1', 'B 2']);
    expect(texts(answer.body, 'telType')).toEqual(['Voice', 'Mobile']);
  });
});

describe('A tenant’s own limits on texts', () => {
  let limited: TestGateway;
  let send: ReturnType<typeof makeClient>;
  beforeAll(async () => {
    const lengths = { personId: 6, groupId: 8, membershipId: 10, namePrefix: 4, groupTitle: 5, orgId: 3 };
    const settings = { ...defaultTenantSettings, imsEs: { ...defaultTenantSettings.imsEs, lengths } };
    limited = await startGateway({ settings: async () => settings });
    send = makeClient(limited.soap, validate);
  });
  afterAll(() => limited.close());

  const person = (content: string) =>
    `<pm:createPersonRequest>${sourcedId('pm', 'p')}<pm:person>${content}</pm:person></pm:createPersonRequest>`;
  const group = (content: string) =>
    `<gm:createGroupRequest>${sourcedId('gm', 'g')}<gm:group>${content}</gm:group></gm:createGroupRequest>`;
  const membership = (groupId: string, memberId: string, idType = '') =>
    `<mm:createMembershipRequest>${sourcedId('mm', idType === '' ? 'm' : 'm-2')}<mm:membership><md:groupSourcedId><c:identifier>${groupId}</c:identifier></md:groupSourcedId><md:member><md:memberSourcedId><c:identifier>${memberId}</c:identifier></md:memberSourcedId>${idType}<md:role><md:roleType>01</md:roleType></md:role></md:member></mm:membership></mm:createMembershipRequest>`;
  const part = (type: string, value: string) =>
    person(
      `<pd:name><pd:partName><pd:namePartType>${type}</pd:namePartType><pd:namePartValue>${value}</pd:namePartValue></pd:partName></pd:name>`,
    );
  const parent = (id: string) =>
    group(
      `<gd:relationship><gd:relation>1</gd:relation><gd:sourceId><c:identifier>${id}</c:identifier></gd:sourceId></gd:relationship>`,
    );

  test.each([
    [part('Prefix', '😀😀😀😀'), part('Prefix', '😀😀😀😀x'), 'person/name/partName/namePartValue', 4],
    [part('Prefix', 'Dr'), part('prefix', 'Professor'), 'person/name/partName/namePartValue', 4],
    [
      group('<gd:description><gd:descShort>12345</gd:descShort></gd:description>'),
      group('<gd:description><gd:descShort>123456</gd:descShort></gd:description>'),
      'group/description/descShort',
      5,
    ],
    [
      group(`<gd:extension>${field('course', '12345')}</gd:extension>`),
      group(`<gd:extension>${field('course', '123456')}</gd:extension>`),
      'group/extension/extensionField[course]',
      5,
    ],
    [group('<gd:org><gd:id>123</gd:id></gd:org>'), group('<gd:org><gd:id>1234</gd:id></gd:org>'), 'group/org/id', 3],
    [parent('12345678'), parent('123456789'), 'group/relationship/sourceId/identifier', 8],
    [membership('12345678', '123456'), membership('123456789', '123456'), 'membership/groupSourcedId/identifier', 8],
    [
      membership('12345678', '123456'),
      membership('12345678', '1234567'),
      'membership/member/memberSourcedId/identifier',
      6,
    ],
    [
      membership('12345678', '12345678', '<md:idType>2</md:idType>'),
      membership('12345678', '123456789', '<md:idType>2</md:idType>'),
      'membership/member/memberSourcedId/identifier',
      8,
    ],
  ])(
    '%#: as long as the limit is taken, one more is refused with field, length and limit',
    async (fits, exceeds, path, limit) => {
      expect((await send(fits)).statuses[0]).toMatch(/^success /);
      const reply = await send(exceeds);
      expect(reply.statuses).toEqual(['failure error invaliddata']);
      expect(reply.description).toContain(`${path}: has `);
      expect(reply.description).toContain(`${limit} are allowed`);
    },
  );

  test('other name parts have no limit, and where the tenant sets none only identifiers have one', async () => {
    expect((await send(part('First', 'Maximiliane'))).statuses).toEqual([done]);
    expect((await call(part('Prefix', 'x'.repeat(5000)))).statuses).toEqual([done]);
    const reply = await call(parent('x'.repeat(1025)));
    expect([reply.statuses, reply.description.includes('1024 are allowed')]).toEqual([
      ['failure error invaliddata'],
      true,
    ]);
  });
});
