import { type AddressInfo, createServer, type LookupFunction, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeOutbound } from '../../../src/wire/index.ts';

let server: Server;
let port: number;
let came = 0;

beforeAll(async () => {
  server = createServer((socket) => {
    came += 1;
    socket.on('error', () => undefined);
    socket.end('SSH-2.0-test\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

/** A resolver that knows every name by these addresses. */
const resolver =
  (...addresses: string[]): LookupFunction =>
  (_name, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

/** What becomes of a connection: `ok`, or the code of its problem. */
async function outcome(host: string, to: number, hosts: string[] = [], lookup = resolver('127.0.0.1')) {
  const made = await makeOutbound({ hosts, lookup }).connect(host, to, 2_000);
  if (!made.ok) return made.problem.code;
  made.value.destroy();
  return 'ok';
}

describe('A connection to an SSH server', () => {
  test.each([
    ['loopback', '127.0.0.1'],
    ['loopback in decimal', '2130706433'],
    ['loopback in hexadecimal', '0x7f.1'],
    ['IPv6 loopback', '::1'],
    ['IPv4-mapped', '::ffff:127.0.0.1'],
    ['the place where clouds keep credentials', '169.254.169.254'],
    ['a private network', '10.0.0.5'],
  ])('goes to no address that is not of the public internet: %s', async (_title, address) => {
    expect(await outcome(address, 22)).toBe('forbidden');
    // A name is not believed: what it leads to counts, also where one of several addresses is public.
    expect(await outcome('sftp.example', 22, [], resolver('1.1.1.1', address))).not.toBe('ok');
    expect(came).toBe(0);
  });

  test('goes to no other port than 22 of hosts that nobody has listed', async () => {
    expect(await outcome('1.1.1.1', 443)).toBe('forbidden');
    expect(await outcome('sftp.example', 2222, [], resolver('1.1.1.1'))).toBe('forbidden');
  });

  test.each(['http://a', 'a/b', 'a@b', 'a b', 'a:22'])('goes to no text that is no host: %s', async (text) => {
    expect(await outcome(text, 22)).toBe('invalid-request');
  });

  test('goes to hosts that are listed, by name or address, on the ports that are', async () => {
    expect(await outcome('sis.internal', port, ['sis.internal'])).toBe('ok');
    expect(await outcome('SIS.internal', port, [`sis.internal:${port}`])).toBe('ok');
    expect(await outcome('sis.internal', port, ['127.0.0.1'])).toBe('ok');
    expect(await outcome('127.0.0.1', port, ['127.0.0.1:22'])).toBe('forbidden');
  });

  test('that was stopped is none', async () => {
    const outbound = makeOutbound({ hosts: ['127.0.0.1'] });
    const made = await outbound.connect('127.0.0.1', port, 2_000, AbortSignal.abort());
    expect(made).toMatchObject({ ok: false, problem: { code: 'busy' } });
  });
});
