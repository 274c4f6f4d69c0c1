import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeSlowBodies, type SlowBodies } from './app-slow-bodies.ts';
import type { Result } from './base/result.ts';
import { failed, ok } from './base/result.ts';

/** The listening side of the gateway. */
export interface HttpServer {
  /** Starts to listen; answers the address for a client on this machine. Fails when the port is taken. */
  listen(port: number, host: string): Promise<Result<string>>;
  /**
   * Takes no new connection, answers what was accepted, and after `seconds` cuts the rest off. Answers how many
   * requests were cut off.
   */
  drain(seconds: number): Promise<number>;
}

const HEADERS_MS = 10_000;
const HEADER_BYTES = 16 * 1024;
/** Long enough for 2 GB at 50 kB/s; a body that trickles is cut off long before. */
const REQUEST_MS = 12 * 60 * 60_000;
/** A connection on which nothing moves for so long is closed. */
const SILENCE_MS = 5 * 60_000;
/** More than the keep-alive of usual proxies, so that they close first. */
const KEEP_ALIVE_MS = 65_000;
/** Patience with connections that are open while no request runs on them, once the gateway stops. */
const IDLE_GRACE_MS = 500;

/** Whether a port could be listened on now; asked before anything is made that is shown only once. */
export async function checkPort(port: number, host: string): Promise<Result<void>> {
  if (port === 0) return ok(undefined);
  const probe = makeHttpServer(() => undefined);
  const address = await probe.listen(port, host);
  if (!address.ok) return address;
  await probe.drain(0);
  return ok(undefined);
}

/** Makes the HTTP server around an app, with limits on what a slow or silent client may hold. */
export function makeHttpServer(app: RequestListener, slowBodies: SlowBodies = makeSlowBodies()): HttpServer {
  const running = new Set<ServerResponse>();
  const sockets = new Set<Socket>();
  let isDraining = false;
  const limits = { maxHeaderSize: HEADER_BYTES, headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS };
  const times = { keepAliveTimeout: KEEP_ALIVE_MS, connectionsCheckingInterval: 5_000 };
  const server = createServer({ ...limits, ...times }, (request: IncomingMessage, response: ServerResponse) => {
    if (isDraining) response.setHeader('Connection', 'close');
    running.add(response);
    response.once('close', () => running.delete(response));
    slowBodies.watch(request, response);
    app(request, response);
  });
  server.maxHeadersCount = 100;
  server.setTimeout(SILENCE_MS);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const closeIdle = () => {
    const busy = new Set([...running].map((response) => response.req.socket));
    for (const socket of sockets) if (!busy.has(socket)) socket.destroy();
  };
  return {
    listen: (port, host) =>
      new Promise((resolve) => {
        const refuse = (error: NodeJS.ErrnoException) =>
          resolve(failed('conflict', whyNotListening(error, port, host)));
        server.once('error', refuse);
        server.listen({ port, host }, () => {
          server.removeListener('error', refuse);
          resolve(ok(addressOf(server.address() as AddressInfo)));
        });
      }),
    drain: async (seconds) => {
      isDraining = true;
      slowBodies.stop();
      for (const response of running) {
        if (!response.headersSent) response.setHeader('Connection', 'close');
        // Streams of events have no end of their own, and end on this.
        response.emit('draining');
      }
      let isClosed = false;
      const closed = new Promise<void>((resolve) => server.close(() => resolve())).then(() => {
        isClosed = true;
      });
      const deadline = Date.now() + seconds * 1_000;
      await Promise.race([closed, sleep(Math.min(IDLE_GRACE_MS, seconds * 1_000))]);
      while (!isClosed && Date.now() < deadline) {
        closeIdle();
        await Promise.race([closed, sleep(50)]);
      }
      const cutOff = running.size;
      for (const socket of sockets) socket.destroy();
      await closed;
      return cutOff;
    },
  };
}

function whyNotListening(error: NodeJS.ErrnoException, port: number, host: string): string {
  if (error.code === 'EADDRINUSE')
    return `Port ${port} on ${host} is taken by another program. Set PORT to a free one.`;
  if (error.code === 'EACCES') return `This user may not listen on port ${port}. Set PORT to one above 1023.`;
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
    return `HOST ${host} is no address of this machine.`;
  return `Cannot listen on ${host}:${port}: ${error.message}`;
}

function addressOf({ address, port, family }: AddressInfo): string {
  const isEverywhere = ['127.0.0.1', '0.0.0.0', '::', '::1'].includes(address);
  const host = isEverywhere ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
  return `http://${host}:${port}`;
}
