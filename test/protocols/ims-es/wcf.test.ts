import { readdirSync, readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { basename, join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { operations } from '../../../src/protocols/ims-es/operations.ts';
import type { XmlElement } from '../../../src/wire/index.ts';
import { startGateway, type TestGateway } from './gateway.ts';
import { find, type Reply, readReply, texts } from './messages.ts';
import { makeValidator } from './schemas.ts';

/** Requests in the shape that WCF gives them: of XmlSerializer proxies, and `.contract` those of DataContractSerializer. */
const corpus = join(import.meta.dirname, '../../corpus/soap/wcf');
const validate = makeValidator();
const done = 'success status';
let gateway: TestGateway;
const used = new Set<string>();

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

/** A message with the Timestamp that its client would give it now: five minutes from here. */
function stamped(text: string): string {
  const created = new Date();
  const expires = new Date(created.getTime() + 5 * 60_000);
  return text
    .replace(/(?<=<u:Created>)[^<]+/, created.toISOString())
    .replace(/(?<=<u:Expires>)[^<]+/, expires.toISOString());
}

/** Reads an answer and checks what holds for each. */
async function readAnswer(response: IncomingMessage, sent: string, continued: boolean): Promise<Reply> {
  const text = await readText(response);
  const reply = readReply(response.statusCode ?? 0, response.headers['content-type'] ?? '', text);
  expect([reply.status, reply.fault, continued]).toEqual([200, undefined, true]);
  expect(validate(text)).toEqual([]);
  expect(sent).toContain(`<messageIdentifier>${reply.messageIdentifier}</messageIdentifier>`);
  return reply;
}

/** Sends a fixture as WCF does: the head with `Expect: 100-continue` first, the body when the gateway says so. */
function send(file: string): Promise<Reply> {
  used.add(file);
  const body = Buffer.from(stamped(readFileSync(join(corpus, file), 'utf8')));
  const operation = operations.find(({ name }) => name === basename(file).split('.')[0]);
  if (operation === undefined) throw new Error(`${file} is named after no operation`);
  return new Promise((resolve, reject) => {
    let continued = false;
    const outgoing = request(`${gateway.soap}/${operation.portType}.svc`, {
      method: 'POST',
      headers: {
        'Content-Type': 'text/xml; charset=utf-8',
        SOAPAction: `"${operation.action}"`,
        'Content-Length': body.length,
        Expect: '100-continue',
        'Accept-Encoding': 'gzip, deflate',
        Connection: 'Keep-Alive',
      },
    });
    outgoing.on('continue', () => {
      continued = true;
      outgoing.end(body);
    });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      readAnswer(response, body.toString(), continued).then(resolve, reject);
    });
    outgoing.flushHeaders();
  });
}

/** The pairs of a set of memberships, each as its identifier, group, member and role; those of one call have no order. */
function pairsOf(body: XmlElement): string[] {
  const pairs = body.children[0]?.children ?? [];
  return pairs.map((pair) => [...texts(pair, 'identifier'), ...texts(pair, 'roleType')].join(' ')).sort();
}

describe('A WCF client', () => {
  test('createPerson with formatName nil, and readPerson', async () => {
    expect((await send('createPerson.xml')).statuses).toEqual([done]);
    const { body, statuses } = await send('readPerson.xml');
    expect(statuses).toEqual([done]);
    expect(texts(body, 'namePartValue')).toEqual(['Ada', 'Ek']);
    const names = ['email', 'userIdValue', 'bday', 'institutionRoleType', 'telValue', 'fieldValue'];
    expect(names.map((name) => find(body, name))).toEqual([
      'ada@example.org',
      'ada.ek',
      '2012-03-04',
      'Student',
      '+47 900 00 000',
      'NotAllowed',
    ]);
  });

  test('updatePerson with nil elements keeps what they stand for', async () => {
    expect((await send('updatePerson.xml')).statuses).toEqual([done]);
    const { body } = await send('readPerson.xml');
    const names = ['email', 'bday', 'URL'];
    expect(names.map((name) => find(body, name))).toEqual(['ada@example.org', '2012-03-04', 'https://ada.example.org']);
  });

  test('createPersons, and readPersons with one that is unknown', async () => {
    expect((await send('createPersons.xml')).statuses).toEqual([done, done]);
    const { body, statuses } = await send('readPersons.xml');
    expect(statuses).toEqual([done, 'failure error unknownobject', done]);
    expect(texts(body, 'namePartValue')).toEqual(['Cy', 'Berg', 'Bo', 'Berg']);
  });

  test('createGroup with default namespaces, and with prefixes, i:type and i:nil', async () => {
    expect((await send('createGroup.xml')).statuses).toEqual([done]);
    expect((await send('createGroup.contract.xml')).statuses).toEqual([done]);
  });

  test('createMemberships and readMembershipsForGroup', async () => {
    expect((await send('createMemberships.xml')).statuses).toEqual([done, done]);
    const { body, statuses } = await send('readMembershipsForGroup.xml');
    expect(statuses).toEqual([done]);
    expect(pairsOf(body)).toEqual(['wcf-m1 wcf-g2 wcf-p1 Learner', 'wcf-m2 wcf-g2 wcf-p3 Instructor']);
  });

  test('changePersonsIdentifier: memberships follow', async () => {
    expect((await send('changePersonsIdentifier.xml')).statuses).toEqual([done]);
    const { body } = await send('readMembershipsForGroup.xml');
    expect(pairsOf(body)).toEqual(['wcf-m1 wcf-g2 wcf-p1 Learner', 'wcf-m2 wcf-g2 wcf-p4 Instructor']);
  });

  test('readAllPersons with nil parameters takes the usual page', async () => {
    const { body, statuses } = await send('readAllPersons.xml');
    expect(statuses).toEqual([done]);
    expect(find(body, 'virtualCount')).toBe('3');
    expect(texts(body, 'identifier').sort()).toEqual(['wcf-p1', 'wcf-p2', 'wcf-p4']);
  });

  test('deletePersons and deleteMemberships with one that is unknown', async () => {
    expect((await send('deletePersons.xml')).statuses).toEqual([done, 'failure error unknownobject']);
    expect((await send('deleteMemberships.xml')).statuses).toEqual([done, done]);
    expect(pairsOf((await send('readMembershipsForGroup.xml')).body)).toEqual([]);
  });

  test('every fixture was sent', () => {
    expect([...used].sort()).toEqual(readdirSync(corpus).sort());
  });
});
