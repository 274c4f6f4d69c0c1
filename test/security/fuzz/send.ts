import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import type { Asked } from './requests.ts';

/** What came back; status 0: the connection was closed without an answer. */
export interface Got {
  readonly status: number;
  readonly type: string;
  /** Names and values of the headers, for looking through. */
  readonly head: string;
  readonly text: string;
}

/** Sends requests to one address. */
export interface Sender {
  send(asked: Asked): Promise<Got>;
  /** Sends bytes as they are and ends its side of the connection. */
  sendRaw(bytes: Buffer): Promise<Got>;
  close(): void;
}

/** Longer than any answer takes. */
const patienceMs = 240_000;
/** In place of a status: there was no answer, or none that a client of HTTP can read. */
const unreadable = 999;

/** Header values as node may write them. */
const printable = (text: string) => text.replace(/[^\x20-\x7e]/g, '?');

/** Makes a {@link Sender}. */
export function makeSender(url: string): Sender {
  const { hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const send = ({ method, path, headers, body }: Asked) =>
    new Promise<Got>((resolve) => {
      const named = Object.entries(headers).map(([name, value]) => [name, printable(value)] as const);
      // Nobody waits for the word to go on, which the gateway gives by itself.
      const asked = request({ agent, hostname, port, method, path, headers: Object.fromEntries(named) }, (answer) => {
        const chunks: Buffer[] = [];
        const done = () =>
          resolve({
            status: answer.statusCode ?? 0,
            type: answer.headers['content-type'] ?? '',
            head: answer.rawHeaders.join('\n'),
            text: Buffer.concat(chunks).toString(),
          });
        answer.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          if (/event-stream/.test(answer.headers['content-type'] ?? '')) asked.destroy();
        });
        answer.once('end', done);
        answer.once('close', done);
        answer.once('error', done);
      });
      asked.once('error', (error: NodeJS.ErrnoException) => {
        // An answer that comes before the body is read ends the connection under the sender's hands.
        const isCut = error.code === 'ECONNRESET' || error.code === 'EPIPE';
        resolve({ status: isCut ? 0 : unreadable, type: '', head: '', text: isCut ? '' : error.message });
      });
      asked.setTimeout(patienceMs, () => asked.destroy(new Error(`no answer to ${method} ${path}`)));
      asked.end(body);
    });
  return {
    send,
    sendRaw: (bytes) =>
      new Promise((resolve) => {
        const chunks: Buffer[] = [];
        const socket = connect(Number(port), hostname);
        socket.on('data', (chunk: Buffer) => chunks.push(chunk));
        socket.once('error', () => undefined);
        socket.once('close', () => resolve(read(Buffer.concat(chunks).toString())));
        socket.setTimeout(patienceMs, () => socket.destroy());
        socket.end(bytes);
      }),
    close: () => agent.destroy(),
  };
}

/** The bytes of a request as they go over the wire, for bending them where a client of HTTP cannot. */
export function bytesOf({ method, path, headers, body = Buffer.alloc(0) }: Asked): Buffer {
  const lines = Object.entries({ host: 'localhost', connection: 'close', ...headers, 'content-length': body.length });
  const head = [`${method} ${path} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${printable(String(value))}`)];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}

function read(text: string): Got {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
  return { status, type: '', head, text: rest.join('\r\n\r\n') };
}
