import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { makeOutbound } from '../../../src/wire/index.ts';

// Nets of the IANA special-purpose registries that a request must never reach.
const nets = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;
const numberOf = (dotted: string) => dotted.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const partsOf = (value: number) => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256);
const hex = (value: number) => value.toString(16);
/** Every way to write one IPv4 address in a URL, alone or inside an IPv6 address. */
const spellings = (value: number): string[] => {
  const [a = 0, b = 0, c = 0, d = 0] = partsOf(value);
  const pair = `${hex(a * 256 + b)}:${hex(c * 256 + d)}`;
  return [
    `${a}.${b}.${c}.${d}`,
    `${a}.${b}.${c}.${d}.`,
    String(value),
    `0x${hex(value)}`,
    `0X${hex(value).toUpperCase()}`,
    `0${value.toString(8)}`,
    `${a}.${value % 2 ** 24}`,
    `${a}.${b}.${value % 2 ** 16}`,
    `0${a.toString(8)}.0x${hex(b)}.${c}.0${d.toString(8)}`,
    `[::ffff:${pair}]`,
    `[::ffff:${a}.${b}.${c}.${d}]`,
    `[::${pair}]`,
    `[::ffff:0:${pair}]`,
    `[64:ff9b::${pair}]`,
    `[64:ff9b:1::${pair}]`,
    `[2002:${pair}::1]`,
    `[2001:0:${pair}::1]`,
  ];
};

test('an address within any of those nets is refused in every spelling', () => {
  const outbound = makeOutbound({ hosts: [] });
  const address = fc
    .tuple(fc.constantFrom(...nets), fc.nat(2 ** 24 - 1))
    .map(([[net, bits], within]) => numberOf(net) + (within % 2 ** (32 - bits)));
  fc.assert(
    fc.property(address, (value) => {
      for (const host of spellings(value)) {
        expect({ host, ok: outbound.check(`https://${host}/`).ok }).toEqual({ host, ok: false });
      }
    }),
  );
});

test('whatever a text is taken for, what may be asked is a public address, or a name that is looked at again', () => {
  const outbound = makeOutbound({ hosts: [] });
  const part = fc.oneof(
    fc.constantFrom(
      '0x7f',
      '0177',
      '127',
      '1',
      '0',
      '10',
      '::',
      ':',
      'ffff',
      '%',
      '[',
      ']',
      '@',
      '\\',
      '/',
      '。',
      '１',
    ),
    fc.nat(2 ** 32 - 1).map(String),
  );
  const host = fc
    .array(part, { minLength: 1, maxLength: 8 })
    .chain((parts) => fc.constantFrom('.', '', ':').map((by) => parts.join(by)));
  fc.assert(
    fc.property(host, (text) => {
      const checked = outbound.check(`https://${text}/`);
      if (!checked.ok) return;
      const { hostname, username, port } = checked.value;
      const numbers = /^\d+(\.\d+){3}$/.test(hostname) ? numberOf(hostname) : undefined;
      const isInside = nets.some(
        ([net, bits]) =>
          numbers !== undefined &&
          Math.floor(numbers / 2 ** (32 - bits)) === Math.floor(numberOf(net) / 2 ** (32 - bits)),
      );
      expect({ text, isInside, username, port, isIpv6: hostname.includes(':') && !/^\[[23]/.test(hostname) }).toEqual({
        text,
        isInside: false,
        username: '',
        port: ['', '8443'].includes(port) ? port : 'another',
        isIpv6: false,
      });
    }),
    { numRuns: 500 },
  );
});
