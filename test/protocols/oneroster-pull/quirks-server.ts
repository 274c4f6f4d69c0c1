import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

type Item = Readonly<Record<string, unknown>>;

/** What a server does otherwise than the standard asks. */
export interface Quirks {
  /** Most records of a page, whatever limit is asked. */
  clamp?: number;
  /** Says `X-Total-Count`: this much more than there is. */
  totalOff?: number;
  ignoresOffset?: boolean;
  /** Every so many requests are answered 429. */
  busyEvery?: number;
  /** Requests that a token is good for. */
  tokenUses?: number;
  /** A page whose last record comes again as the first of the next. */
  repeats?: boolean;
  /** Every answer has this status. */
  status?: number;
  /** What becomes of `filter=dateLastModified>='…'`: it holds unless told. */
  filter?: 'ignored' | 'refused' | 'broken' | 'nothing';
  /** The collection that cannot be read. */
  failing?: string;
  /** What happens before a page of a collection is given. */
  meanwhile?: (name: string) => unknown;
}

/** A OneRoster server with quirks, on a real port. */
export async function startQuirksServer(collections: Record<string, Item[]>, quirks: Quirks = {}) {
  let [requests, tokens, uses] = [0, 0, 0];
  const seen = { forms: [] as string[], basics: [] as (string | undefined)[], filters: [] as string[] };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://quirks');
    const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    };
    requests += 1;
    if (quirks.status !== undefined) return answer(quirks.status, {});
    if (quirks.busyEvery !== undefined && requests % quirks.busyEvery === 0) {
      return answer(429, {}, { 'retry-after': '0' });
    }
    if (url.pathname === '/token') {
      void textOf(request).then((form) => {
        seen.forms.push(form);
        seen.basics.push(request.headers.authorization);
        tokens += 1;
        uses = 0;
        answer(200, { access_token: `token-${tokens}`, token_type: 'bearer' });
      });
      return undefined;
    }
    uses += 1;
    const isGood = request.headers.authorization === `Bearer token-${tokens}` && uses <= (quirks.tokenUses ?? uses);
    if (!isGood) return answer(401, {});
    const name = url.pathname.split('/').at(-1) ?? '';
    const give = () => {
      const known = collections[name];
      if (known === undefined || quirks.failing === name) return answer(404, {});
      const filter = url.searchParams.get('filter');
      if (filter !== null) seen.filters.push(`${name} ${filter}`);
      if (filter !== null && quirks.filter === 'refused') return answer(400, {});
      if (filter !== null && quirks.filter === 'broken') return answer(500, {});
      const all = filter === null || quirks.filter === 'ignored' ? known : changedIn(known, filter);
      if (filter !== null && quirks.filter === 'nothing') all.length = 0;
      const limit = Math.min(Number(url.searchParams.get('limit')), quirks.clamp ?? Number.POSITIVE_INFINITY);
      const rows =
        quirks.repeats === true ? all.flatMap((one, at) => ((at + 1) % limit === 0 ? [one, one] : [one])) : all;
      const offset = quirks.ignoresOffset === true ? 0 : Number(url.searchParams.get('offset'));
      const total = quirks.totalOff === undefined ? {} : { 'x-total-count': String(all.length + quirks.totalOff) };
      const warning = { imsx_codeMajor: 'success', imsx_severity: 'warning' };
      return answer(200, { statusInfoSet: [warning], [name]: rows.slice(offset, offset + limit) }, total);
    };
    void Promise.resolve(quirks.meanwhile?.(name)).then(give);
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    root,
    seen,
    tokens: () => tokens,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The records that a filter by `dateLastModified` means. */
function changedIn(records: readonly Item[], filter: string): Item[] {
  const [, from] = /^dateLastModified>='([^']+)'$/.exec(filter) ?? [];
  if (from === undefined) throw new Error(`no such filter is expected: ${filter}`);
  return records.filter(({ dateLastModified }) => Date.parse(String(dateLastModified)) >= Date.parse(from));
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request) text += String(piece);
  return text;
}

/** A small roster as a sloppy 1.1 server writes it: real booleans, one text for a list, addresses of other hosts, no times. */
export function sloppyRoster(users = 7): Record<string, Item[]> {
  const ref = (sourcedId: string, type: string) => ({ href: `http://elsewhere.invalid/${sourcedId}`, sourcedId, type });
  const school = ref('school', 'org');
  return {
    orgs: [{ sourcedId: 'school', status: 'active', name: 'School', type: 'school' }],
    academicSessions: [
      {
        sourcedId: 'year',
        title: 'Year',
        type: 'schoolYear',
        startDate: '2026-08-01',
        endDate: '2027-07-01',
        schoolYear: 2027,
      },
    ],
    courses: [{ sourcedId: 'math', title: 'Math', org: school, grades: '09', subjects: ['Math, pure'] }],
    classes: [
      {
        sourcedId: 'math-1',
        title: 'Math 1',
        classType: 'scheduled',
        course: ref('math', 'course'),
        school,
        terms: [ref('year', 'academicSession')],
        metadata: { room: 'A "1"' },
      },
    ],
    users: Array.from({ length: users }, (_, at) => ({
      sourcedId: `user-${at}`,
      status: 'active',
      enabledUser: true,
      username: `user${at}`,
      givenName: `Given ${at}`,
      familyName: 'Family',
      role: at === 0 ? 'teacher' : 'student',
      orgs: [school],
      grades: at === 0 ? null : ['09'],
    })),
    enrollments: Array.from({ length: users }, (_, at) => ({
      sourcedId: `enrollment-${at}`,
      role: at === 0 ? 'teacher' : 'student',
      user: ref(`user-${at}`, 'user'),
      class: ref('math-1', 'class'),
      school,
      primary: at === 0,
    })),
  };
}
