import type { Reply } from './load.ts';
import type { Bench, Finding, Measure } from './measure.ts';
import { speed } from './measure.ts';
import { warmThenDrive } from './user-page.ts';

const inFlight = 16;
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

/** A createPerson request with an id of its own. */
function message(id: string): string {
  const person =
    `<pd:formatName>Kaja ${id}</pd:formatName><pd:name>${namePart('First', 'Kaja')}${namePart('Last', id)}</pd:name>` +
    `<c:email>${id}@school.example</c:email><pd:userId><c:userIdValue>${id}</c:userIdValue></pd:userId>` +
    '<pd:demographics><pd:gender>Female</pd:gender><pd:bday>2010-04-12</pd:bday></pd:demographics>' +
    '<pd:institutionRole><pd:institutionRoleType>Student</pd:institutionRoleType><pd:primaryRoleType>true</pd:primaryRoleType></pd:institutionRole>';
  const body =
    `<pm:createPersonRequest><pm:sourcedId><c:identifier>${id}</c:identifier></pm:sourcedId>` +
    `<pm:person>${person}</pm:person></pm:createPersonRequest>`;
  const header = `<h:syncRequestHeaderInfo><h:messageIdentifier>${id}</h:messageIdentifier></h:syncRequestHeaderInfo>`;
  return `<s:Envelope ${namespaces}><s:Header>${header}</s:Header><s:Body>${body}</s:Body></s:Envelope>`;
}

function check({ status, text }: Reply): void {
  if (status !== 200 || !text.includes('codeMajor>success<'))
    throw new Error(`status ${status}: ${text.slice(0, 500)}`);
}

/** SOAP createPerson, 16 in flight, against a bare http server that runs the same transaction one call at a time. */
export const createPerson: Measure = {
  name: 'create-person',
  async run(bench: Bench): Promise<Finding> {
    const database = bench.freshDatabase();
    const target = bench.freshDatabase();
    const requests = Math.max(64, Math.round(16_000 * bench.scale));
    const gateway = await bench.start('gateway', {
      uri: bench.uri,
      database,
      dataDir: `${bench.folder}/${database}`,
    });
    const { base, user, password } = gateway.ready;
    const headers = {
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
      'content-type': 'text/xml; charset=utf-8',
      soapaction: '"http://www.imsglobal.org/soap/pms/createPerson"',
    };
    let made = 0;
    const call = () => {
      made += 1;
      const body = message(`person-${made}`);
      return { path: '/soap/PersonManagementServiceSync', method: 'POST' as const, headers, body };
    };
    const ours = await warmThenDrive({ base: String(base), inFlight, requests, call, check });
    await gateway.stop();
    const bare = await bench.start('create-floor', { uri: bench.uri, from: database, to: target });
    const fewer = Math.max(64, Math.round(requests / 8));
    const address = String(bare.ready['base']);
    const floor = await warmThenDrive({ base: address, inFlight, requests: fewer, call, check });
    await bare.stop();
    await bench.dropDatabase(database);
    await bench.dropDatabase(target);
    return speed('create-person', ours, floor, 'requests/s');
  },
};
