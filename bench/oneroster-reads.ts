import { Agent } from 'node:http';
import { type Call, percentile, type Reply, send } from './load.ts';
import type { Bench, Finding, Measure } from './measure.ts';
import { least, speed } from './measure.ts';
import { callsOf, checkOk, warmThenDrive, withBoth } from './oneroster.ts';

const inFlight = 8;
const limit = 100;
/** Pages near the front: what is far behind costs the database's `skip`, for both sides alike. */
const pages = 10;
/** Enrollments that a crawl reads at scale 1, and how many a page has. */
const crawled = { records: 100_000, limit: 1000 };

/** The bare server's read of documents: the driver's find with a filter, sorted by `_id`. */
function bareFind(collection: string, filter: object, limitTo: number, offset = 0): string {
  return `/${collection}?filter=${encodeURIComponent(JSON.stringify(filter))}&limit=${limitTo}&offset=${offset}`;
}

/** The same requests, by their number, to the gateway and to a bare server; requests per second. */
function requestsPerSecond(
  name: string,
  most: number,
  prepare: (read: (path: string) => Promise<string>) => Promise<(number: number) => string>,
  bareCall: (path: string, number: number) => string,
): Measure {
  return {
    name,
    async run(bench: Bench): Promise<Finding> {
      const { database } = await bench.imported();
      const requests = Math.max(40, Math.round(most * bench.scale));
      let pathOf = (_number: number) => '';
      const { ours, floor } = await withBoth(
        bench,
        database,
        async (base, call) => {
          pathOf = await prepare(async (path) => (await send(base, call(path))).text);
          const load = { base, inFlight, requests, check: checkOk };
          return warmThenDrive({ ...load, call: (number) => call(pathOf(number)) });
        },
        (base) => {
          const load = { base, inFlight, requests, check: checkOk };
          return warmThenDrive({ ...load, call: (number) => ({ path: bareCall(pathOf(number), number) }) });
        },
      );
      return speed(name, ours, floor, 'requests/s');
    },
  };
}

const offsetOf = (number: number) => (number % pages) * limit;

/** OneRoster pages of 100 users. */
export const userPage = requestsPerSecond(
  'user-page',
  4_000,
  async () => (number) => `/users?limit=${limit}&offset=${offsetOf(number)}`,
  (_path, number) => bareFind('persons', { tenant: 'bench', views: 'user' }, limit, offsetOf(number)),
);

/** OneRoster pages of 100 users of those with one family name, which an index finds. */
export const filteredPage = requestsPerSecond(
  'filtered-page',
  4_000,
  async () => (number) => {
    const filter = encodeURIComponent("familyName='Haugen'");
    return `/users?limit=${limit}&offset=${offsetOf(number)}&filter=${filter}`;
  },
  (_path, number) => {
    const filter = { tenant: 'bench', views: 'user', 'shown.familyName': 'haugen' };
    return bareFind('persons', filter, limit, offsetOf(number));
  },
);

/** Single users by their `sourcedId`. */
export const userById = requestsPerSecond(
  'user-by-id',
  20_000,
  async (read) => {
    const { users } = JSON.parse(await read('/users?limit=1000')) as { users: { sourcedId: string }[] };
    return (number) => `/users/${encodeURIComponent(users[(number * 7_919) % users.length]?.sourcedId ?? '')}`;
  },
  (path) => {
    const sourcedId = decodeURIComponent(path.slice('/users/'.length));
    return bareFind('persons', { tenant: 'bench', views: 'user', sourcedId }, 1);
  },
);

/** Reads pages one after the other as long as there is a next one, but not for ever; records per second. */
async function crawl(
  base: string,
  records: number,
  first: Call,
  next: (reply: Reply, read: number) => Call | undefined,
) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const began = performance.now();
  let read = 0;
  for (let call: Call | undefined = first; call !== undefined && read < records; read += crawled.limit) {
    const reply = await send(base, call, agent);
    checkOk(reply);
    call = next(reply, read + crawled.limit);
  }
  agent.destroy();
  return (read * 1000) / (performance.now() - began);
}

/** A crawl through the enrollments by `Link: rel="next"`, one page after the other. */
export const enrollmentCrawl: Measure = {
  name: 'enrollment-crawl',
  async run(bench: Bench): Promise<Finding> {
    const { database, size } = await bench.imported();
    const records = Math.min(crawled.records * bench.scale, size.memberships - crawled.limit);
    const { ours, floor } = await withBoth(
      bench,
      database,
      async (base, call) => {
        const first = call(`/enrollments?limit=${crawled.limit}`);
        const next = ({ link = '' }: Reply) => {
          const found = /<([^>]*)>; ?rel="next"/.exec(link)?.[1];
          return found === undefined ? undefined : { ...first, path: found.slice(new URL(found).origin.length) };
        };
        await crawl(base, records / 5, first, next);
        return crawl(base, records, first, next);
      },
      async (base) => {
        const page = (read: number) =>
          bareFind('memberships', { tenant: 'bench', views: 'enrollment' }, crawled.limit, read);
        const next = (_reply: Reply, read: number) => ({ path: page(read) });
        await crawl(base, records / 5, { path: page(0) }, next);
        return crawl(base, records, { path: page(0) }, next);
      },
    );
    return speed('enrollment-crawl', ours, floor, 'records/s');
  },
};

/** A page of enrollments at nine tenths of all against the first page: the same gateway, milliseconds of the median. */
export const farPage: Measure = {
  name: 'far-page',
  async run(bench: Bench): Promise<Finding> {
    const { database, size } = await bench.imported();
    const far = Math.floor(size.memberships * 0.9);
    const gateway = await bench.start('gateway', { uri: bench.uri, database, dataDir: `${bench.folder}/${database}` });
    const { base, user, password } = gateway.ready;
    const call = await callsOf(String(base), String(user), String(password));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const times: { first: number[]; far: number[] } = { first: [], far: [] };
    for (let round = 0; round < 30; round += 1) {
      for (const which of ['first', 'far'] as const) {
        const began = performance.now();
        const offset = which === 'far' ? far + round : round;
        checkOk(await send(String(base), call(`/enrollments?limit=${limit}&offset=${offset}`), agent));
        times[which].push(performance.now() - began);
      }
    }
    agent.destroy();
    await gateway.stop();
    bench.say(`offsets 0 and ${far} of ${size.memberships} enrollments`);
    return least('far-page', percentile(times.far, 50), percentile(times.first, 50), 'ms');
  },
};
