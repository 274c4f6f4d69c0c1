import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, LookupFunction } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { makeOutbound, type OutboundRules } from '../../../src/wire/index.ts';
import { selfSigned } from './self-signed.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** Starts a server on this machine; answers its port. */
async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  return (server.address() as AddressInfo).port;
}

/** A resolver that knows every name by these addresses. */
const resolver =
  (...addresses: string[]): LookupFunction =>
  (_name, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

const codeOf = async (url: string, rules: Partial<OutboundRules> = {}) => {
  const result = await makeOutbound({ hosts: [], timeoutMs: 2_000, ...rules }).post(url, {}, 'x');
  return result.ok ? String(result.value.status) : result.problem.code;
};

describe('Addresses that are not of the public internet are refused, however they are written', () => {
  test.each([
    ['loopback', '127.0.0.1'],
    ['all of loopback', '127.9.9.9'],
    ['decimal', '2130706433'],
    ['octal', '0177.0.0.1'],
    ['hexadecimal', '0x7f000001'],
    ['short', '127.1'],
    ['RFC 1918, 10/8', '10.1.2.3'],
    ['RFC 1918, 172.16/12', '172.31.255.255'],
    ['RFC 1918, 192.168/16', '192.168.0.1'],
    ['RFC 1918 in decimal', '3232235521'],
    ['link-local, where clouds keep credentials', '169.254.169.254'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['this host', '0.0.0.0'],
    ['multicast', '224.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['IPv6 loopback', '[::1]'],
    ['IPv6 unspecified', '[::]'],
    ['IPv4-mapped loopback', '[::ffff:127.0.0.1]'],
    ['IPv4-mapped in hexadecimal', '[::ffff:7f00:1]'],
    ['IPv4-compatible', '[::7f00:1]'],
    ['unique local', '[fd00::1]'],
    ['IPv6 link-local', '[fe80::1]'],
    ['NAT64 of loopback', '[64:ff9b::7f00:1]'],
    ['6to4 of loopback', '[2002:7f00:1::]'],
    ['Teredo', '[2001::1]'],
    ['NAT64 with a prefix of the site', '[64:ff9b:1::7f00:1]'],
    ['IPv4-translated', '[::ffff:0:127.0.0.1]'],
    ['IPv6 multicast', '[ff02::1]'],
    ['IPv6 site-local', '[fec0::1]'],
    ['IPv6 documentation', '[3fff::1]'],
  ])('%s: %s', async (_name, host) => {
    const outbound = makeOutbound({ hosts: [] });
    const checked = outbound.check(`https://${host}/soap`);
    expect(checked).toMatchObject({ ok: false, problem: { code: 'invalid-request', place: { field: 'url' } } });
    expect(await codeOf(`https://${host}/soap`)).toBe('invalid-request');
  });

  test.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '[2606:4700::1111]'])('but not the public %s', (host) => {
    expect(makeOutbound({ hosts: [] }).check(`https://${host}/`)).toMatchObject({ ok: true });
  });

  test.each([['127.0.0.1'], ['10.0.0.1'], ['::1'], ['::ffff:10.0.0.1'], ['fd00::1'], ['169.254.169.254']])(
    'a name whose address is %s is refused when the connection is made',
    async (address) => {
      expect(await codeOf('https://sis.example/', { lookup: resolver(address) })).toBe('forbidden');
    },
  );

  test('one bad address among good ones is enough', async () => {
    expect(await codeOf('https://sis.example/', { lookup: resolver('8.8.8.8', '127.0.0.1') })).toBe('forbidden');
  });

  test('a name that was public when it was set, and is loopback when it is asked, is refused (DNS rebinding)', async () => {
    let asked = 0;
    const port = await serve((_request, response) => {
      asked += 1;
      response.end('inside');
    });
    let address = '8.8.8.8';
    const lookup: LookupFunction = (name, options, callback) => resolver(address)(name, options, callback);
    const outbound = makeOutbound({ hosts: ['10.0.0.1'], lookup, timeoutMs: 2_000 });
    const url = `https://sis.example:${port}/`;
    expect(outbound.check(url)).toMatchObject({ ok: true });
    address = '127.0.0.1';
    expect(await outbound.get(url, {})).toMatchObject({ ok: false, problem: { code: 'forbidden' } });
    expect(asked).toBe(0);
  });
});

test('Hosts that are not listed are asked on the ports 443 and 8443 only', async () => {
  const outbound = makeOutbound({ hosts: ['sis.example:9443', '10.0.0.5'] });
  const may = (url: string) => outbound.check(url).ok;
  expect(
    ['https://a.example/', 'https://a.example:8443/', 'https://sis.example:9443/', 'https://10.0.0.5:22/'].map(may),
  ).toEqual(Array(4).fill(true));
  expect(['https://8.8.8.8:22/', 'https://8.8.8.8:9443/', 'https://[2606:4700::1111]:25/'].map(may)).toEqual(
    Array(3).fill(false),
  );
  const bare = makeOutbound({ hosts: [] });
  const checked = bare.check('https://a.example:22/');
  expect(checked).toMatchObject({ ok: false, problem: { code: 'invalid-request' } });
  expect(JSON.stringify(checked)).toContain('OUTBOUND_HOSTS');
  // Where an address is listed without a port, a name may be that address: that is seen when the connection is made.
  expect(may('https://a.example:22/')).toBe(true);
  expect(await codeOf('https://a.example:22/', { hosts: ['10.0.0.5'], lookup: resolver('8.8.8.8') })).toBe('forbidden');
});

describe('Hosts that the operator lists may be private', () => {
  test('by address, in any spelling of it, and by name', async () => {
    const port = await serve((_request, response) => response.end('there'));
    expect(await codeOf(`http://127.0.0.1:${port}/`)).toBe('invalid-request');
    expect(await codeOf(`http://127.0.0.1:${port}/`, { hosts: ['127.0.0.1'] })).toBe('200');
    expect(await codeOf(`http://0x7f.1:${port}/`, { hosts: ['2130706433'] })).toBe('200');
    expect(await codeOf(`http://localhost:${port}/`, { hosts: ['127.0.0.1', '::1'] })).toBe('200');
    const lookup = resolver('127.0.0.1');
    expect(await codeOf(`http://sis.example:${port}/`, { hosts: ['http://SIS.example'], lookup })).toBe('200');
    expect(await codeOf(`http://other.example:${port}/`, { hosts: ['http://sis.example'], lookup })).toBe(
      'invalid-request',
    );
  });

  test('with a port, on that port only', async () => {
    const outbound = makeOutbound({ hosts: ['10.0.0.5:8443', 'http://10.0.0.6:8080', '[fd00::1]:443', 'fd00::2'] });
    const may = (url: string) => outbound.check(url).ok;
    expect(['https://10.0.0.5:8443/', 'http://10.0.0.6:8080/', 'https://[fd00::1]/'].map(may)).toEqual(
      Array(3).fill(true),
    );
    expect(['https://[fd00::2]/', 'https://[fd00::2]:1/'].map(may)).toEqual([true, true]);
    expect(['https://10.0.0.5/', 'http://10.0.0.6/', 'https://[fd00::1]:444/'].map(may)).toEqual(Array(3).fill(false));
    const port = await serve((_request, response) => response.end('there'));
    const lookup = resolver('127.0.0.1');
    expect(await codeOf(`http://sis.example:${port}/`, { hosts: [`http://sis.example:${port}`], lookup })).toBe('200');
    const others = ['sis.example:1', `http://other.example:${port}`, 'http://10.0.0.1'];
    expect(await codeOf(`https://sis.example:${port}/`, { hosts: others, lookup })).toBe('forbidden');
  });

  test('the dot of the root makes no difference', async () => {
    const port = await serve((_request, response) => response.end('there'));
    const lookup = resolver('127.0.0.1');
    const rules = { hosts: ['localhost', 'http://sis.example.'], lookup };
    for (const host of ['localhost.', 'localhost', 'sis.example', 'sis.example.']) {
      expect(await codeOf(`http://${host}:${port}/`, rules)).toBe('200');
    }
  });

  test('plain HTTP is only for loopback and for hosts that are listed with http://', () => {
    const outbound = makeOutbound({ hosts: ['10.0.0.5', 'http://10.0.0.6', 'sis.internal'] });
    expect(outbound.check('http://sis.example/').ok).toBe(false);
    expect(outbound.check('http://sis.internal/').ok).toBe(false);
    expect(outbound.check('http://10.0.0.5/').ok).toBe(false);
    expect(outbound.check('https://10.0.0.5/').ok).toBe(true);
    expect(outbound.check('http://10.0.0.6/').ok).toBe(true);
  });
});

test.each([
  ['no address at all', 'sis.example/soap'],
  ['a file', 'file:///etc/passwd'],
  ['another scheme', 'gopher://sis.example/'],
  ['a password inside', 'https://user:secret@sis.example/'],
  ['a fragment', 'https://sis.example/#x'],
  ['an empty part of the name', 'https://a..b/'],
  ['two dots at its end', 'https://sis.example../'],
  ['a dot alone', 'https://./'],
])('%s is no address to be asked', (_name, url) => {
  const checked = makeOutbound({ hosts: [] }).check(url);
  expect(checked).toMatchObject({ ok: false, problem: { code: 'invalid-request' } });
  expect(JSON.stringify(checked)).not.toContain('secret');
});

describe('What is asked has bounds', () => {
  const rules = { hosts: ['127.0.0.1'] };

  test('a redirect is an answer and is not followed', async () => {
    let asked = 0;
    const port = await serve((_request, response) => {
      asked += 1;
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    expect(await codeOf(`http://127.0.0.1:${port}/`, rules)).toBe('307');
    expect(asked).toBe(1);
  });

  test('an answer that is too large is cut off', async () => {
    const port = await serve((_request, response) => response.end(Buffer.alloc(200_000)));
    expect(await codeOf(`http://127.0.0.1:${port}/`, { ...rules, maxAnswerBytes: 100_000 })).toBe('too-large');
  });

  test('a silent server, a cut answer and no server are no answer', async () => {
    const silent = await serve(() => undefined);
    expect(await codeOf(`http://127.0.0.1:${silent}/`, { ...rules, timeoutMs: 200 })).toBe('busy');
    const cut = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      setImmediate(() => response.destroy());
    });
    expect(await codeOf(`http://127.0.0.1:${cut}/`, rules)).toBe('busy');
    expect(await codeOf('http://127.0.0.1:1/', rules)).toBe('busy');
  });

  test('an answer that trickles in for longer than the time is no answer', async () => {
    const timers: NodeJS.Timeout[] = [];
    const port = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '1000000' });
      timers.push(setInterval(() => response.write('x'), 10));
    });
    expect(await codeOf(`http://127.0.0.1:${port}/`, { ...rules, timeoutMs: 200 })).toBe('busy');
    for (const timer of timers) clearInterval(timer);
  });

  test('headers without end are no answer', async () => {
    const port = await serve((request) => {
      request.socket.write(`HTTP/1.1 200 OK\r\n${'x-filler: 0123456789\r\n'.repeat(10_000)}`);
    });
    expect(await codeOf(`http://127.0.0.1:${port}/`, rules)).toBe('busy');
  });

  test('a certificate that nobody has signed is refused, whatever the environment says', async () => {
    const inherited = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    const server = createTlsServer(selfSigned(), (_request, response) => response.end('there'));
    servers.push(server.listen(0, '127.0.0.1'));
    await new Promise((resolve) => server.once('listening', resolve));
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      const { port } = server.address() as AddressInfo;
      const answer = await makeOutbound(rules).get(`https://127.0.0.1:${port}/`, {});
      expect(answer).toMatchObject({ ok: false, problem: { code: 'busy' } });
      expect(JSON.stringify(answer)).toContain('CERT');
    } finally {
      if (inherited === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = inherited;
    }
  });

  test('proxies that the environment names are not asked', async () => {
    let proxied = 0;
    const proxy = await serve((_request, response) => {
      proxied += 1;
      response.end('proxy');
    });
    const port = await serve((_request, response) => response.end('there'));
    const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
    const inherited = names.map((name) => process.env[name]);
    for (const name of names) process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : `http://127.0.0.1:${proxy}`;
    try {
      expect(await codeOf(`http://127.0.0.1:${port}/`, rules)).toBe('200');
      expect(proxied).toBe(0);
    } finally {
      names.forEach((name, index) => {
        const value = inherited[index];
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      });
    }
  });

  test('an exchange that is aborted, or was before it began, is no answer', async () => {
    const stop = new AbortController();
    const port = await serve(() => stop.abort());
    const outbound = makeOutbound({ ...rules, timeoutMs: 60_000 });
    const post = () => outbound.post(`http://127.0.0.1:${port}/`, {}, 'x', stop.signal);
    expect(await post()).toMatchObject({ ok: false, problem: { code: 'busy' } });
    expect(await post()).toMatchObject({ ok: false, problem: { code: 'busy' } });
  });

  test('headers and body arrive as they were given', async () => {
    const port = await serve((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        response.setHeader('content-type', 'text/xml');
        response.end(`${request.method} ${String(request.headers['soapaction'])} ${String(Buffer.concat(pieces))}`);
      });
    });
    const result = await makeOutbound(rules).post(`http://127.0.0.1:${port}/`, { soapaction: '"a"' }, 'Größe');
    if (!result.ok) throw new Error(result.problem.text);
    const { status, contentType, body } = result.value;
    expect([status, contentType, body.toString('utf8')]).toEqual([200, 'text/xml', 'POST "a" Größe']);
  });
});
