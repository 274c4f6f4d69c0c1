import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeLog } from '../../src/app-log.ts';
import { makeFindingPacks, makeOriginals, makeRunStore } from '../../src/store/index.ts';
import { makeRetention } from '../../src/sync/attempt/retention.ts';
import type { DownstreamReport, Run } from '../../src/sync/index.ts';
import { message, post, security, sourcedId } from '../protocols/ims-es/messages.ts';
import { packageOf } from '../protocols/oneroster-csv/packages.ts';
import { basic } from '../setup/doors.ts';
import { demo } from '../setup/services.ts';
import { startWholeGateway, type WholeGateway } from '../setup/whole-gateway.ts';
import { closeSides, type Middle, openSide, type Passed, type Side, startMiddle, target } from '../sync/downstreams.ts';

/** Stands in every value of the persons that are purged. */
const mark = 'Qzxmark';
/** A value of a person by the door that it comes by, the first or a changed one. */
const sent = (door: string, turn: 1 | 2) => `${mark}${door}${turn}`;

let gateway: WholeGateway;
let theirs: Side;
let middle: Middle;
const log: string[] = [];

beforeAll(async () => {
  const sink = makeLog('info', { write: (line: string) => void log.push(line) });
  gateway = await startWholeGateway({ OUTBOUND_HOSTS: '127.0.0.1' }, sink);
  theirs = await openSide();
  middle = await startMiddle(theirs.url);
});
afterAll(async () => {
  await gateway.close();
  await middle.close();
  await theirs.close();
  await closeSides();
});

/** A server that refuses persons with the mark, which come alone, and repeats what was sent in what it says. */
function refuseWithWords({ operation, request }: Passed) {
  if (!/^replacePersons?$/.test(operation) || !JSON.stringify(request).includes(mark)) return 'pass' as const;
  const failure = `<statusInfo><codeMajor>failure</codeMajor><severity>error</severity><codeMinor><codeMinorField><codeMinorName>TargetEndSystem</codeMinorName><codeMinorValue>invaliddata</codeMinorValue></codeMinorField></codeMinor><description><language>en</language><text>${mark} is no name</text></description></statusInfo>`;
  return { rewrite: (answer: string) => answer.replace(/<statusInfo>.*?<\/statusInfo>/gs, failure) };
}

async function ask(method: string, path: string, body?: string | object | Uint8Array): Promise<Response> {
  const json = typeof body === 'object' && !(body instanceof Uint8Array);
  return fetch(gateway.url + path, {
    method,
    headers: {
      authorization: basic(demo.user, demo.password),
      ...(json ? { 'content-type': 'application/json' } : {}),
    },
    ...(body === undefined ? {} : { body: (json ? JSON.stringify(body) : body) as string }),
  });
}

async function asked<T>(method: string, path: string, body?: string | object | Uint8Array): Promise<T> {
  const answer = await ask(method, path, body);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return (text === '' ? {} : JSON.parse(text)) as T;
}

/** Takes a file in; the run when it has ended or is held. */
async function take(feed: string, body: string | Uint8Array, rest = ''): Promise<Run> {
  const { id } = await asked<Run>('POST', `/api/v1/imports?feed=${feed}&name=file${rest}`, body);
  for (;;) {
    const run = await asked<Run>('GET', `/api/v1/runs/${id}`);
    if (run.state !== 'queued' && run.state !== 'running') return run;
    await sleep(20);
  }
}

let token = '';
async function tokenOf(): Promise<string> {
  const answer = await fetch(`${gateway.url}/oauth/token`, {
    method: 'POST',
    headers: { authorization: basic(demo.user, demo.password) },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}
const push = (method: string, path: string, data?: object) =>
  fetch(`${gateway.url}/ims/oneroster/rostering/v1p2${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(data === undefined ? {} : { body: JSON.stringify(data) }),
  });

const call = (request: string) =>
  post(`${gateway.url}/soap/ImsEnterpriseServicesPort`, message(request, security(demo.user, demo.password)));

// ---- A person with a value in every field that a door takes -----------------------------------------------------

const bySoap = (value: string) => `<pd:name>
  <pd:partName><pd:namePartType>First</pd:namePartType><pd:namePartValue>${value}</pd:namePartValue></pd:partName>
  <pd:partName><pd:namePartType>Last</pd:namePartType><pd:namePartValue>${value}</pd:namePartValue></pd:partName></pd:name>
  <c:email>${value}@example.org</c:email><c:URL>http://${value}.example</c:URL>`;

const byXml = (id: string, value: string) => `<person><comments>${value}</comments>
  <sourcedid><source>t</source><id>${id}</id></sourcedid>
  <userid useridtype="${value}" password="${value}">${value}</userid>
  <name><fn>${value}</fn><sort>${value}</sort><nickname>${value}</nickname>
    <n><family>${value}</family><given>${value}</given><other>${value}</other><prefix>${value}</prefix><suffix>${value}</suffix></n></name>
  <demographics><gender>1</gender><bday>1999-01-02</bday><disability>${value}</disability></demographics>
  <email>${value}@example.org</email><url>http://${value}.example</url><tel teltype="1">${value}</tel>
  <adr><pobox>${value}</pobox><extadd>${value}</extadd><street>${value}</street><locality>${value}</locality><region>${value}</region><pcode>${value}</pcode><country>${value}</country></adr>
  <photo imgtype="gif"><extref>http://${value}.example/p.gif</extref></photo>
  <systemrole systemroletype="${value}"/><datasource>${value}</datasource>
  <extension><own>${value}</own></extension></person>`;
const other = (at: number) =>
  `<person><sourcedid><source>t</source><id>other-${at}</id></sourcedid><name><fn>Other</fn></name></person>`;
const group =
  '<group><sourcedid><source>t</source><id>kept</id></sourcedid><description><short>Kept</short></description></group>';
const membership = (value: string) => `<membership><sourcedid><source>t</source><id>kept</id></sourcedid><member>
  <sourcedid><source>t</source><id>by-file</id></sourcedid><idtype>1</idtype>
  <role roletype="01"><status>1</status><userid>${value}</userid><comments>${value}</comments><email>${value}@example.org</email></role></member></membership>`;
const envelope = (content: string) =>
  `<enterprise><properties><datasource>S</datasource><datetime>2026-01-01T00:00:00</datetime></properties>${content}</enterprise>`;
const file = (value: string, others: number) =>
  envelope(
    byXml('by-file', value) + Array.from({ length: others }, (_, at) => other(at)).join('') + group + membership(value),
  );

const byRest = (value: string) => ({
  user: {
    enabledUser: 'true',
    username: value,
    userIds: [{ type: value, identifier: value }],
    givenName: value,
    familyName: value,
    middleName: value,
    identifier: value,
    email: `${value}@example.org`,
    sms: value,
    phone: value,
    preferredFirstName: value,
    preferredLastName: value,
    pronouns: value,
    userMasterIdentifier: value,
    roles: [{ roleType: 'primary', role: 'student', org: { sourcedId: 'o1', type: 'org' } }],
    metadata: { own: value },
  },
});

/** A package with one person; `status` in a delta says what becomes of it. */
const csvOf = (mode: 'bulk' | 'delta', value: string, status = '') => {
  const at = mode === 'delta' ? '2026-01-02T00:00:00.000Z' : '';
  return packageOf(mode, {
    ...(mode === 'bulk' ? { orgs: ['o2,,,School,school,,'] } : {}),
    users: [
      `by-csv,${status},${at},true,${value},{LDAP:${value}},${value},${value},${value},${value},${value}@example.org,${value},${value},,09,${value},${value},${value},${value},${value},,${value}`,
    ],
    roles: [`r1,${status},${at},by-csv,primary,student,,,o2,`],
    demographics: [`by-csv,${status},${at},1999-01-02,female,true,,,,,,,,${value},${value},`],
  });
};

// ---- Everything that is stored -----------------------------------------------------------------------------------

const unpackers = [gunzipSync, inflateSync, inflateRawSync, brotliDecompressSync];

/** The texts in a value of a document; bytes as they are, and unpacked where they are packed. */
function textOf(value: unknown): string {
  if (value instanceof Uint8Array || (value as { _bsontype?: string } | null)?._bsontype === 'Binary') {
    const bytes = Buffer.from(value instanceof Uint8Array ? value : (value as { buffer: Uint8Array }).buffer);
    const unpacked = unpackers.flatMap((unpack) => {
      try {
        return [unpack(bytes).toString('latin1')];
      } catch {
        return [];
      }
    });
    return [bytes.toString('latin1'), ...unpacked].join('\n');
  }
  if (value instanceof Date || typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, one]) => `${name} ${textOf(one)}`)
    .join('\n');
}

/** Where the mark stands: names of collections, `file …` of the gateway’s folder, and `log`. */
async function marked(): Promise<string[]> {
  const places = new Set<string>();
  for (const collection of (await gateway.store.connection.db?.collections()) ?? []) {
    const own = collection.collectionName === 'tenants' ? { _id: demo.tenant as never } : { tenant: demo.tenant };
    for await (const row of collection.find(own)) {
      if (textOf(row).includes(mark)) places.add(collection.collectionName);
    }
  }
  for (const entry of await readdir(gateway.dataDir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name));
    if (textOf(bytes).includes(mark)) places.add(`file ${entry.name}`);
  }
  if (log.join('').includes(mark)) places.add('log');
  return [...places].sort();
}

const guids: string[] = [];
let held: Run;

describe('A person that came by every door, was changed, trashed and exported', () => {
  test('stands in records, the change log, kept files and lists of runs', async () => {
    token = await tokenOf();
    await push('PUT', '/orgs/o1', { org: { name: 'School', type: 'school' } });
    for (const turn of [1, 2] as const) {
      const person = `<pm:person>${bySoap(sent('soap', turn))}</pm:person>`;
      const request = `<pm:replacePersonRequest>${sourcedId('pm', 'by-soap')}${person}</pm:replacePersonRequest>`;
      expect((await call(request)).statuses).toEqual(['success status']);
      const pushed = await push('PUT', '/users/by-rest', byRest(sent('rest', turn)));
      expect([pushed.status, await pushed.text()]).toEqual([turn === 1 ? 201 : 200, '']);
      expect(await take('files', file(sent('file', turn), 30))).toMatchObject({ state: 'done' });
      expect(await take('tables', await csvOf('bulk', sent('csv', turn)))).toMatchObject({ state: 'done' });
    }
    for (const path of ['export', 'export?format=ims-enterprise-xml']) {
      await (await ask('GET', `/api/v1/${path}`)).arrayBuffer();
    }
    for (const id of ['by-soap', 'by-rest', 'by-file', 'by-csv']) {
      const { guid } = await asked<{ guid: string }>('GET', `/api/v1/records/${id}?type=person`);
      guids.push(guid);
      expect(await (await ask('GET', `/api/v1/persons/${guid}/access-export`)).text()).toContain(mark);
    }
    middle.behave(refuseWithWords);
    await asked('PUT', '/api/v1/downstream', { ...target(middle.url), batchSize: 1 });
    for (;;) {
      const { deadLetters } = await asked<DownstreamReport>('GET', '/api/v1/downstream');
      if (deadLetters >= guids.length) break;
      await sleep(20);
    }
    await asked('PUT', '/api/v1/downstream', { paused: true });
    const gone = `<person recstatus="3"><sourcedid><source>t</source><id>by-file</id></sourcedid></person>`;
    expect(
      (await call(`<pm:deletePersonRequest>${sourcedId('pm', 'by-soap')}</pm:deletePersonRequest>`)).statuses,
    ).toEqual(['success status']);
    expect((await push('DELETE', '/users/by-rest')).status).toBe(204);
    expect(await take('files', envelope(gone))).toMatchObject({ state: 'done' });
    expect(await take('tables', await csvOf('delta', sent('csv', 2), 'tobedeleted'))).toMatchObject({
      state: 'done',
    });
    held = await take('files', file(sent('file', 1), 0), '&mode=full');
    expect(held).toMatchObject({ state: 'held' });
    const files = ['originals.files', 'originals.parts'];
    expect(await marked()).toEqual(['changes', 'deadLetters', 'findings', 'memberships', ...files, 'persons', 'runs']);
  });

  test('stands nowhere once it is purged, and a held run that shows it cannot be approved any more', async () => {
    for (const guid of guids) await asked('DELETE', `/api/v1/trash/${guid}?force=true`);
    for (;;) {
      const { state } = await asked<Run>('GET', `/api/v1/runs/${held.id}`);
      if (state !== 'held') break;
      await sleep(20);
    }
    const refused = await ask('POST', `/api/v1/runs/${held.id}/approve`);
    expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining('purged since')]);
    const { store } = gateway;
    const [runs, originals, packs] = [makeRunStore(store), makeOriginals(store), makeFindingPacks(store)];
    // What the gateway does by itself once a minute.
    await makeRetention({ runs, originals, packs, originalsDays: 30, reportDays: 400 }).tidy(new Date());
    expect(await marked()).toEqual([]);
  });
});
