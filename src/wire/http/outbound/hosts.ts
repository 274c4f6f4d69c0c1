import { lookup as lookUpName } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { makeAddresses } from '../addresses.ts';

/** A connection that the rules do not allow. */
export class Refused extends Error {}

/** Which hosts may be asked on which ports. */
export interface HostRules {
  /** Whether an address of a host may be asked: it is listed, or it is public and the port is one of those that are open. */
  mayAsk(host: string, address: string, port: number): boolean;
  /** Whether a host may be asked on a port for all that its text says: a name may have an address that is listed. */
  isOpen(host: string, port: number): boolean;
  /** Whether a host may be asked over plain HTTP. */
  isPlain(host: string, port: number): boolean;
  /** Resolves a name when its connection is made; fails with {@link Refused} where one of its addresses may not be asked. */
  lookup(host: string, port: number): LookupFunction;
  /** What is said to whoever asks in vain. */
  refusal(host: string, port: number): string;
}

/** Makes {@link HostRules} of the list of the operator; `openPorts` are those of hosts that nobody has listed. */
export function makeHostRules(
  hosts: readonly string[],
  openPorts: readonly number[],
  lookup = lookUpName as LookupFunction,
): HostRules {
  const addresses = makeAddresses();
  const entries = hosts.map(entryOf);
  const isListed = (host: string, port: number) =>
    entries.some((entry) => entry.host === host && (entry.port ?? port) === port);
  const refusal = (host: string, port: number) =>
    `The host ${host.slice(0, 255)} may not be asked on port ${port}: open are the ports ${openPorts.join(' and ')} of addresses of the public internet; the operator may allow it (setting OUTBOUND_HOSTS).`;
  const mayAsk = (host: string, address: string, port: number) =>
    isListed(host, port) || isListed(address, port) || (openPorts.includes(port) && addresses.isPublic(address));
  return {
    mayAsk,
    refusal,
    isOpen: (host, port) =>
      openPorts.includes(port) ||
      isListed(host, port) ||
      entries.some((entry) => isIP(entry.host) !== 0 && (entry.port ?? port) === port),
    isPlain: (host, port) =>
      addresses.isLoopback(host) ||
      host === 'localhost' ||
      entries.some((entry) => entry.plain && entry.host === host && (entry.port ?? port) === port),
    lookup: (host, port) => (hostname, options, callback) => {
      lookup(hostname, { ...options, all: true }, (error, found) => {
        const all = Array.isArray(found) ? found : [];
        const [first] = all;
        if (error !== null || first === undefined) callback(error ?? new Error('no address'), '', 0);
        else if (!all.every(({ address }) => mayAsk(host, address, port))) {
          callback(new Refused(refusal(hostname, port)), '', 0);
        } else if (options.all === true) callback(null, all);
        else callback(null, first.address, first.family);
      });
    },
  };
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
    host: hostText(name) ?? name.toLowerCase(),
    port: digits === undefined ? undefined : Number(digits),
    plain: scheme.toLowerCase() === 'http://',
  };
}

/** A host as the URL standard writes it, without brackets and the dot of the root; undefined for what is none. */
export function hostText(name: string): string | undefined {
  const isAddress = isIP(bare(name)) === 6;
  if (/[/?#@\\]/.test(name) || (name.includes(':') && !isAddress)) return undefined;
  const given = isAddress ? `http://[${bare(name)}]` : `http://${name}`;
  return URL.canParse(given) ? bare(new URL(given).hostname) : undefined;
}

/** A host name without the brackets of IPv6 and without the dot of the root. */
export function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}
