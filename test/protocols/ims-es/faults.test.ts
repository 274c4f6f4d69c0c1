import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { silentLog } from '../../../src/base/log.ts';
import { startGateway, type TestGateway } from './gateway.ts';
import { message, post, requestHeader, security, sourcedId } from './messages.ts';
import { makeValidator } from './schemas.ts';

let gateway: TestGateway;
let address: string;
const validate = makeValidator();

beforeAll(async () => {
  gateway = await startGateway({ maxBodyBytes: 200_000 });
  address = `${gateway.soap}/PersonManagementServiceSync`;
});
afterAll(() => gateway.close());

const read = `<pm:readPersonRequest>${sourcedId('pm', 'kept')}</pm:readPersonRequest>`;
const remove = `<pm:deletePersonRequest>${sourcedId('pm', 'kept')}</pm:deletePersonRequest>`;
const create = (id: string) =>
  `<pm:createPersonRequest>${sourcedId('pm', id)}<pm:person><c:email>k@example.org</c:email></pm:person></pm:createPersonRequest>`;
const action = (name: string) => `http://www.imsglobal.org/soap/pms/${name}`;

/** After every refusal the same gateway answers, and the person that was there is untouched. */
beforeAll(async () => {
  await post(address, message(create('kept')));
});
afterEach(async () => {
  const next = await post(address, message(read));
  expect(next.statuses).toEqual(['success status']);
  expect(next.text).toContain('k@example.org');
});

describe('what SOAP itself refuses', () => {
  test('a SOAPAction that is not that of the request in the Body never runs either operation', async () => {
    const [right, other] = [action('readPerson'), action('deletePerson')];
    const others = [other, `"${other}"`, 'deletePerson', 'readPerson', '"x"', `"${right}`, `${right}, ${other}`];
    others.push(action('READPERSON'));
    for (const named of others) {
      const reply = await post(address, message(read), { soapaction: named });
      expect([reply.status, reply.fault]).toEqual([500, expect.stringContaining('s:Client: The SOAP action')]);
    }
    expect((await post(address, message(remove), { soapaction: action('readPerson') })).status).toBe(500);
  });

  test('a missing, empty or right SOAPAction is taken, quoted or not', async () => {
    const right = action('readPerson');
    for (const named of [
      '',
      '""',
      right,
      `"${right}"`,
      right.replace('http://www.imsglobal', 'HTTP://WWW.IMSGlobal'),
    ]) {
      expect((await post(address, message(read), { soapaction: named })).statuses).toEqual(['success status']);
    }
  });

  test('an element in a foreign namespace is no request; one without a namespace is read by its name', async () => {
    const foreign = await post(
      address,
      message(read.replaceAll('pm:', 'x:').replace('<x:', '<x:').replace('Request>', 'Request xmlns:x="urn:x">')),
    );
    expect(foreign.fault).toContain('{urn:x}readPersonRequest in the Body is no request known here');
    const bare = '<readPersonRequest><sourcedId><identifier>kept</identifier></sourcedId></readPersonRequest>';
    expect((await post(address, message(bare))).statuses).toEqual(['success status']);
  });

  test('an element in the namespace of another service is read by its name, and still needs its own SOAPAction', async () => {
    const misplaced = read.replaceAll('pm:', 'gm:');
    const reply = await post(address, message(misplaced), { soapaction: action('readPerson') });
    expect(reply.statuses).toEqual(['success status']);
    const other = { soapaction: 'http://www.imsglobal.org/soap/gms/readPerson' };
    expect((await post(address, message(misplaced), other)).fault).toContain('s:Client: The SOAP action');
  });

  test('an operation that is not served, of the standard or not, is told what there is', async () => {
    const name = 'readMembershipsForPersonWithRole';
    const asked = await post(`${gateway.soap}/ImsEnterpriseServicesPort`, message(`<mm:${name}Request/>`));
    expect(asked.fault).toMatch(/^s:Client: .*offers .*readMembershipsForPerson, readMembershipsForGroup, /);
  });

  test('a messageIdentifier that would swell every status is refused', async () => {
    const long = await post(address, message(read, security() + requestHeader('x'.repeat(1025))));
    expect(long.fault).toContain('s:Client: The messageIdentifier is longer than 1024 characters.');
    const longest = await post(address, message(read, security() + requestHeader('x'.repeat(1024))));
    expect(longest.messageIdentifier).toHaveLength(1024);
  });

  test('an operation of another service is refused on this path and answered on the combined one', async () => {
    const group = `<gm:readGroupRequest>${sourcedId('gm', 'g')}</gm:readGroupRequest>`;
    const refused = await post(address, message(group));
    expect(refused.fault).toContain('readGroup is not offered here; PersonManagementServiceSync offers createPerson, ');
    const answered = await post(`${gateway.soap}/ImsEnterpriseServicesPort`, message(group));
    expect(answered.statuses).toEqual(['failure error unknownobject']);
  });

  test('two children in the Body, none, text, a second Body, a Body before the Header', async () => {
    const envelope = message(read);
    const bodies = [
      message(read + remove),
      message(''),
      message(`text${read}`),
      envelope.replace('</s:Envelope>', '<s:Body/></s:Envelope>'),
      envelope.replace(/(<s:Header>.*<\/s:Header>)(<s:Body>.*<\/s:Body>)/, '$2$1'),
    ];
    for (const body of bodies) {
      const reply = await post(address, body);
      expect([reply.status, reply.fault]).toEqual([500, expect.stringMatching(/^s:Client: /)]);
    }
  });

  test('a header block that must be understood and is unknown is MustUnderstand; others are ignored', async () => {
    const block = (value: string) => `<x:Tx xmlns:x="urn:tx" s:mustUnderstand="${value}">5</x:Tx>`;
    const refused = await post(address, message(read, security() + block('1')));
    expect(refused.fault).toContain('s:MustUnderstand: ');
    expect((await post(address, message(read, security() + block('0')))).statuses).toEqual(['success status']);
    const elsewhere = block('1').replace('<x:Tx', '<x:Tx s:actor="urn:somebody-else"');
    expect((await post(address, message(read, security() + elsewhere))).statuses).toEqual(['success status']);
  });

  test('an envelope of another version or namespace than the content type says is VersionMismatch', async () => {
    const reply = await post(address, message(read, security(), '1.2'));
    expect(reply.fault).toContain('s:VersionMismatch: ');
    const foreign = message(read).replace('http://schemas.xmlsoap.org/soap/envelope/', 'urn:envelope');
    expect((await post(address, foreign)).fault).toContain('s:VersionMismatch: ');
  });
});

describe('SOAP 1.2', () => {
  const soap12 = { 'content-type': 'application/soap+xml; charset=utf-8' };

  test('is answered in SOAP 1.2, valid, with its own content type', async () => {
    const reply = await post(address, message(read, security() + requestHeader('7'), '1.2'), soap12);
    expect([reply.status, reply.type]).toEqual([200, 'application/soap+xml; charset=utf-8']);
    expect(reply.text).toContain('http://www.w3.org/2003/05/soap-envelope');
    expect(validate(reply.text)).toEqual([]);
    expect(reply.messageIdentifier).toBe('7');
  });

  test('the action parameter must be that of the request; faults of the sender are 400', async () => {
    const right = { 'content-type': `application/soap+xml;charset="utf-8";action="${action('readPerson')}"` };
    expect((await post(address, message(read, security(), '1.2'), right)).status).toBe(200);
    const wrong = { 'content-type': `application/soap+xml; action="${action('deletePerson')}"` };
    for (const headers of [wrong, { ...wrong, soapaction: action('readPerson') }, { ...right, soapaction: '"x"' }]) {
      const reply = await post(address, message(read, security(), '1.2'), headers);
      expect([reply.status, reply.fault]).toEqual([400, expect.stringMatching(/^s:Sender: The SOAP action/)]);
    }
  });

  test('a header block that was not understood is named', async () => {
    const block = '<x:Tx xmlns:x="urn:tx" s:mustUnderstand="true"/>';
    const reply = await post(address, message(read, security() + block, '1.2'), soap12);
    expect([reply.status, reply.fault]).toEqual([500, expect.stringMatching(/^s:MustUnderstand: /)]);
    expect(reply.text).toContain('<s:NotUnderstood xmlns:n="urn:tx" qname="n:Tx"/>');
  });

  test('a wrong password is a Sender fault with the subcode FailedAuthentication', async () => {
    const reply = await post(address, message(read, security('sis', 'wrong'), '1.2'), soap12);
    expect([reply.status, reply.fault]).toEqual([400, expect.stringContaining('s:Sender a:FailedAuthentication: ')]);
  });
});

describe('who asks', () => {
  test('an unknown user and a wrong password get the same answer', async () => {
    const wrong = await post(address, message(read, security('sis', 'wrong')));
    const unknown = await post(address, message(read, security('nobody', 'wrong')));
    expect(wrong.fault).toContain('a:FailedAuthentication: The user name or password is wrong.');
    expect([unknown.status, unknown.text]).toEqual([wrong.status, wrong.text]);
    expect(wrong.status).toBe(500);
  });

  test('without a credential, with two tokens or without a password it is InvalidSecurity', async () => {
    const block = security();
    const token = /<w:UsernameToken>.*<\/w:UsernameToken>/.exec(block)?.[0] ?? '';
    const headers = ['', block.replace(token, token + token), block.replace(/<w:Password.*<\/w:Password>/, '')];
    for (const header of headers) {
      expect((await post(address, message(read, header))).fault).toContain('a:InvalidSecurity: ');
    }
  });

  test('HTTP Basic is taken, also without any SOAP header', async () => {
    const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
    const reply = await post(address, message(read, ''), basic('sis:open sesame'));
    expect([reply.statuses, reply.messageIdentifier]).toEqual([['success status'], '']);
    expect(validate(reply.text)).toEqual([]);
    expect((await post(address, message(read, ''), basic('sis:no'))).fault).toContain('a:FailedAuthentication');
    expect((await post(address, message(read, ''), { authorization: 'Basic %%%' })).fault).toContain('InvalidSecurity');
  });

  test('passwords over plain HTTP are refused from elsewhere, taken over TLS or where the operator allows it', async () => {
    const proxied = await startGateway({ trustProxy: true });
    const open = await startGateway({ trustProxy: true, plainHttp: 'allow' });
    try {
      const far = { 'x-forwarded-for': '192.0.2.7' };
      const refused = await post(`${proxied.soap}/PersonManagementServiceSync`, message(read), far);
      expect(refused.fault).toContain('a:InvalidSecurity: Passwords are taken only over TLS');
      const secure = { ...far, 'x-forwarded-proto': 'https' };
      const taken = await post(`${proxied.soap}/PersonManagementServiceSync`, message(read), secure);
      expect(taken.statuses).toEqual(['failure error unknownobject']);
      const allowed = await post(`${open.soap}/PersonManagementServiceSync`, message(read), far);
      expect(allowed.statuses).toEqual(['failure error unknownobject']);
    } finally {
      await proxied.close();
      await open.close();
    }
  });
});

describe('bytes and markup', () => {
  test('a DTD, an entity bomb, an undefined entity, broken markup and wrong encodings are faults of the client', async () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>${message(read).replace('kept', '&b;')}`;
    const inputs = [
      bomb,
      `<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">${message(read)}`,
      message(read).replace('kept', '&nbsp;'),
      message(read).slice(0, -20),
      'no xml',
      '',
      Buffer.concat([
        Buffer.from(message(read).slice(0, 600)),
        Buffer.from([0xff, 0xfe]),
        Buffer.from(message(read).slice(600)),
      ]),
    ];
    for (const input of inputs) {
      const reply = await post(address, input);
      expect([reply.status, reply.fault]).toEqual([
        500,
        expect.stringContaining('s:Client: The message cannot be read'),
      ]);
    }
    const koi = await post(address, message(read), { 'content-type': 'text/xml; charset=koi8-r' });
    expect(koi.fault).toContain('koi8-r');
  });

  test('10,000 nested elements, an endless name and 10,000 attributes are refused at once', async () => {
    const attributes = Array.from({ length: 10_000 }, (_, index) => `a${index}="1"`).join(' ');
    const inputs = [message('<a>'.repeat(10_000)), message(`<${'n'.repeat(100_000)}/>`), message(`<a ${attributes}/>`)];
    for (const input of inputs) {
      const began = performance.now();
      expect((await post(address, input)).fault).toContain('s:Client: The message cannot be read');
      expect(performance.now() - began).toBeLessThan(1_000);
    }
  });

  test('ISO-8859-1 and UTF-16 are read as their headers say', async () => {
    const named = create('kept-latin').replace('k@', 'å@');
    const latin = await post(address, Buffer.from(message(named), 'latin1'), {
      'content-type': 'text/xml; charset=iso-8859-1',
    });
    expect(latin.statuses).toEqual(['success status']);
    const wide = Buffer.from(`\ufeff${message(read.replace('kept', 'kept-latin'))}`, 'utf16le');
    expect((await post(address, wide, { 'content-type': 'text/xml' })).text).toContain('å@example.org');
  });

  test('a message beyond the limit is 413, packed or not', async () => {
    const big = message(read.replace('kept', ' '.repeat(300_000)));
    for (const [content, headers] of [
      [big, {}],
      [gzipSync(big), { 'content-encoding': 'gzip' }],
    ] as const) {
      const reply = await post(address, content, headers);
      expect([reply.status, reply.fault]).toEqual([413, expect.stringContaining('larger than this service takes')]);
    }
  });

  test('gzip is unpacked; broken gzip is 400; other encodings are 415', async () => {
    const packed = gzipSync(message(read));
    expect((await post(address, packed, { 'content-encoding': 'gzip' })).statuses).toEqual(['success status']);
    const inputs = [
      ['gzip', Buffer.from('not gzip'), 400],
      ['gzip', packed.subarray(0, packed.length - 12), 400],
      ['br', packed, 415],
      ['deflate', packed, 415],
      ['gzip, gzip', gzipSync(packed), 415],
    ] as const;
    for (const [encoding, content, status] of inputs) {
      const reply = await post(address, content, { 'content-encoding': encoding });
      expect([encoding, reply.status, reply.fault]).toEqual([encoding, status, expect.stringContaining('s:Client: ')]);
    }
  });

  test('content types that are not SOAP are 415', async () => {
    for (const type of ['application/json', 'text/html', 'multipart/related; type="text/xml"', 'text/xmlx']) {
      const reply = await post(address, message(read), { 'content-type': type });
      expect([reply.status, reply.type]).toEqual([415, 'text/xml; charset=utf-8']);
    }
  });

  test('names of the language’s own objects are data like any other', async () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const reply = await post(
        address,
        message(
          create('odd').replace(
            '</pm:person>',
            `<pd:${name}>x</pd:${name}><pd:tel><pd:telType>${name}</pd:telType><pd:telValue>1</pd:telValue></pd:tel></pm:person>`,
          ),
        ),
      );
      expect(reply.statuses).toEqual(['success warning']);
      expect((await post(address, message(read.replace('kept', 'odd')))).text).toContain(
        `<d:telType>${name}</d:telType>`,
      );
      expect((await post(address, message(`<pm:${name}/>`))).fault).toContain('is no request known here');
    }
  });
});

describe('paths and methods', () => {
  test('a suffix .svc and the case of letters do not matter; other paths are not ours', async () => {
    for (const path of [
      'PersonManagementServiceSync.svc',
      'personmanagementservicesync',
      'ImsEnterpriseServicesPort.svc',
    ]) {
      expect((await post(`${gateway.soap}/${path}`, message(read))).statuses).toEqual(['success status']);
    }
    expect((await fetch(`${gateway.soap}/Other`, { method: 'POST', body: 'x' })).status).toBe(404);
  });

  test('other methods are 405', async () => {
    const response = await fetch(address, { method: 'PUT', body: 'x' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
  });

  test('a message whose end does not come is answered 408, and the connection is closed', async () => {
    const hasty = await startGateway({ bodyMs: 300 });
    const { hostname, port } = new URL(hasty.soap);
    const socket = connect(Number(port), hostname);
    try {
      const whole = message(read);
      const head = [
        'POST /soap/PersonManagementServiceSync HTTP/1.1',
        `Host: ${hostname}`,
        'Content-Type: text/xml; charset=utf-8',
        `Content-Length: ${whole.length}`,
      ];
      socket.write(`${head.join('\r\n')}\r\n\r\n${whole.slice(0, 100)}`);
      const answer = Buffer.concat(await socket.toArray()).toString('utf8');
      expect(answer).toMatch(/^HTTP\/1\.1 408 .*did not arrive in time/s);
    } finally {
      socket.destroy();
      await hasty.close();
    }
  });

  test('a defect becomes one opaque fault that names only the request', async () => {
    const broken = await startGateway();
    const logged: unknown[] = [];
    const defective = await startGateway({
      roster: { ...broken.rooms.roster, find: () => Promise.reject(new Error('secret\n    at path /srv/data')) },
      access: broken.rooms.access,
      log: { ...silentLog, error: (fields) => logged.push(fields) },
    });
    try {
      const reply = await post(`${defective.soap}/PersonManagementServiceSync`, message(read));
      expect([reply.status, reply.fault]).toEqual([500, expect.stringMatching(/^s:Server: .*its id is [\w-]+\.$/)]);
      expect(reply.text).not.toContain('secret');
      const detail = expect.stringMatching(/^at .*faults\.test\.ts/);
      expect(logged).toEqual([{ request: expect.any(String), error: 'Error', detail }]);
      expect(JSON.stringify(logged)).not.toMatch(/secret|srv/);
    } finally {
      await broken.close();
      await defective.close();
    }
  });
});
