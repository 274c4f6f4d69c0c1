import { BlockList, isIP } from 'node:net';

/** IPv4 that no host on the public internet has (IANA special-purpose registry): RFC 1918, loopback, CGNAT and the rest. */
const special4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const;

/** Parts of the global unicast space that lead elsewhere: protocol assignments and Teredo, documentation, 6to4. */
const special6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

/** Tells which addresses belong to hosts on the public internet. */
export interface Addresses {
  /** False for whatever is no address, and for every address that carries another one inside. */
  isPublic(address: string): boolean;
  isLoopback(address: string): boolean;
}

/** Makes {@link Addresses}. */
export function makeAddresses(): Addresses {
  const blocked = new BlockList();
  for (const [net, bits] of special4) blocked.addSubnet(net, bits, 'ipv4');
  for (const [net, bits] of special6) blocked.addSubnet(net, bits, 'ipv6');
  const global6 = new BlockList();
  global6.addSubnet('2000::', 3, 'ipv6');
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  return {
    isPublic(address) {
      switch (isIP(address)) {
        case 4:
          return !blocked.check(address, 'ipv4');
        case 6:
          return global6.check(address, 'ipv6') && !blocked.check(address, 'ipv6');
        default:
          return false;
      }
    },
    isLoopback(address) {
      const version = isIP(address);
      return version !== 0 && loopback.check(address, version === 4 ? 'ipv4' : 'ipv6');
    },
  };
}
