import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the server saw it. */
export interface Asked {
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly form: string;
}

/** What the server answers: a status, a body as JSON, headers. */
export interface Reply {
  readonly status?: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An HTTP API on a real port whose answers a test gives; what was asked is kept. */
export async function startRestServer(reply: (asked: Asked, before: number) => Reply) {
  const asked: Asked[] = [];
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let form = '';
    for await (const chunk of request) form += String(chunk);
    const one = { url: new URL(request.url ?? '', 'http://rest.test'), headers: request.headers, form };
    const { status = 200, body, headers = {} } = reply(one, asked.length);
    asked.push(one);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  }
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  return {
    asked,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
