import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import { sendAnswer, streamed } from '../../src/admin/answer.ts';

const piece = 'x'.repeat(65_536);
const made = { pieces: 0, ended: 0 };

/** Pieces without end; counts them, and notes when nobody wants more. */
async function* endless(): AsyncGenerator<string> {
  try {
    for (;;) {
      made.pieces += 1;
      yield piece;
      await sleep(0);
    }
  } finally {
    made.ended += 1;
  }
}

async function* broken(): AsyncGenerator<string> {
  yield piece;
  throw new Error('the database is lost');
}

const until = async (isSo: () => boolean) => {
  for (let tries = 0; !isSo() && tries < 200; tries += 1) await sleep(25);
  expect(isSo()).toBe(true);
};

describe('a streamed answer', () => {
  const failures: unknown[] = [];
  const app = express();
  app.get('/endless', (_request, response) => sendAnswer(response, streamed(endless(), 'text/plain', 'a "b"/é.txt')));
  app.get('/broken', (_request, response, next) => {
    sendAnswer(response, streamed(broken(), 'text/plain')).catch((error: unknown) => {
      failures.push(error);
      next(error);
    });
  });
  app.use(((_error, _request, response, _next) => {
    response.destroy();
  }) as express.ErrorRequestHandler);
  let server: ReturnType<typeof app.listen>;
  let url: string;
  beforeAll(async () => {
    server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  test('is made no faster than it is read, and no more when the client has gone', async () => {
    const stop = new AbortController();
    const response = await fetch(`${url}/endless`, { signal: stop.signal });
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="a--b---.txt"');
    const reader = response.body?.getReader();
    await reader?.read();
    // What the sockets hold fills up, and then nothing more is made.
    let last = -1;
    await until(() => {
      const stands = made.pieces === last;
      last = made.pieces;
      return stands;
    });
    expect(made.pieces).toBeLessThan(1000);
    expect(made.ended).toBe(0);
    stop.abort();
    await until(() => made.ended === 1);
  });

  test('that breaks off is not taken for a whole one', async () => {
    const response = await fetch(`${url}/broken`);
    await expect(response.text()).rejects.toThrow();
    expect(failures).toMatchObject([{ message: 'the database is lost' }]);
  });

  test('has no body where only its head is asked for', async () => {
    const before = made.pieces;
    const response = await fetch(`${url}/endless`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(made.pieces).toBe(before);
  });
});
