import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { StoredRecord } from '../../../src/model/index.ts';
import { makeImsEsDeliverer } from '../../../src/protocols/ims-es/index.ts';
import type { Context } from '../../../src/roster/index.ts';
import { type Delivery, type Target, Unreachable } from '../../../src/sync/index.ts';
import { makeOutbound } from '../../../src/wire/index.ts';
import { soapUser, startGateway, type TestGateway } from './gateway.ts';
import { makeValidator, wsdlDir } from './schemas.ts';

const context: Context = { tenant: 'school', writer: 'admin:x', namespace: 'default', source: 'admin' };
const validate = makeValidator('request');
const deliverer = makeImsEsDeliverer({ outbound: makeOutbound({ hosts: ['127.0.0.1'] }), wsdlDir });

/** What came to the server of a test. */
interface Came {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let gateway: TestGateway;
let server: Server;
let came: Came[];
let answer: ((body: string) => { status: number; body: string }) | undefined;
let target: Target;

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const body = Buffer.concat(pieces).toString('utf8');
  came.push({ headers: request.headers, body });
  const own = answer?.(body);
  if (own !== undefined) {
    response.writeHead(own.status, { 'content-type': 'text/xml' }).end(own.body);
    return;
  }
  const { 'content-type': type = '', soapaction = '' } = request.headers;
  const headers = { 'content-type': type, soapaction: String(soapaction) };
  const done = await fetch(`${gateway.soap}/ImsEnterpriseServicesPort`, { method: 'POST', headers, body });
  response.writeHead(done.status, { 'content-type': 'text/xml' }).end(await done.text());
}

/** A server that keeps what comes and asks a real gateway, unless it has an answer of its own. */
beforeAll(async () => {
  gateway = await startGateway();
  server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/soap`;
  target = { protocol: 'ims-es', url, user: soapUser.name, password: soapUser.password, batchSize: 100 };
});
beforeEach(() => {
  came = [];
  answer = undefined;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await gateway.close();
});

const record = <T extends 'person' | 'group' | 'membership'>(type: T, imsId: string, data: object) =>
  ({ type, guid: `guid-${imsId}`, imsId, state: 'active', data }) as unknown as StoredRecord<T>;

const names: Extract<Delivery, { op: 'write' }>['names'] = new Map(
  (['person', 'group'] as const).map((type) => {
    const imsId = type === 'person' ? 'p <1>' : 'g1';
    return [`guid-${imsId}`, { guid: `guid-${imsId}`, type, state: 'active', keys: [], imsId, sourcedId: imsId }];
  }),
);

const writes: readonly Delivery[] = [
  {
    op: 'write',
    type: 'group',
    names,
    records: [record('group', 'g1', { kind: 'class', description: { short: 'G' } })],
  },
  {
    op: 'write',
    type: 'person',
    names,
    records: [record('person', 'p <1>', { name: { given: 'Zoë', family: '& Söhne' }, email: 'z@example.org' })],
  },
  {
    op: 'write',
    type: 'membership',
    names,
    records: [
      record('membership', 'm1', {
        group: 'guid-g1',
        member: 'guid-p <1>',
        memberType: 'person',
        roles: [{ type: 'Learner' }],
      }),
    ],
  },
];

const deliver = (delivery: Delivery, over: Partial<Target> = {}) =>
  deliverer.deliver(context, { ...target, ...over }, delivery);
const reasonOf = async (delivery: Delivery, over: Partial<Target> = {}) => {
  try {
    return JSON.stringify(await deliver(delivery, over));
  } catch (error) {
    return error instanceof Unreachable ? error.message : `defect: ${String(error)}`;
  }
};
const removal = (...ids: string[]): Delivery => ({ op: 'remove', type: 'person', ids });

describe('Calls', () => {
  test('write what was meant', async () => {
    for (const delivery of writes) await deliver(delivery);
    const [person] = await gateway.rooms.roster.find(context, 'person', ['person:default:p <1>']);
    expect(person?.data).toMatchObject({ name: { given: 'Zoë', family: '& Söhne' }, email: 'z@example.org' });
    const [membership] = await gateway.rooms.roster.find(context, 'membership', ['membership:default:m1']);
    expect(membership?.data).toMatchObject({ member: person?.guid, roles: [{ type: 'Learner' }] });
  });

  test('are valid against the schemas, name their SOAP action, and carry a UsernameToken that must be understood', async () => {
    for (const delivery of writes) expect(await deliver(delivery)).toEqual([{ kind: 'done' }]);
    await deliver({ op: 'rename', type: 'person', pairs: [{ from: 'p <1>', to: 'p&2' }] });
    for (const type of ['membership', 'person', 'group'] as const) {
      await deliver({ op: 'remove', type, ids: [{ membership: 'm1', person: 'p&2', group: 'g1' }[type]] });
    }
    expect(came.map(({ headers }) => headers['soapaction'])).toEqual(
      [
        'gms/replaceGroups',
        'pms/replacePersons',
        'mms/replaceMemberships',
        'pms/changePersonsIdentifier',
        'mms/deleteMemberships',
        'pms/deletePersons',
        'gms/deleteGroups',
      ].map((action) => `"http://www.imsglobal.org/soap/${action}"`),
    );
    for (const { headers, body } of came) {
      expect(headers['content-type']).toBe('text/xml; charset=utf-8');
      expect(validate(body)).toEqual([]);
      expect(body).toMatch(/<wsse:Security soap:mustUnderstand="1"/);
      expect(body).toMatch(/#PasswordText">open sesame<\/wsse:Password>/);
      expect(body).toMatch(/<h:messageIdentifier>[\w-]{22}<\/h:messageIdentifier>/);
    }
    expect(new Set(came.map(({ body }) => /messageIdentifier>([^<]+)/.exec(body)?.[1])).size).toBe(came.length);
  });

  test('leave out a membership whose end has no name', async () => {
    const [, , memberships] = writes;
    expect(await deliver({ ...memberships, names: new Map() } as Delivery)).toEqual([{ kind: 'done' }]);
    expect(came).toEqual([]);
  });
});

describe('Answers', () => {
  test('a removal or renaming of what is not there is done, a removal of what is in the trash too', async () => {
    expect(await deliver(removal('unknown'))).toEqual([{ kind: 'done' }]);
    expect(await deliver({ op: 'rename', type: 'group', pairs: [{ from: 'a', to: 'b' }] })).toEqual([{ kind: 'done' }]);
    const [, persons] = writes;
    if (persons !== undefined) await deliver(persons);
    await deliver(removal('p <1>'));
    came.length = 0;
    expect(await deliver(removal('p <1>', 'unknown'))).toEqual([{ kind: 'done' }, { kind: 'done' }]);
    expect(came.map(({ headers }) => String(headers['soapaction']).replace(/.*\//, ''))).toEqual([
      'deletePersons"',
      'readPersons"',
    ]);
  });

  const statuses = (...codes: readonly (readonly [string, string])[]) => {
    const infos = codes.map(
      ([major, minor]) =>
        `<x:statusInfo><x:codeMajor>${major}</x:codeMajor><x:codeMinor><x:codeMinorField><x:codeMinorValue>${minor}</x:codeMinorValue></x:codeMinorField></x:codeMinor></x:statusInfo>`,
    );
    const set = `<x:syncResponseHeaderInfo xmlns:x="urn:any"><x:statusInfoSet>${infos.join('')}</x:statusInfoSet></x:syncResponseHeaderInfo>`;
    return `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header>${set}</e:Header><e:Body><r/></e:Body></e:Envelope>`;
  };

  test.each([
    ['success', '', 'done'],
    ['failure', 'targetisbusy', 'retry'],
    ['failure', 'overflowfail', 'retry'],
    ['failure', 'linkfailure', 'retry'],
    ['processing', '', 'retry'],
    ['failure', 'invaliddata', 'invalid-data'],
    ['failure', 'incompletedata', 'missing-data'],
    ['failure', 'idallocinusefail', 'already-exists'],
    ['failure', 'unauthorizedrequest', 'forbidden'],
    ['failure', 'unknownobject', 'unknown-object'],
    ['failure', 'somethingelse', 'invalid-data'],
    ['unsupported', '', 'unsupported-operation'],
  ])('%s %s of a write means %s', async (major, minor, meaning) => {
    answer = () => ({ status: 200, body: statuses([major, minor]) });
    const [outcome] = await deliver(writes[0] as Delivery);
    expect(outcome?.kind === 'refused' ? outcome.problem.code : outcome?.kind).toBe(meaning);
  });

  test('each item has its own, in order', async () => {
    answer = () => ({
      status: 200,
      body: statuses(['success', ''], ['failure', 'targetisbusy'], ['failure', 'unknownobject']),
    });
    expect((await deliver(removal('a', 'b', 'c'))).map(({ kind }) => kind)).toEqual(['done', 'retry', 'done']);
  });

  test.each([
    ['fewer statuses than items', { status: 200, body: statuses(['success', '']) }, '1 statuses for 2 items'],
    ['an error of HTTP', { status: 502, body: '<html/>' }, 'HTTP status 502'],
    ['a redirect', { status: 302, body: '' }, 'HTTP status 302'],
    ['a document type', { status: 200, body: '<!DOCTYPE x [<!ENTITY e "e">]><x>&e;</x>' }, 'no SOAP message'],
    ['an envelope with an error of HTTP', { status: 500, body: statuses(['success', '']) }, 'HTTP status 500'],
  ])('%s: nothing is known of the call', async (_name, own, reason) => {
    answer = () => own;
    expect(await reasonOf(removal('a', 'b'))).toContain(reason);
  });

  test('a wrong password, no server and an address that may not be asked: nothing is known of the call', async () => {
    expect(await reasonOf(removal('a'), { password: 'wrong & <bad>' })).toContain('FailedAuthentication');
    expect(await reasonOf(removal('a'), { url: 'http://127.0.0.1:1/' })).toContain('ECONNREFUSED');
    expect(await reasonOf(removal('a'), { url: 'https://10.0.0.1/' })).toContain('OUTBOUND_HOSTS');
  });
});
