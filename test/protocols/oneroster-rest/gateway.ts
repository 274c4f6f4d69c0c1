import type { AddressInfo } from 'node:net';
import express from 'express';
import { failed, ok } from '../../../src/base/result.ts';
import { enrollmentSourcedId, type StoredRecord } from '../../../src/model/index.ts';
import type { Reads, Tokens } from '../../../src/protocols/oneroster-rest/deps.ts';
import { makeOneRoster } from '../../../src/protocols/oneroster-rest/index.ts';
import {
  type Clause,
  type Context,
  oneRosterScopes,
  type ServedId,
  type View,
  type ViewItem,
} from '../../../src/roster/index.ts';
import { watchedLog } from '../../setup/watched-log.ts';

/** Counts of the calls that a request made, to show that look-ups are gathered. */
export interface Calls {
  page: number;
  served: number;
  names: number;
  find: number;
  children?: number;
}

function isTeacher(record: StoredRecord<'person'>, word: string): boolean {
  return record.derived?.roles?.includes(word) ?? false;
}

function inView(record: StoredRecord, view: View): boolean {
  if (record.state === 'expected') return false;
  if (record.type === 'person') {
    const one = record as StoredRecord<'person'>;
    if (view === 'demographics') return one.data.demographics !== undefined;
    return view === 'user' || ((view === 'student' || view === 'teacher') && isTeacher(one, view));
  }
  if (record.type === 'membership') return view === 'enrollment';
  if (record.type !== 'group') return view === record.type;
  const { kind, orgType, sessionType } = (record as StoredRecord<'group'>).data;
  if (view === 'school') return kind === 'org' && orgType === 'school';
  if (view === 'term') return kind === 'session' && sessionType !== 'gradingPeriod';
  if (view === 'gradingPeriod') return kind === 'session' && sessionType === 'gradingPeriod';
  return view === (kind === 'session' ? 'academicSession' : kind);
}

function items(records: readonly StoredRecord[], view: View): ViewItem[] {
  const shown = records.filter((record) => inView(record, view));
  if (view !== 'enrollment') return shown.map((record) => ({ record }));
  return shown.flatMap((record) =>
    (record as StoredRecord<'membership'>).data.roles.map((_, role) => ({ record, role })),
  );
}

function idOf({ record, role }: ViewItem): string {
  return role === undefined ? record.sourcedId : enrollmentSourcedId(record as StoredRecord<'membership'>, role);
}

function compare(a: number | string, operator: string, b: number | string): boolean {
  switch (operator) {
    case '=':
      return a === b;
    case '!=':
      return a !== b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case '<':
      return a < b;
    default:
      return a <= b;
  }
}

function holds(item: ViewItem, clause: Clause): boolean {
  const { record } = item;
  if (clause.field === 'updatedAt') return compare(record.updatedAt.getTime(), clause.operator, clause.value.getTime());
  if (clause.field === 'sourcedId') return compare(idOf(item), clause.operator, clause.value);
  if (clause.field !== 'status') throw new Error(`filters by ${clause.field} are read from the store`);
  const status = record.state === 'trashed' || record.state === 'archived' ? 'tobedeleted' : 'active';
  return compare(status, clause.operator, clause.value);
}

/** A roster over a list of records: what OneRoster reads use, nothing else. */
export function makeListRoster(records: readonly StoredRecord[], calls: Calls): Reads {
  return {
    async find(_context, type, references, options) {
      calls.find += 1;
      return references.map((guid) => {
        const record = records.find((one) => one.type === type && one.guid === guid);
        const hidden = record?.state === 'expected' || (record?.state === 'trashed' && options?.trashed !== true);
        return hidden ? undefined : (record as StoredRecord<typeof type> | undefined);
      });
    },
    async servedIds(_context, type, guids) {
      calls.names += 1;
      const found = records.filter((record) => record.type === type && guids.includes(record.guid));
      return new Map(found.map(({ guid, state, sourcedId }) => [guid, { state, sourcedId }]));
    },
    async children(_context, guids) {
      calls.children = (calls.children ?? 0) + 1;
      const found = new Map<string, ServedId[]>();
      for (const record of records) {
        const parent = record.derived?.parent;
        if (parent === undefined || !guids.includes(parent) || record.state === 'trashed') continue;
        const { state, sourcedId } = record;
        found.set(parent, [...(found.get(parent) ?? []), { state, sourcedId }]);
      }
      return found;
    },
    async execute() {
      throw new Error('writes go to the store');
    },
    async guidsOf() {
      throw new Error('writes go to the store');
    },
    async parents() {
      throw new Error('nested reads are read from the store');
    },
    async page(_context, query) {
      calls.page += 1;
      const all = items(records, query.view).filter((item) => {
        const results = query.where?.clauses.map((clause) => holds(item, clause));
        return results === undefined || (query.where?.join === 'or' ? results.some(Boolean) : results.every(Boolean));
      });
      const { sort } = query;
      if (sort !== undefined) {
        const of = (item: ViewItem) => (sort.field === 'sourcedId' ? idOf(item) : item.record.updatedAt.toISOString());
        const sign = sort.direction === 'asc' ? 1 : -1;
        all.sort((a, b) => sign * (of(a) < of(b) ? -1 : of(a) > of(b) ? 1 : 0));
      }
      return { items: all.slice(query.offset, query.offset + query.limit), total: all.length, sequence: 1 };
    },
    async served(_context, view, sourcedId) {
      calls.served += 1;
      return items(records, view).find((item) => idOf(item) === sourcedId);
    },
  };
}

/** A client that {@link startGateway} knows. */
export interface Client {
  readonly id: string;
  readonly secret: string;
  readonly scopes?: readonly string[];
}

/** Clients and tokens in memory; `expired` is a token that was good once. */
export function makeListAccess(clients: readonly Client[]): Tokens {
  const tokens = new Map<string, Context>();
  const context = (scopes: readonly string[]): Context => ({
    tenant: 't1',
    writer: 'credential:client',
    namespace: 'default',
    source: 'rest',
    scopes,
  });
  return {
    async client(id, secret) {
      if (id === 'busy') return failed('busy', 'Too many wrong tries');
      const client = clients.find((one) => one.id === id && one.secret === secret);
      return client === undefined
        ? failed('unauthenticated', 'Unknown client or wrong secret')
        : ok(context(client.scopes ?? oneRosterScopes));
    },
    signedClient: async () => failed('unauthenticated', 'No client signs here'),
    async issueToken(of, scopes) {
      const token = `token-${tokens.size}`;
      tokens.set(token, { ...of, scopes });
      return ok({ token, expiresIn: 3600, scopes });
    },
    async token(token) {
      const found = tokens.get(token);
      return found === undefined ? failed('unauthenticated', 'The token is unknown or has expired') : ok(found);
    },
  };
}

/** A running gateway with OneRoster only. */
export interface Gateway {
  readonly url: string;
  readonly calls: Calls;
  /** Asks for a token with the form fields given besides the grant type. */
  token(client: Client, scope?: string): Promise<string>;
  /** Reads a path below the gateway's address. */
  get(path: string, token?: string, headers?: Record<string, string>): Promise<Response>;
  stop(): Promise<void>;
}

/** The client with every scope. */
export const reader: Client = { id: 'reader', secret: 'reader-secret' };

/** Starts an express app on a free port with OneRoster over these records. */
export async function startGateway(
  records: readonly StoredRecord[],
  options: { clients?: readonly Client[]; publicUrl?: string; roster?: Partial<Reads> } = {},
): Promise<Gateway> {
  const calls: Calls = { page: 0, served: 0, names: 0, find: 0 };
  const roster = { ...makeListRoster(records, calls), ...options.roster };
  const access = makeListAccess([reader, ...(options.clients ?? [])]);
  const app = express();
  app.use(
    makeOneRoster({
      roster,
      access,
      audit: { note: async () => undefined },
      log: watchedLog,
      version: '1.2.3',
      ...(options.publicUrl === undefined ? {} : { publicUrl: options.publicUrl }),
    }),
  );
  const server = app.listen(0, '127.0.0.1');
  // Idle connections outlive the pauses of a slow test, so that none is closed while it is used again.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.once('listening', () => resolve()));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    calls,
    async token({ id, secret }, scope) {
      const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret });
      if (scope !== undefined) body.set('scope', scope);
      const response = await fetch(`${url}/oauth/token`, { method: 'POST', body });
      const answer = (await response.json()) as { access_token?: string };
      if (answer.access_token === undefined) throw new Error(`no token: ${JSON.stringify(answer)}`);
      return answer.access_token;
    },
    get: (path, token, headers = {}) =>
      fetch(url + path, { headers: token === undefined ? headers : { ...headers, authorization: `Bearer ${token}` } }),
    stop: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}
