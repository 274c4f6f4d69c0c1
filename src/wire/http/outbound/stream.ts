import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { problem } from '../../../base/problem.ts';
import { OutboundFailed } from './failed.ts';

/** A request whose answer is read as it comes. */
export interface StreamRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** How much of an answer is waited for. */
export interface StreamLimits {
  /** Bytes of the largest answer. */
  readonly maxBytes: number;
  /** Milliseconds until the answer begins, and between two pieces of it while somebody waits for them. */
  readonly idleMs: number;
  /** Milliseconds until the answer has ended. */
  readonly wholeMs: number;
}

/** An answer whose head is there, whatever its status; redirects are not followed. */
export interface OutboundStream {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /**
   * The body, to be read once. One that is cut off, that stops coming or that is larger than the limit throws
   * {@link OutboundFailed}: `busy` or `too-large`.
   */
  readonly body: AsyncGenerator<Uint8Array>;
  /** Ends the connection; for an answer that nobody reads to its end. */
  close(): void;
}

/** Makes an {@link OutboundStream}; `started` is the time of `performance.now` at which the request went out. */
export function streamOf(response: IncomingMessage, limits: StreamLimits, started: number): OutboundStream {
  // An answer that nobody reads may fail too.
  response.on('error', () => undefined);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: piecesOf(response, limits, started),
    close: () => response.destroy(),
  };
}

async function* piecesOf(
  response: IncomingMessage,
  { maxBytes, idleMs, wholeMs }: StreamLimits,
  started: number,
): AsyncGenerator<Uint8Array> {
  const pieces = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let bytes = 0;
  try {
    for (;;) {
      const left = Math.max(1, Math.min(idleMs, started + wholeMs - performance.now()));
      const timer = setTimeout(() => response.destroy(new Error('it stopped coming')), left);
      const piece = await pieces.next().finally(() => clearTimeout(timer));
      if (piece.done === true) return;
      bytes += piece.value.length;
      if (bytes > maxBytes) {
        throw new OutboundFailed(problem('too-large', `The answer is larger than ${maxBytes} bytes.`));
      }
      yield piece.value;
    }
  } catch (error) {
    if (error instanceof OutboundFailed) throw error;
    throw new OutboundFailed(problem('busy', `The answer broke off (${reasonOf(error)}).`));
  } finally {
    response.destroy();
  }
}

/** Why there was no answer: a code of the system, or our own words; never what a stranger wrote. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? code : String(message).slice(0, 100);
}
