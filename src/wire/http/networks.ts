import { isIP } from 'node:net';

/** What an address counts as: one sender, and the wider network that one owner of many senders tends to have. */
export interface Networks {
  /** IPv4 as it is; of IPv6 the /56, which one household or machine has. */
  readonly sender: string;
  /** The /24 of IPv4, the /48 of IPv6. */
  readonly wide: string;
}

/**
 * The networks of an address. IPv4 inside IPv6 (`::ffff:192.0.2.1`) is IPv4; whatever is no address is its own network.
 */
export function networksOf(address: string): Networks {
  const plain = address.split('%', 1)[0] ?? '';
  const version = isIP(plain);
  if (version === 4) return networksOf4(plain);
  if (version === 0) return { sender: address, wide: address };
  const groups = groupsOf(plain);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xff_ff;
  if (isMapped) {
    const bytes = groups.slice(6).flatMap((group) => [group >> 8, group & 0xff]);
    return networksOf4(bytes.join('.'));
  }
  const [first = 0, second = 0, third = 0, fourth = 0] = groups;
  const wide = [first, second, third].map((group) => group.toString(16)).join(':');
  return { sender: `${wide}:${(fourth >> 8).toString(16)}00::/56`, wide: `${wide}::/48` };
}

function networksOf4(address: string): Networks {
  return { sender: address, wide: `${address.slice(0, address.lastIndexOf('.'))}.0/24` };
}

/** The eight groups of an IPv6 address (RFC 4291, section 2.2). */
function groupsOf(address: string): number[] {
  const [head = [], tail] = address.split('::').map(read);
  if (tail === undefined) return [...head];
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function read(part: string): number[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}
