import type { AddressInfo } from 'node:net';
import express from 'express';
import { makeAdmin } from '../../src/admin/index.ts';
import { demo, type TestServices, type TestSettings, testServices } from '../setup/services.ts';
import { watchedLog } from '../setup/watched-log.ts';

/** An answer with its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; fails where it is none. */
  readonly json: Record<string, unknown>;
}

/** What is asked besides method and path. */
export interface Asked {
  /** `basic` and `key` are good credentials; other texts are sent as they are. */
  readonly as?: 'basic' | 'key' | 'nobody' | { readonly authorization: string };
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Sent as JSON. */
  readonly data?: unknown;
}

/** A running gateway with the admin API only. */
export interface AdminGateway extends TestServices {
  readonly url: string;
  ask(method: string, path: string, asked?: Asked): Promise<Answer>;
}

/** An `Authorization` header of HTTP Basic. */
export const basic = (name: string, password: string) =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

/** Starts the admin API at `/api/v1` of a free port over {@link testServices}. */
export async function startAdmin(settings: TestSettings = {}): Promise<AdminGateway> {
  const services = await testServices(settings);
  const app = express();
  app.set('query parser', 'simple');
  app.use('/api/v1', makeAdmin({ ...services, log: watchedLog, version: '1.2.3' }));
  const server = app.listen(0, '127.0.0.1');
  await new Promise<void>((resolve) => server.once('listening', () => resolve()));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`;

  return {
    ...services,
    url,
    async ask(method, path, { as = 'basic', headers = {}, body, data } = {}) {
      const response = await fetch(url + path, {
        method,
        headers: {
          ...authorizationOf(as),
          ...(data === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(data === undefined && body === undefined ? {} : { body: body ?? JSON.stringify(data) }),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        text,
        get json() {
          return JSON.parse(text) as Record<string, unknown>;
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

function authorizationOf(as: NonNullable<Asked['as']>): Record<string, string> {
  if (as === 'nobody') return {};
  if (as === 'basic') return { authorization: basic(demo.user, demo.password) };
  return { authorization: as === 'key' ? `Bearer ${demo.password}` : as.authorization };
}
