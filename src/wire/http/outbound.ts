import { lookup as lookUpName } from 'node:dns';
import { type ClientRequest, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { failed, ok, type Result } from '../../base/result.ts';
import { makeAddresses } from './addresses.ts';

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
}

class Refused extends Error {}

/** Ports on which hosts are asked that nobody has listed: those of HTTPS. */
const openPorts: readonly number[] = [443, 8443];

const text = (host: string, port: number) =>
  `The host ${host.slice(0, 255)} may not be asked on port ${port}: open are the ports ${openPorts.join(' and ')} of addresses of the public internet; the operator may allow it (setting OUTBOUND_HOSTS).`;

/**
 * Makes the guarded way out. A host's addresses are checked when the connection is made, so that no name can change
 * its meaning between check and use; proxies of the environment are not asked.
 */
export function makeOutbound(rules: OutboundRules): Outbound {
  const { lookup = lookUpName as LookupFunction, timeoutMs = 30_000, maxAnswerBytes = 10 * 1024 * 1024 } = rules;
  const addresses = makeAddresses();
  const entries = rules.hosts.map(entryOf);
  const isListed = (host: string, port: number) =>
    entries.some((entry) => entry.host === host && (entry.port ?? port) === port);
  const isPlain = (host: string, port: number) =>
    entries.some((entry) => entry.plain && entry.host === host && (entry.port ?? port) === port);
  const mayAsk = (name: string, address: string, port: number) =>
    isListed(name, port) || isListed(address, port) || (openPorts.includes(port) && addresses.isPublic(address));
  /** Whether a host may be asked on a port for all that its text says: a name may have an address that is listed. */
  const isOpen = (host: string, port: number) =>
    openPorts.includes(port) ||
    isListed(host, port) ||
    entries.some((entry) => isIP(entry.host) !== 0 && (entry.port ?? port) === port);

  const guarded =
    (url: URL): LookupFunction =>
    (hostname, options, callback) => {
      lookup(hostname, { ...options, all: true }, (error, found) => {
        const all = Array.isArray(found) ? found : [];
        const [first] = all;
        if (error !== null || first === undefined) callback(error ?? new Error('no address'), '', 0);
        else if (!all.every(({ address }) => mayAsk(bare(url.hostname), address, portOf(url)))) {
          callback(new Refused(text(hostname, portOf(url))), '', 0);
        } else if (options.all === true) callback(null, all);
        else callback(null, first.address, first.family);
      });
    };

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
      return failed('invalid-request', text(host, port), { field: 'url' });
    if (url.protocol === 'http:' && !addresses.isLoopback(host) && host !== 'localhost' && !isPlain(host, port)) {
      return bad(`must begin with https:// (for plain HTTP list http://${host} in the setting OUTBOUND_HOSTS)`);
    }
    return ok(url);
  }

  function exchange(
    url: URL,
    headers: Readonly<Record<string, string>>,
    body: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<OutboundAnswer> {
    return new Promise((resolve, reject) => {
      const options: RequestOptions = {
        method: body === undefined ? 'GET' : 'POST',
        // A connection of its own: one that the server closes meanwhile must not look like a call that failed.
        agent: false,
        lookup: guarded(url),
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
        read(response, maxAnswerBytes).then(resolve, fail);
      });
      const timer = setTimeout(() => fail(new Error('no answer in time')), timeoutMs);
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

  async function ask(
    address: string,
    headers: Readonly<Record<string, string>>,
    body: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Result<OutboundAnswer>> {
    const url = check(address);
    if (!url.ok) return url;
    try {
      return ok(await exchange(url.value, headers, body, signal));
    } catch (error) {
      if (error instanceof Refused) return failed('forbidden', error.message);
      if (error instanceof TooLong) return failed('too-large', `The answer is larger than ${maxAnswerBytes} bytes.`);
      return failed('busy', `There is no answer (${reasonOf(error)}).`);
    }
  }

  return {
    check,
    post: (address, headers, body, signal) => ask(address, headers, body, signal),
    get: (address, headers, signal) => ask(address, headers, undefined, signal),
  };
}

class TooLong extends Error {}

function read(response: IncomingMessage, limit: number): Promise<OutboundAnswer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    response.on('data', (piece: Buffer) => {
      bytes += piece.length;
      pieces.push(piece);
      if (bytes > limit) reject(new TooLong());
    });
    response.once('error', reject);
    // Cut off in the middle, an answer closes without having ended.
    response.once('close', () => reject(new Error('the answer was cut off')));
    response.once('end', () => {
      const { statusCode = 0 } = response;
      resolve({
        status: statusCode,
        contentType: response.headers['content-type'],
        headers: response.headers,
        body: Buffer.concat(pieces),
      });
    });
  });
}

/** A host of the list. */
interface Entry {
  /** As the URL standard writes it: `0x7f.1` is 127.0.0.1. */
  readonly host: string;
  readonly port: number | undefined;
  readonly plain: boolean;
}

function entryOf(entry: string): Entry {
  const [, scheme = '', rest = ''] = /^(https?:\/\/)?(.*)$/is.exec(entry.trim()) ?? [];
  const [, name = '', digits] = isIP(rest) === 6 ? ['', `[${rest}]`] : (/^(.*?)(?::(\d+))?$/s.exec(rest) ?? []);
  return {
    host: URL.canParse(`http://${name}`) ? bare(new URL(`http://${name}`).hostname) : name.toLowerCase(),
    port: digits === undefined ? undefined : Number(digits),
    plain: scheme.toLowerCase() === 'http://',
  };
}

function portOf({ protocol, port }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

/** A host name without the brackets of IPv6 and without the dot of the root. */
function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

/** Why there was no answer: a code of the system, or our own words; never what a stranger wrote. */
function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? code : String(message).slice(0, 100);
}
