import { type ClientRequest, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { failed, ok, type Result } from '../../../base/result.ts';
import { makeConnect } from './connect.ts';
import { OutboundFailed } from './failed.ts';
import { bare, makeHostRules, Refused } from './hosts.ts';
import { type OutboundStream, reasonOf, type StreamLimits, type StreamRequest, streamOf } from './stream.ts';

/** Which hosts may be asked, and how much is waited for. */
export interface OutboundRules {
  /**
   * Hosts, as names or addresses, that may have an address which is not of the public internet; written as `host:port`,
   * on that port only. Written as `http://host` they may be asked over plain HTTP too; loopback may always, once it is
   * listed. Hosts that are not listed are asked on the ports 443 and 8443 only.
   */
  readonly hosts: readonly string[];
  /** How names are resolved; the system's way unless told. */
  readonly lookup?: LookupFunction;
  /** Milliseconds for a whole exchange; 30,000 unless told. */
  readonly timeoutMs?: number;
  /** Largest answer in bytes; 10 MB unless told. */
  readonly maxAnswerBytes?: number;
}

/** An answer as it came, whatever its status; redirects are not followed. */
export interface OutboundAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Requests to addresses that people have set; nothing else of the gateway opens a connection outwards. */
export interface Outbound {
  /** Whether an address may be asked, as far as its text says: `invalid-request` with what is wrong. */
  check(url: string): Result<URL>;
  /**
   * Posts bytes. Problems: `invalid-request` (the address), `forbidden` (its host is not one to be asked), `busy`
   * (no connection, no answer in time, or the signal is aborted), `too-large` (the answer).
   */
  post(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string,
    signal?: AbortSignal,
  ): Promise<Result<OutboundAnswer>>;
  /** Asks for what is at an address; problems as of {@link post}. */
  get(url: string, headers: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Result<OutboundAnswer>>;
  /**
   * Asks for something large, read as it comes: resolves with the answer's head; problems as of {@link post}. What is opened
   * is read to its end or closed.
   */
  open(request: StreamRequest, limits: StreamLimits, signal?: AbortSignal): Promise<Result<OutboundStream>>;
  /**
   * Connects to an SSH server; of hosts that nobody has listed on port 22 of public addresses only. Problems:
   * `invalid-request` (no host), `forbidden` (its host is not one to be asked), `busy` (no connection in time, or aborted).
   */
  connect(host: string, port: number, waitMs: number, signal?: AbortSignal): Promise<Result<Socket>>;
}

/** Ports on which hosts are asked that nobody has listed: those of HTTPS, and that of SSH for what is no HTTP. */
const openPorts: readonly number[] = [443, 8443];
const sshPorts: readonly number[] = [22];

/**
 * Makes the guarded way out. A host's addresses are checked when the connection is made, so that no name can change
 * its meaning between check and use; proxies of the environment are not asked.
 */
export function makeOutbound(rules: OutboundRules): Outbound {
  const { lookup, timeoutMs = 30_000, maxAnswerBytes = 10 * 1024 * 1024 } = rules;
  const { mayAsk, isOpen, isPlain, refusal, lookup: guarded } = makeHostRules(rules.hosts, openPorts, lookup);

  function check(address: string): Result<URL> {
    const bad = (reason: string) => failed('invalid-request', `The address ${reason}.`, { field: 'url' });
    if (!URL.canParse(address)) return bad('is none');
    const url = new URL(address);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') return bad('must begin with https:// or http://');
    if (url.username !== '' || url.password !== '') return bad('must not hold a user name or password');
    if (url.hash !== '') return bad('must not hold a fragment (#)');
    const host = bare(url.hostname);
    const port = portOf(url);
    if (host.split('.').includes('')) return bad('has a host name with an empty part');
    if (url.protocol === 'https:' && !isOpen(host, port)) {
      return bad(`names the port ${port} (to allow it list ${host}:${port} in the setting OUTBOUND_HOSTS)`);
    }
    if (isIP(host) !== 0 && !mayAsk(host, host, port))
      return failed('invalid-request', refusal(host, port), { field: 'url' });
    if (url.protocol === 'http:' && !isPlain(host, port)) {
      return bad(`must begin with https:// (for plain HTTP list http://${host} in the setting OUTBOUND_HOSTS)`);
    }
    return ok(url);
  }

  /** Sends a request; resolves with the answer's head, which is waited for so many milliseconds. */
  function exchange(
    url: URL,
    { method, headers, body }: Omit<StreamRequest, 'url'>,
    signal: AbortSignal | undefined,
    waitMs: number,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const options: RequestOptions = {
        method,
        // A connection of its own: one that the server closes meanwhile must not look like a call that failed.
        agent: false,
        lookup: guarded(bare(url.hostname), portOf(url)),
        // Said here, so that no variable of the environment can turn it off.
        rejectUnauthorized: true,
        minVersion: 'TLSv1.2',
        ...(signal === undefined ? {} : { signal }),
        headers: {
          ...headers,
          ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
          connection: 'close',
        },
      };
      const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
      const sent: ClientRequest = send(url, options, (response) => {
        clearTimeout(timer);
        resolve(response);
      });
      const timer = setTimeout(() => fail(new Error('no answer in time')), waitMs);
      const fail = (error: Error) => {
        sent.destroy();
        reject(error);
      };
      // One that was aborted before it was sent fails twice.
      sent.on('error', fail);
      sent.once('close', () => clearTimeout(timer));
      sent.end(body);
    });
  }

  async function open(
    { url: address, ...request }: StreamRequest,
    limits: StreamLimits,
    signal: AbortSignal | undefined,
  ): Promise<Result<OutboundStream>> {
    const url = check(address);
    if (!url.ok) return url;
    const started = performance.now();
    try {
      const response = await exchange(url.value, request, signal, Math.min(limits.idleMs, limits.wholeMs));
      return ok(streamOf(response, limits, started));
    } catch (error) {
      if (error instanceof Refused) return failed('forbidden', error.message);
      return failed('busy', `There is no answer (${reasonOf(error)}).`);
    }
  }

  async function ask(request: StreamRequest, signal: AbortSignal | undefined): Promise<Result<OutboundAnswer>> {
    const limits = { maxBytes: maxAnswerBytes, idleMs: timeoutMs, wholeMs: timeoutMs };
    const answer = await open(request, limits, signal);
    if (!answer.ok) return answer;
    const { status, headers, body } = answer.value;
    const pieces: Uint8Array[] = [];
    try {
      for await (const piece of body) pieces.push(piece);
    } catch (error) {
      if (error instanceof OutboundFailed) return { ok: false, problem: error.problem };
      throw error;
    }
    return ok({ status, contentType: headers['content-type'], headers, body: Buffer.concat(pieces) });
  }

  return {
    check,
    open,
    connect: makeConnect(makeHostRules(rules.hosts, sshPorts, lookup)),
    post: (url, headers, body, signal) => ask({ method: 'POST', url, headers, body }, signal),
    get: (url, headers, signal) => ask({ method: 'GET', url, headers }, signal),
  };
}

function portOf({ protocol, port }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}
