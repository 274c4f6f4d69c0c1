import type { Child } from './child-process.ts';
import type { Call, Reply } from './load.ts';

const ims = 'http://www.imsglobal.org/services';
const namespaces = [
  'xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"',
  `xmlns:c="${ims}/common/imsCommonSchema_v1p0"`,
  `xmlns:h="${ims}/common/imsMessBindSchema_v1p0"`,
  `xmlns:pm="${ims}/pms/xsd/imsPersonManMessSchema_v1p0"`,
  `xmlns:pd="${ims}/pms/xsd/imsPersonManDataSchema_v1p0"`,
].join(' ');

const namePart = (type: string, value: string) =>
  `<pd:partName><pd:namePartType>${type}</pd:namePartType><pd:namePartValue>${value}</pd:namePartValue></pd:partName>`;

const sourcedId = (id: string) => `<pm:sourcedId><c:identifier>${id}</c:identifier></pm:sourcedId>`;

function person(id: string): string {
  return (
    `<pm:person><pd:formatName>Kaja ${id}</pd:formatName>` +
    `<pd:name>${namePart('First', 'Kaja')}${namePart('Last', id)}</pd:name>` +
    `<c:email>${id}@school.example</c:email><pd:userId><c:userIdValue>${id}</c:userIdValue></pd:userId>` +
    '<pd:demographics><pd:gender>Female</pd:gender><pd:bday>2010-04-12</pd:bday></pd:demographics>' +
    '<pd:institutionRole><pd:institutionRoleType>Student</pd:institutionRoleType>' +
    '<pd:primaryRoleType>true</pd:primaryRoleType></pd:institutionRole></pm:person>'
  );
}

function message(id: string, body: string): string {
  const header = `<h:syncRequestHeaderInfo><h:messageIdentifier>${id}</h:messageIdentifier></h:syncRequestHeaderInfo>`;
  return `<s:Envelope ${namespaces}><s:Header>${header}</s:Header><s:Body>${body}</s:Body></s:Envelope>`;
}

/** Calls of the person service, with a user's HTTP Basic credential. */
export interface PersonCalls {
  read(id: string): Call;
  create(id: string): Call;
  createAll(ids: readonly string[]): Call;
}

/** The calls that a gateway process answers. */
export function personCalls({ ready: { user, password } }: Child): PersonCalls {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const call = (operation: string, id: string, content: string): Call => ({
    path: '/soap/PersonManagementServiceSync',
    method: 'POST',
    headers: {
      authorization,
      'content-type': 'text/xml; charset=utf-8',
      soapaction: `"http://www.imsglobal.org/soap/pms/${operation}"`,
    },
    body: message(id, `<pm:${operation}Request>${content}</pm:${operation}Request>`),
  });
  return {
    read: (id) => call('readPerson', id, sourcedId(id)),
    create: (id) => call('createPerson', id, sourcedId(id) + person(id)),
    createAll(ids) {
      const pairs = ids.map((id) => `<pm:personIdPair>${sourcedId(id)}${person(id)}</pm:personIdPair>`);
      const content = `<pm:personIdPairSet>${pairs.join('')}</pm:personIdPairSet>`;
      return call('createPersons', ids[0] ?? '', content);
    },
  };
}

/** Throws unless an answer says `success` and nothing else, of one item or of all. */
export function checkSuccess({ status, text }: Reply): void {
  if (status !== 200 || !text.includes('codeMajor>success<') || text.includes('codeMajor>failure<')) {
    throw new Error(`status ${status}: ${text.slice(0, 500)}`);
  }
}
