import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { startGateway, type TestGateway } from './gateway.ts';
import { find, makeClient, message, post, security, sourcedId, texts } from './messages.ts';
import { makeNoise, readOptionalChildren } from './noise.ts';
import { group, membership, person, plainOfElement, plainOfTree, type Tree } from './records.ts';
import { makeValidator } from './schemas.ts';

let gateway: TestGateway;
let call: ReturnType<typeof makeClient>;
const validate = makeValidator();
const noisy = makeNoise(readOptionalChildren());

beforeAll(async () => {
  gateway = await startGateway({ maxBodyBytes: 5_000_000 });
  call = makeClient(gateway.soap, validate);
});
afterAll(() => gateway.close());

/** Sends a body as a client without SOAPAction does. */
async function send(body: string) {
  const reply = await post(`${gateway.soap}/ImsEnterpriseServicesPort`, message(body, security()));
  expect(reply.fault).toBeUndefined();
  expect(validate(reply.text)).toEqual([]);
  return reply;
}

type Prefix = 'pm' | 'gm' | 'mm';
const runs = { numRuns: 60 };

describe('Whatever prefixes, namespaces, orders, empty and nil elements a client writes, it is read as the clean form', () => {
  const cases: readonly (readonly [string, Prefix, fc.Arbitrary<Tree>])[] = [
    ['Person', 'pm', person],
    ['Group', 'gm', group],
    ['Membership', 'mm', membership('g', 'p')],
    ['Membership', 'mm', membership('g', 'h', 'group')],
  ];
  test.each(cases)('%s (%#)', async (noun, prefix, arbitrary) => {
    const member = `of-${cases.findIndex((each) => each[2] === arbitrary)}`;
    let count = 0;
    await fc.assert(
      fc.asyncProperty(arbitrary, fc.integer(), async (tree, seed) => {
        count += 1;
        const id = noun === 'Membership' ? member : `noisy-${count}`;
        const request: Tree = {
          name: `${prefix}:replace${noun}Request`,
          content: [{ name: `${prefix}:sourcedId`, content: [{ name: 'c:identifier', content: id }] }, tree],
        };
        const written = await send(noisy(request, seed));
        expect(written.statuses[0]).toMatch(/^success /);
        const read = await call(
          `<${prefix}:read${noun}Request>${sourcedId(prefix, id)}</${prefix}:read${noun}Request>`,
        );
        expect(read.body.children.map(plainOfElement)).toEqual([plainOfTree(tree)]);
      }),
      runs,
    );
  });

  test('the same noise is written for the same seed, and other noise for another', () => {
    const tree: Tree = { name: 'pm:person', content: [{ name: 'c:email', content: 'a@example.org' }] };
    const seeds = Array.from({ length: 20 }, (_, at) => noisy(tree, at));
    expect(noisy(tree, 7)).toBe(seeds[7]);
    expect(new Set(seeds).size).toBeGreaterThan(15);
  });
});

describe('What real clients send', () => {
  const create = (id: string, content: string) =>
    send(`<pm:createPersonRequest>${sourcedId('pm', id)}<pm:person>${content}</pm:person></pm:createPersonRequest>`);
  const read = (id: string) => call(`<pm:readPersonRequest>${sourcedId('pm', id)}</pm:readPersonRequest>`);

  test('no SOAP header at all, with HTTP Basic', async () => {
    const body = `<pm:createPersonRequest>${sourcedId('pm', 'bare')}<pm:person/></pm:createPersonRequest>`;
    const authorization = `Basic ${Buffer.from('sis:open sesame').toString('base64')}`;
    const reply = await post(`${gateway.soap}/PersonManagementServiceSync.svc`, message(body, ''), { authorization });
    expect([reply.statuses, reply.messageIdentifier]).toEqual([['success status'], '']);
  });

  test('demographics without gender, empty elements for what is absent, formatName missing or nil', async () => {
    const nil = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"';
    for (const formatName of ['', '<pd:formatName/>', `<pd:formatName ${nil}/>`]) {
      const rest = `<c:email/><c:URL ${nil}/><pd:demographics><pd:gender/><pd:bday/></pd:demographics><pd:tel/><pd:photo><pd:extRef/></pd:photo><pd:extension/>`;
      expect((await create('empty', `${formatName}${rest}`)).statuses).toEqual(['success status']);
    }
    expect((await read('empty')).body.children.map(plainOfElement)).toEqual([['person', [['formatName', '']]]]);
  });

  test('identifiers are opaque texts: of numeric look, in any case and normal form, with white space inside', async () => {
    const ids = [
      '7',
      '007',
      '7.0',
      '7e0',
      'a',
      'A',
      'a  b',
      'a b',
      '\u00e9',
      'e\u0301',
      '\u05d0',
      '\u{1f600}',
      '../a',
      '$ne',
    ];
    for (const id of ids) {
      await create(id, `<pd:formatName>${id}</pd:formatName>`);
    }
    for (const id of ids) {
      expect(find((await read(id)).body, 'formatName')).toBe(id);
    }
  });

  test('the numbers of genders, telephone types and relations; yes and no; xsi:type', async () => {
    const attributes = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:q="urn:q" i:type="q:any"';
    const content = `<pd:demographics ${attributes}><pd:gender>1</pd:gender></pd:demographics>
      <pd:tel><pd:telType>3</pd:telType><pd:telValue ${attributes}>1</pd:telValue></pd:tel>
      <pd:institutionRole><pd:institutionRoleType>Staff</pd:institutionRoleType><pd:primaryRoleType>Yes</pd:primaryRoleType></pd:institutionRole>`;
    expect((await create('numbers', content)).statuses).toEqual(['success status']);
    const { body } = await read('numbers');
    const names = ['gender', 'telType', 'primaryRoleType'];
    expect(names.map((name) => find(body, name))).toEqual(['Female', '3', 'true']);
  });

  test('items of a set in different namespaces each get their status, in order', async () => {
    const pair = (open: string, close: string, id: string) => `<${open}>${sourcedId('pm', id)}<pm:person/></${close}>`;
    const pairs = [
      pair('pm:personIdPair', 'pm:personIdPair', 'mixed-1'),
      pair('personIdPair', 'personIdPair', 'mixed-2'),
      pair('pd:personIdPair', 'pd:personIdPair', ''),
      pair('pm:personIdPair', 'pm:personIdPair', 'mixed-3'),
    ];
    const reply = await send(
      `<pm:createPersonsRequest><pm:personIdPairSet>${pairs.join('')}</pm:personIdPairSet></pm:createPersonsRequest>`,
    );
    const done = 'success status';
    expect(reply.statuses).toEqual([done, done, 'failure error incompletedata', done]);
  });

  test('in an update a nil element keeps the value and an empty one clears it', async () => {
    const nil = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"';
    await create('kept', '<c:email>a@example.org</c:email><c:URL>http://a.example</c:URL>');
    await create('kept', `<c:email ${nil}/><c:URL/>`);
    const { body } = await read('kept');
    expect([find(body, 'email'), find(body, 'URL')]).toEqual(['a@example.org', '']);
  });

  test('a noun, a sourcedId and an identifier that are nil count as missing', async () => {
    const nil = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"';
    const identifier = '<c:identifier>nil</c:identifier>';
    const person = '<pm:person><c:email>n@example.org</c:email></pm:person>';
    const set = (request: string, name: string, ...items: readonly string[]) =>
      `<pm:${request}Request><pm:${name}>${items.join('')}</pm:${name}></pm:${request}Request>`;
    const one = (request: string, content: string) => `<pm:${request}Request>${content}</pm:${request}Request>`;
    const incomplete = 'failure error incompletedata';
    for (const [body, field] of [
      [one('createPerson', `${sourcedId('pm', 'nil')}<pm:person ${nil}/>`), 'createPersonRequest/person: is missing'],
      [one('createPerson', `<pm:sourcedId ${nil}/>${person}`), 'createPersonRequest/sourcedId/identifier'],
      [one('createPerson', `<pm:sourcedId><c:identifier ${nil}/></pm:sourcedId>${person}`), 'sourcedId/identifier'],
      [one('createByProxyPerson', `<pm:person ${nil}/>`), 'createByProxyPersonRequest/person: is missing'],
      [set('createByProxyPersons', 'personSet', `<pm:person ${nil}/>`), 'person: is missing'],
      [
        set(
          'createPersons',
          'personIdPairSet',
          `<pm:personIdPair>${sourcedId('pm', 'nil')}<pm:person ${nil}/></pm:personIdPair>`,
        ),
        'personIdPair/person: is missing',
      ],
      [set('readPersons', 'sourcedIdSet', `<c:identifier ${nil}>nil</c:identifier>`), 'identifier: is missing'],
      [one('createPersons', `<pm:personIdPairSet ${nil}/>`), 'createPersonsRequest/personIdPairSet: is missing'],
      [
        set(
          'changePersonsIdentifier',
          'pairSourcedIdSet',
          `<c:identifierPair><c:firstId ${nil}/><c:secondId>x</c:secondId></c:identifierPair>`,
        ),
        'identifierPair/firstId: is missing',
      ],
    ] as const) {
      const reply = await call(body);
      expect([body, reply.statuses, reply.description]).toEqual([body, [incomplete], expect.stringContaining(field)]);
    }
    const read = await call(set('readPersons', 'sourcedIdSet', identifier));
    expect(read.statuses).toEqual(['failure error unknownobject']);
  });

  test.each(['2000-02-29T99:99', '2000-02-29T::', '2000-02-29T10:61', '2000-02-30', '2000-02-29+15:00'])(
    'the date %s does not exist and refuses its item',
    async (date) => {
      const reply = await create('no-day', `<pd:demographics><pd:bday>${date}</pd:bday></pd:demographics>`);
      expect([reply.statuses, reply.description]).toEqual([
        ['failure error invaliddata'],
        'person/demographics/bday: is not a date; write YYYY-MM-DD',
      ]);
    },
  );

  test.each(['2000-02-29Z', '2000-02-29T10:30', '2000-02-29T10:30:00.000+02:00', '2000-02-29-14:00'])(
    'of the date %s the day is read',
    async (date) => {
      await create('day', `<pd:demographics><pd:bday>${date}</pd:bday></pd:demographics>`);
      expect(find((await read('day')).body, 'bday')).toBe('2000-02-29');
    },
  );

  test('empty roles and results are passed over', async () => {
    const member = (roles: string) =>
      `<md:groupSourcedId><c:identifier>rg</c:identifier></md:groupSourcedId><md:member><md:memberSourcedId><c:identifier>rp</c:identifier></md:memberSourcedId>${roles}</md:member>`;
    const role =
      '<md:role><md:roleType>Mentor</md:roleType><md:interimResult/><md:finalResult><md:values/></md:finalResult></md:role>';
    const reply = await send(
      `<mm:createMembershipRequest>${sourcedId('mm', 'rm')}<mm:membership>${member(`<md:role/>${role}<md:role><md:roleType> </md:roleType></md:role>`)}</mm:membership></mm:createMembershipRequest>`,
    );
    expect(reply.statuses[0]).toMatch(/^success /);
    const { body } = await call(`<mm:readMembershipRequest>${sourcedId('mm', 'rm')}</mm:readMembershipRequest>`);
    expect(texts(body, 'roleType')).toEqual(['Mentor']);
    expect([texts(body, 'interimResult'), texts(body, 'finalResult')]).toEqual([[], []]);
  });

  test('an extension of a role without a namespace, as the vendor’s own sample has it', async () => {
    const member = `<md:groupSourcedId><c:identifier>eg</c:identifier></md:groupSourcedId><md:member><md:memberSourcedId><c:identifier>ep</c:identifier></md:memberSourcedId><md:role><md:roleType>Learner</md:roleType><extension><extensionField><fieldName>HomeOrganisation</fieldName><fieldType>bool</fieldType><fieldValue>1</fieldValue></extensionField></extension></md:role></md:member>`;
    await send(
      `<mm:createMembershipRequest>${sourcedId('mm', 'em')}<mm:membership>${member}</mm:membership></mm:createMembershipRequest>`,
    );
    const reply = await call(`<mm:readMembershipRequest>${sourcedId('mm', 'em')}</mm:readMembershipRequest>`);
    expect(texts(reply.body, 'fieldName')).toEqual(['HomeOrganisation']);
  });
});
