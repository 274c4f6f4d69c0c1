import type { IncomingMessage, ServerResponse } from 'node:http';

/** Bytes that a body brings between two looks at the least; a modem brought ten times as many. */
const leastBytes = 30 * 1_024;
/** Milliseconds between two looks. */
const lookMs = 60_000;

/** Cuts off senders who hold a connection by a byte now and then. */
export interface SlowBodies {
  /** Watches the body of a request until it is there. */
  watch(request: IncomingMessage, response: ServerResponse): void;
  stop(): void;
}

interface Watched {
  readonly response: ServerResponse;
  /** Bytes that its connection had brought at the last look. */
  bytes: number;
  /** Whether the gateway was waiting for bytes at the last look; false before the first one. */
  wasWaiting: boolean;
}

/**
 * Makes {@link SlowBodies}: a body of any length may come over a slow line, as long as it comes. The time in which the
 * gateway itself does not read is not counted against the sender.
 */
export function makeSlowBodies(everyMs: number = lookMs, least: number = leastBytes): SlowBodies {
  const watched = new Map<IncomingMessage, Watched>();

  function look(request: IncomingMessage, entry: Watched): void {
    if (request.complete || request.destroyed) {
      watched.delete(request);
      return;
    }
    const { bytesRead } = request.socket;
    const isWaiting = request.readableLength === 0 && !request.isPaused();
    const isSlow = entry.wasWaiting && isWaiting && bytesRead - entry.bytes < least;
    entry.bytes = bytesRead;
    entry.wasWaiting = isWaiting;
    if (!isSlow) return;
    watched.delete(request);
    refuse(request, entry.response);
  }

  const timer = setInterval(() => {
    for (const [request, entry] of watched) look(request, entry);
  }, everyMs).unref();

  return {
    watch(request, response) {
      const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
      if (coding === undefined && (length === undefined || length === '0')) return;
      watched.set(request, { response, bytes: 0, wasWaiting: false });
      const forget = () => void watched.delete(request);
      request.once('end', forget);
      response.once('close', forget);
    },
    stop: () => clearInterval(timer),
  };
}

/** Says why where nothing has been said yet, and closes the connection. */
function refuse(request: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent) {
    request.socket.destroy();
    return;
  }
  const detail = 'The body came too slowly; send it again over a better line.';
  const body = JSON.stringify({ type: 'about:blank', title: 'Request Timeout', status: 408, detail });
  const head = { 'Content-Type': 'application/problem+json', 'Content-Length': Buffer.byteLength(body) };
  response.writeHead(408, { ...head, Connection: 'close' });
  response.end(body, () => request.socket.destroy());
}
