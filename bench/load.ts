import { Agent, request } from 'node:http';

/** A request to send. */
export interface Call {
  readonly path: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer as far as the bench looks at it. */
export interface Reply {
  readonly status: number;
  readonly text: string;
  /** The `Link` header. */
  readonly link?: string;
}

/** What to send, and how many at once. */
export interface Load {
  /** Address of the server. */
  readonly base: string;
  readonly inFlight: number;
  readonly requests: number;
  /** The request with a number, from 0. */
  call(number: number): Call;
  /** Throws when an answer is not what it should be. */
  check(reply: Reply): void;
}

/** Sends one request over an agent's connections and reads the whole answer. */
export function send(base: string, { path, method = 'GET', headers, body }: Call, agent?: Agent): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const url = new URL(base);
    const place = { host: url.hostname, port: url.port, path, method };
    const sent = request({ ...place, headers: { ...headers, ...length }, ...(agent ? { agent } : {}) }, (response) => {
      const parts: Buffer[] = [];
      const link = response.headers['link'];
      response.on('data', (part: Buffer) => parts.push(part));
      response.once('error', reject);
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          text: Buffer.concat(parts).toString('utf8'),
          ...(link === undefined ? {} : { link: String(link) }),
        }),
      );
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

/** Sends requests over kept connections, so many in flight all the time; answers requests per second. */
export async function drive({ base, inFlight, requests, call, check }: Load): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
  let next = 0;
  const sender = async () => {
    while (next < requests) {
      const number = next;
      next += 1;
      check(await send(base, call(number), agent));
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: inFlight }, sender));
  const seconds = (performance.now() - began) / 1000;
  agent.destroy();
  return requests / seconds;
}

/** The value that so many percent of all are not above. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? 0;
}
