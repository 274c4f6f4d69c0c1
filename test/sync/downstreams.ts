import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';
import { systemClock } from '../../src/base/clock.ts';
import type { Log } from '../../src/base/log.ts';
import { makeWorker } from '../../src/jobs/index.ts';
import { makeImsEs, makeImsEsDeliverer } from '../../src/protocols/ims-es/index.ts';
import { type Context, makeRoster, type RosterRooms } from '../../src/roster/index.ts';
import { migrate, openStore, type Store } from '../../src/store/index.ts';
import { type DownstreamReport, type Downstreams, makeDownstreams } from '../../src/sync/index.ts';
import { makeOutbound, parseXml, type XmlElement } from '../../src/wire/index.ts';
import { soapUser } from '../protocols/ims-es/gateway.ts';
import { message, post, security } from '../protocols/ims-es/messages.ts';
import { wsdlDir } from '../protocols/ims-es/schemas.ts';
import { type TestDatabase, testDatabase } from '../setup/database.ts';
import { watchedLog } from '../setup/watched-log.ts';

/** A gateway with IMS Enterprise Services and a tenant `school`, on a database of its own. */
export interface Side extends RosterRooms {
  readonly store: Store;
  /** Address of the combined endpoint. */
  readonly url: string;
  /** What IMS Enterprise Services show of it: identifiers and records, as one text each, in the order of the identifiers. */
  seen(): Promise<string[]>;
  close(): Promise<void>;
}

const port = (server: Server) => (server.address() as AddressInfo).port;

async function listening(server: Server): Promise<Server> {
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return server;
}

async function stopped(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

interface Place {
  readonly database: TestDatabase;
  readonly store: Store;
}

/** Databases of sides that were closed: emptied and used again, since making one takes longer than most tests. */
const closed: Place[] = [];

async function openPlace(): Promise<Place> {
  const there = closed.pop();
  if (there !== undefined) return there;
  const database = await testDatabase();
  const store = await openStore(database.uri, database.name);
  await migrate(store);
  return { database, store };
}

async function emptied(place: Place): Promise<Place> {
  const collections = (await place.store.connection.db?.collections()) ?? [];
  const filled = collections.filter(({ collectionName }) => collectionName !== 'migrations');
  await Promise.all(filled.map((collection) => collection.deleteMany({ tenant: { $ne: null } })));
  await place.store.rows('tenant').deleteMany({});
  return place;
}

/** Lets go of the databases of closed sides, at the end of a test file. */
export async function closeSides(): Promise<void> {
  for (const { store, database } of closed.splice(0)) {
    await store.close();
    await database.close();
  }
}

/** Opens a {@link Side}. */
export async function openSide(): Promise<Side> {
  const place = await openPlace();
  const { store } = place;
  const rooms = makeRoster(store, systemClock, { brakePercent: 100 });
  await rooms.tenants.bootstrap({ tenant: 'school', user: soapUser.name, password: soapUser.password });
  const app = express();
  const { roster, access, audit, tenants } = rooms;
  app.use(
    '/soap',
    makeImsEs({
      roster,
      access,
      audit,
      settings: (tenant) => tenants.settings(tenant),
      log: watchedLog,
      maxBodyBytes: 10_000_000,
      plainHttp: 'loopback',
      wsdlDir,
    }),
  );
  const server = await listening(createServer(app));
  const url = `http://127.0.0.1:${port(server)}/soap/ImsEnterpriseServicesPort`;
  return {
    ...rooms,
    store,
    url,
    seen: () => seenAt(url),
    async close() {
      await stopped(server);
      await audit.flush();
      closed.push(await emptied(place));
    },
  };
}

const readAll = {
  person: ['<pm:readAllPersonsRequest>', '</pm:readAllPersonsRequest>', 'pm'],
  group: ['<x:readAllGroupsRequest xmlns:x="urn:rostergate:ims-es:extension:v1p0">', '</x:readAllGroupsRequest>', 'x'],
  membership: [
    '<x:readAllMembershipsRequest xmlns:x="urn:rostergate:ims-es:extension:v1p0">',
    '</x:readAllMembershipsRequest>',
    'x',
  ],
} as const;

/** What a server shows by its readAll operations. */
export async function seenAt(url: string, user = soapUser): Promise<string[]> {
  const found: string[] = [];
  for (const [type, [open, close, prefix]] of Object.entries(readAll)) {
    for (let page = 1; ; page += 1) {
      const paging = `<${prefix}:PageIndex>${page}</${prefix}:PageIndex><${prefix}:PageSize>1000</${prefix}:PageSize>`;
      const reply = await post(url, message(`${open}${paging}${close}`, security(user.name, user.password)));
      if (reply.fault !== undefined || !reply.statuses[0]?.startsWith('success')) {
        throw new Error(`${reply.fault} ${reply.statuses.join()} ${reply.description}`);
      }
      const pairs = reply.body.children[0]?.children ?? [];
      found.push(...pairs.map((pair) => `${type} ${textOf(pair)}`));
      if (pairs.length < 1000) break;
    }
  }
  return found.sort();
}

/** An element's names and texts; relationships of a record have no order. */
function textOf({ name, text, children }: XmlElement): string {
  if (children.length === 0) return `${name}=${text}`;
  const parts = children.map(textOf);
  const related = parts.filter((part) => part.startsWith('relationship(')).sort();
  const others = parts.filter((part) => !part.startsWith('relationship('));
  return `${name}(${[...others, ...related].join(' ')})`;
}

/** The `identifier` of each record that is seen, as `type:id`. */
export function idsOf(seen: readonly string[]): string[] {
  return seen.map((one) => {
    const [, type = '', id = ''] = /^(\w+) \w+\(sourcedId\(identifier=([^)]*)\)/.exec(one) ?? [];
    return `${type}:${id}`;
  });
}

/** A request that came to a {@link Middle}. */
export interface Passed {
  /** Name of the operation. */
  readonly operation: string;
  readonly request: XmlElement;
  /** All identifiers in the request's body, in order. */
  readonly ids: readonly string[];
}

/** What a middle does with a request: `pass` it on, `cut` the connection after it was done, or answer otherwise. */
export type Behaviour = (
  passed: Passed,
) => 'pass' | 'cut' | { readonly status: number; readonly body: string } | Rewrite;
/** Passes on and changes the answer. */
export interface Rewrite {
  readonly rewrite: (answer: string) => string;
}

/** A server in front of another one, that keeps what came and can misbehave. */
export interface Middle {
  readonly url: string;
  readonly passed: Passed[];
  /** The most requests that were under way at once. */
  readonly most: () => number;
  behave(behaviour: Behaviour): void;
  close(): Promise<void>;
}

/** Starts a {@link Middle}. */
export async function startMiddle(target: string): Promise<Middle> {
  const passed: Passed[] = [];
  let behaviour: Behaviour = () => 'pass';
  let running = 0;
  let most = 0;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces);
    const one = passedOf(body);
    passed.push(one);
    const how = behaviour(one);
    if (typeof how === 'object' && 'status' in how) {
      response.writeHead(how.status, { 'content-type': 'text/xml' }).end(how.body);
      return;
    }
    const { 'content-type': type = '', soapaction = '' } = request.headers;
    const done = await fetch(target, {
      method: 'POST',
      headers: { 'content-type': type, soapaction: String(soapaction) },
      body,
    });
    const text = await done.text();
    if (how === 'cut') response.destroy();
    else {
      response.writeHead(done.status, { 'content-type': done.headers.get('content-type') ?? '' });
      response.end(how === 'pass' ? text : how.rewrite(text));
    }
  }

  const server = await listening(
    createServer((request, response) => {
      running += 1;
      most = Math.max(most, running);
      answer(request, response)
        .catch(() => response.destroy())
        .finally(() => {
          running -= 1;
        });
    }),
  );
  return {
    url: `http://127.0.0.1:${port(server)}/`,
    passed,
    most: () => most,
    behave(next) {
      behaviour = next;
    },
    close: () => stopped(server),
  };
}

function passedOf(body: Buffer): Passed {
  const parsed = parseXml(body);
  if (!parsed.ok) throw new Error(parsed.problem.text);
  const content = parsed.value.children.find(({ name }) => name === 'Body')?.children[0];
  if (content === undefined) throw new Error('nothing in the Body');
  const ids = (element: XmlElement): string[] =>
    /^(identifier|firstId|secondId)$/.test(element.name) ? [element.text] : element.children.flatMap(ids);
  return { operation: content.name.replace(/Request$/, ''), request: content, ids: ids(content) };
}

/** The delivery of a side's changes, as a process of its own would do it. */
export interface Delivering extends Downstreams {
  /** Waits until nothing is to be delivered any more, or as long as it may take. */
  settled(): Promise<DownstreamReport>;
  /** Waits until a report is as wished. */
  until(wish: (report: DownstreamReport) => boolean): Promise<DownstreamReport>;
}

/** An admin of the tenant `school`. */
export const school: Context = { tenant: 'school', writer: 'admin:anna', namespace: 'default', source: 'admin' };

/** How a downstream of a test is set up. */
export const target = (url: string) => ({ url, user: soapUser.name, password: soapUser.password });

/** Starts the delivery of a side's changes; waits are short. */
export async function startDelivering(side: Side, log: Log = watchedLog): Promise<Delivering> {
  const outbound = makeOutbound({ hosts: ['127.0.0.1'] });
  const downstreams = makeDownstreams({
    store: side.store,
    roster: side.roster,
    vault: side.vault,
    deliverers: [makeImsEsDeliverer({ outbound, wsdlDir })],
    log,
    exclusive: false,
    firstDelayMs: 20,
    check: (url) => outbound.check(url),
    worker: (kind) => makeWorker(kind, log, { pollMs: 50, leaseMs: 2_000 }),
  });
  await downstreams.start();
  async function until(wish: (report: DownstreamReport) => boolean): Promise<DownstreamReport> {
    for (let tries = 0; ; tries += 1) {
      const report = await downstreams.report(school);
      if (report === undefined) throw new Error('there is no downstream');
      if (wish(report)) return report;
      if (tries > 1200) throw new Error(`not as wished: ${JSON.stringify(report)}`);
      await sleep(25);
    }
  }
  return { ...downstreams, until, settled: () => until(({ state }) => state === 'up-to-date') };
}
