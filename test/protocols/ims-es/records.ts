import fc from 'fast-check';
import { element, escapeText, type XmlElement } from '../../../src/wire/index.ts';

/** An element of a generated record: its prefixed name and its text or children; the text null stands for nil. */
export interface Tree {
  readonly name: string;
  readonly content: string | null | readonly Tree[];
}

const nil = { 'xmlns:i': 'http://www.w3.org/2001/XMLSchema-instance', 'i:nil': true };

/** Writes a generated record. */
export function write({ name, content }: Tree): string {
  if (content === null) return element(name, nil);
  return element(name, undefined, typeof content === 'string' ? escapeText(content) : content.map(write).join(''));
}

/** A record as plain values: names without prefixes, texts and children. */
export type Plain = readonly [string, string | readonly Plain[]];

/** What a generated record should come back as. */
export function plainOfTree({ name, content }: Tree): Plain {
  const local = name.slice(name.indexOf(':') + 1);
  if (content === null || content === '') return [local, ''];
  return [local, typeof content === 'string' ? content : content.map(plainOfTree)];
}

/** What came back. */
export function plainOfElement({ name, text, children }: XmlElement): Plain {
  return [name, children.length === 0 ? text : children.map(plainOfElement)];
}

const illegal = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
/** Texts that programs get wrong: markup, normal forms, direction marks, joined emoji, odd white space. */
const hard = fc.constantFrom(
  ']]>',
  '<![CDATA[x]]>',
  '&amp;&#0;',
  '\u00e9',
  'e\u0301',
  '\u202eedoc\u202c',
  '\u05e9\u05dc\u05d5\u05dd',
  '\u{1f469}\u200d\u{1f469}\u200d\u{1f467}',
  '\ufeffx\u0085\u2028',
  ' a\tb\r\nc\rd ',
  'constructor',
  '007',
);
const text = fc
  .oneof(
    { weight: 6, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }) },
    { weight: 1, arbitrary: hard },
  )
  .filter((each) => each.trim() !== '' && !illegal.test(each));
const word = (...words: readonly string[]) => fc.constantFrom(...words);
const flag = word('true', 'false');
const day = fc
  .date({ min: new Date('1900-01-01'), max: new Date('2200-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const id = fc.string({ minLength: 1, maxLength: 8 }).filter((each) => each.trim() === each && each !== '');

type Part = fc.Arbitrary<readonly Tree[]>;
const leaf = (name: string, value: fc.Arbitrary<string>): Part => value.map((content) => [{ name, content }]);
const maybe = (part: Part): Part => fc.option(part, { nil: [] });
const many = (part: Part, maxLength = 3): Part => fc.array(part, { maxLength }).map((parts) => parts.flat());
const branch = (name: string, ...parts: readonly Part[]): Part =>
  fc.tuple(...parts).map((found) => {
    const content = found.flat();
    return content.length === 0 ? [] : [{ name, content }];
  });

const recordInfo = (d: string) => branch(`${d}:recordInfo`, leaf('c:comments', text));
const userId = (d: string) =>
  branch(
    `${d}:userId`,
    leaf('c:userIdValue', text),
    maybe(leaf('c:userIdType', text)),
    maybe(leaf('c:passWord', text)),
    maybe(leaf('c:pwEncryptionType', text)),
    maybe(leaf('c:authenticationType', text)),
  );
const bound = (name: string) => branch(name, leaf('c:date', day), leaf('c:restrict', flag));
const timeFrame = (d: string) =>
  branch(`${d}:timeFrame`, maybe(bound('c:begin')), maybe(bound('c:end')), maybe(leaf('c:adminPeriod', text)));
const extensionField = (name: fc.Arbitrary<string>, type: fc.Arbitrary<string>, value: fc.Arbitrary<string>) =>
  branch('c:extensionField', leaf('c:fieldName', name), leaf('c:fieldType', type), leaf('c:fieldValue', value));
const extensionFields = many(extensionField(text, text, fc.oneof(text, fc.constant(''))));
/** Extension fields with one or several that mean something somewhere among them. */
const meaningfulFields = (...known: readonly Part[]): Part =>
  fc.tuple(extensionFields, ...known.map(maybe), extensionFields).map((found) => found.flat());
const string = fc.constant('String');
const courseFields = meaningfulFields(
  extensionField(word('course/code'), string, fc.oneof(text, fc.constant(''))),
  extensionField(word('course/credits', 'course/credit'), string, word('7.5', '10')),
  extensionField(word('course/template/synckey', 'course/template/terms/1/sourcetermsynckey'), string, id),
);
/** `course` only beside a title, which it would be otherwise. */
const titledFields = meaningfulFields(extensionField(word('course'), string, text), courseFields);
const homeFields = meaningfulFields(
  extensionField(
    word('HomeOrganisation', 'homeorganisation'),
    word('bool', 'Boolean'),
    word('1', '0', 'true', 'false', 'x'),
  ),
);

/** Relationships, each target once. */
const relationships = (prefix: string): Part =>
  fc
    .uniqueArray(fc.tuple(fc.nat(2), id, text, word('names', 'numbers')), {
      maxLength: 3,
      selector: ([relation, to]) => `${relation} ${to}`,
    })
    .map((found) =>
      found.map(([relation, to, label, style]) => ({
        name: `${prefix}:relationship`,
        content: [
          {
            name: `${prefix}:relation`,
            content: (style === 'names' ? ['Parent', 'Child', 'KnownAs'] : ['1', '2', '3'])[relation] ?? '',
          },
          { name: `${prefix}:sourceId`, content: [{ name: 'c:identifier', content: to }] },
          { name: `${prefix}:label`, content: label },
        ],
      })),
    );

const record = (name: string, ...parts: readonly Part[]): fc.Arbitrary<Tree> =>
  fc.tuple(...parts).map((found) => ({ name, content: found.flat() }));

/** Persons as the schema allows them. */
export const person = record(
  'pm:person',
  fc.option(text).map((content) => [{ name: 'pd:formatName', content }]),
  branch(
    'pd:name',
    maybe(leaf('pd:nameType', text)),
    many(
      branch(
        'pd:partName',
        maybe(
          leaf(
            'pd:namePartType',
            fc.oneof(word('First', 'Last', 'Middle', 'Nick', 'Prefix', 'Suffix', 'first', '1'), text),
          ),
        ),
        leaf('pd:namePartValue', text),
      ),
      6,
    ),
  ),
  maybe(recordInfo('pd')),
  maybe(leaf('c:email', text)),
  maybe(leaf('c:URL', text)),
  maybe(
    leaf('pd:systemRole', word('SysAdmin', 'SysSupport', 'Creator', 'AccountAdmin', 'User', 'Administrator', 'None')),
  ),
  maybe(userId('pd')),
  branch(
    'pd:address',
    ...['pobox', 'extadd', 'locality', 'region', 'postcode', 'country'].map((name) => maybe(leaf(`pd:${name}`, text))),
    many(leaf('pd:street', text)),
  ),
  branch(
    'pd:demographics',
    maybe(leaf('pd:gender', word('Male', 'Female', 'Gender'))),
    many(leaf('pd:disability', text)),
    maybe(leaf('pd:bday', day)),
  ),
  many(
    branch(
      'pd:institutionRole',
      leaf('pd:institutionRoleType', fc.oneof(word('Student', 'Staff', 'Faculty', 'System Administrator'), text)),
      leaf('pd:primaryRoleType', flag),
    ),
  ),
  many(
    branch(
      'pd:tel',
      maybe(leaf('pd:telType', fc.oneof(word('1', '2', '3', '4', 'Voice', 'Fax', 'Mobile', 'Pager', 'mobile'), text))),
      leaf('pd:telValue', text),
    ),
  ),
  branch('pd:photo', maybe(leaf('pd:imgType', text)), maybe(leaf('pd:extRef', text))),
  maybe(leaf('c:dataSource', text)),
  branch('pd:extension', extensionFields, relationships('c')),
);

/** The parts of a group before its description. */
const untitled: readonly Part[] = [
  branch(
    'gd:groupType',
    leaf('gd:scheme', fc.oneof(word('ItslearningOrganisationTypes', 'Luminis'), text)),
    fc
      .array(
        branch(
          'gd:typeValue',
          leaf('gd:type', fc.oneof(word('Site', 'School', 'Course', 'CourseGroup', 'Term'), text)),
          leaf('gd:level', word('-1', '0', '1', '2', '10')),
        ),
        { minLength: 1, maxLength: 3 },
      )
      .map((parts) => parts.flat()),
  ),
  maybe(recordInfo('gd')),
  maybe(leaf('c:email', text)),
  maybe(leaf('c:URL', text)),
  timeFrame('gd'),
  relationships('gd'),
  branch('gd:enrollControl', maybe(leaf('gd:enrollAccept', flag)), maybe(leaf('gd:enrollAllowed', flag))),
  branch(
    'gd:org',
    maybe(leaf('gd:orgName', text)),
    many(leaf('gd:orgUnit', text)),
    maybe(leaf('gd:orgType', text)),
    maybe(leaf('gd:id', text)),
  ),
];
const description = branch(
  'gd:description',
  leaf('gd:descShort', text),
  maybe(leaf('gd:descLong', text)),
  maybe(leaf('gd:descFull', text)),
);
const dataSource = maybe(leaf('c:dataSource', text));

/** Groups as the schema allows them, with the extension fields of courses. */
export const group = fc.oneof(
  record('gm:group', ...untitled, dataSource, branch('gd:extension', courseFields)),
  record('gm:group', ...untitled, description, dataSource, branch('gd:extension', titledFields)),
);

const decimal = word('0', '1', '10.5', '-3', '+.5', '007');
const result = (name: string) =>
  branch(
    name,
    maybe(leaf('md:resultType', text)),
    maybe(recordInfo('md')),
    branch(
      'md:values',
      maybe(leaf('md:valueType', word('0', '1'))),
      many(leaf('md:list', text)),
      maybe(leaf('md:max', decimal)),
      maybe(leaf('md:min', decimal)),
    ),
    maybe(leaf('md:mode', text)),
    leaf('md:result', text),
  );

const role = branch(
  'md:role',
  leaf('md:roleType', word('Learner', 'Instructor', 'Mentor', '06', '01', '2', '08', 'learner', 'Guest', 'Default')),
  maybe(leaf('md:subRole', text)),
  maybe(recordInfo('md')),
  maybe(userId('md')),
  timeFrame('md'),
  maybe(leaf('md:status', flag)),
  maybe(leaf('md:dateTime', word('2026-08-17T08:00:00', '2026-08-17T08:00:00.125Z', '2026-02-28T23:59:59+02:00'))),
  maybe(leaf('c:email', text)),
  many(result('md:interimResult'), 2),
  many(result('md:finalResult'), 2),
  maybe(leaf('c:dataSource', text)),
  branch('md:extension', homeFields),
);

/** Memberships as the schema allows them, of the group and the member that a test names. */
export const membership = (
  groupId: string,
  memberId: string,
  memberType: 'person' | 'group' = 'person',
): fc.Arbitrary<Tree> => {
  const idType = (...words: readonly string[]) => leaf('md:idType', word(...words));
  return record(
    'mm:membership',
    fc.constant([{ name: 'md:groupSourcedId', content: [{ name: 'c:identifier', content: groupId }] }]),
    branch(
      'md:member',
      fc.constant([{ name: 'md:memberSourcedId', content: [{ name: 'c:identifier', content: memberId }] }]),
      memberType === 'person' ? maybe(idType('1', 'Person')) : idType('2', 'Group'),
      fc.array(role, { minLength: 1, maxLength: 3 }).map((roles) => roles.flat()),
    ),
  );
};
