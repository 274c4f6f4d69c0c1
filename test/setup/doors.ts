import type { AddressInfo } from 'node:net';
import express from 'express';
import { makeAdmin } from '../../src/admin/index.ts';
import { makeNoticePages } from '../../src/notify/index.ts';
import { makeEmailPreferences } from '../../src/protocols/email-preferences/index.ts';
import { makeImsEnterpriseXmlReader } from '../../src/protocols/ims-enterprise-xml/index.ts';
import { makeOneRosterCsvReader } from '../../src/protocols/oneroster-csv/index.ts';
import { makeOneRoster, type OneRosterDeps } from '../../src/protocols/oneroster-rest/index.ts';
import { makeSnapshotPush, makeSnapshotReader } from '../../src/protocols/srs-snapshot/index.ts';
import { makeHttpPut } from '../../src/transports/index.ts';
import { demo, type TestServices, type TestSettings, testServices } from './services.ts';
import { watchedLog } from './watched-log.ts';

/** An answer with its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; fails where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  readonly json: any;
}

/** What is asked besides method and path. */
export interface Asked {
  /** An `Authorization` header; null for none; default: a token with all scopes of the first tenant's client. */
  readonly as?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Sent as JSON. */
  readonly data?: unknown;
}

/** OneRoster, the token endpoint and the admin API on a real port, over real rooms and a database of their own. */
export interface Doors extends TestServices {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  ask(method: string, path: string, asked?: Asked): Promise<Answer>;
  /** `Bearer …` of a new token; default: of the first tenant's client with all its scopes. */
  token(client?: { readonly id: string; readonly secret: string; readonly scope?: string }): Promise<string>;
  /** HTTP Basic of the first tenant's admin. */
  readonly admin: string;
}

/** An `Authorization` header of HTTP Basic. */
export const basic = (name: string, password: string) =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

/** Starts {@link Doors}; `rest` is what OneRoster gets besides roster, access and log. */
export async function startDoors(
  settings: TestSettings = {},
  rest: Partial<Omit<OneRosterDeps, 'roster' | 'access' | 'audit' | 'log'>> = {},
): Promise<Doors> {
  const services = await testServices({
    readers: [makeImsEnterpriseXmlReader(), makeOneRosterCsvReader(), makeSnapshotReader()],
    ...settings,
  });
  const { roster, access, audit } = services;
  const app = express();
  app.set('query parser', 'simple');
  app.use('/api/v1', makeAdmin({ ...services, log: watchedLog, version: '1.2.3' }));
  app.use('/drop', makeHttpPut({ access, sync: services.sync, intake: services.transports.intake, log: watchedLog }));
  app.use('/v1/sync', makeSnapshotPush({ access, sync: services.sync, log: watchedLog }));
  app.use('/preferences', makeEmailPreferences({ preferences: services.preferences, log: watchedLog }));
  app.use('/notices', makeNoticePages({ links: services.notify.subscribers, log: watchedLog }));
  app.use(makeOneRoster({ roster, access, audit, log: watchedLog, version: '1.2.3', ...rest }));
  const server = app.listen(0, '127.0.0.1');
  // Idle connections outlive the pauses of a slow test, so that none is closed while it is used again.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.once('listening', () => resolve()));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let usual: Promise<string> | undefined;
  const usualToken = () => {
    usual ??= token();
    return usual;
  };

  async function token(
    client: { id: string; secret: string; scope?: string } = { id: demo.user, secret: demo.password },
  ) {
    const { id, secret, scope } = client;
    const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) });
    const answer = await fetch(`${url}/oauth/token`, {
      method: 'POST',
      headers: { authorization: basic(encodeURIComponent(id), encodeURIComponent(secret)) },
      body: form,
    });
    const body = (await answer.json()) as { access_token?: string };
    if (body.access_token === undefined) throw new Error(`no token: ${JSON.stringify(body)}`);
    return `Bearer ${body.access_token}`;
  }

  return {
    ...services,
    url,
    token,
    admin: basic(demo.user, demo.password),
    async ask(method, path, { as, headers = {}, body, data } = {}) {
      const authorization = as === undefined ? await usualToken() : as;
      const sent = data === undefined ? body : JSON.stringify(data);
      const response = await fetch(url + path, {
        method,
        headers: {
          ...(authorization === null ? {} : { authorization }),
          ...(data === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(sent === undefined ? {} : { body: sent }),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        text,
        get json() {
          return JSON.parse(text) as unknown;
        },
      };
    },
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await services.close();
    },
  };
}
