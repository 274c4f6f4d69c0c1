import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CommandLine, makeCommandLine } from './command-line.ts';
import { ways } from './ways.ts';

let url: string;
let status = 200;
const asked: (string | undefined)[] = [];
const server = createServer((request, response) => {
  asked.push(request.headers.authorization);
  response.writeHead(status, { etag: '"1"', 'content-length': '4' }).end('four');
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/roster.xml`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe.each(Object.entries(ways))('feed-check by %s', (_way, open) => {
  let line: CommandLine;
  let close: () => Promise<unknown>;
  beforeAll(async () => {
    const way = await open();
    ({ close } = way);
    line = await makeCommandLine({ OUTBOUND_HOSTS: '127.0.0.1', ...way.settings });
  });
  afterAll(async () => {
    await line.close();
    await close();
  });

  test('shows what lies at a feed’s place, or what is wrong', async () => {
    status = 200;
    const settings = ['transport=https-pull', `httpsPull={"url":"${url}"}`, 'schedule=0 0 29 2 *'];
    expect(await line.run(['feed', 'fetched', '--set', ...settings])).toMatchObject({ code: 0 });
    const { code, stdout } = await line.run(['feed-check', 'fetched']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/roster\.xml +4 +new/);
    expect(stdout).toContain('1 of 1 files, 1 new\n');
    status = 404;
    const wrong = await line.run(['feed-check', 'fetched']);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('There is no file at the address (status 404).');
    expect((await line.run(['feed-check', 'nobody'])).code).toBe(1);
  });

  test('uses secrets that were asked for or that lie in files, never those of a command line', async () => {
    const secret = await line.file('token', 'a-secret-token\n');
    const set = ['feed', 'secret', '--set', 'transport=https-pull', `httpsPull.url=${url}`, 'httpsPull.auth=bearer'];
    const made = await line.run([...set, '--secret-file', `httpsPull.secret=${secret}`]);
    expect(made.code).toBe(0);
    expect(made.stdout).toContain('httpsPull.auth=bearer');
    expect(made.stdout).not.toContain('a-secret-token');
    status = 200;
    expect((await line.run(['feed-check', 'secret'])).code).toBe(0);
    expect(asked.at(-1)).toBe('Bearer a-secret-token');
    const wrong = async (...args: string[]) => (await line.run(['feed', 'secret', ...args])).stderr;
    expect(await wrong('--set', 'httpsPull.secret=open')).toContain('use --secret httpsPull.secret');
    expect(await wrong('--set', 'sftpPull={"password":"open"}')).toContain('use --secret sftpPull.password');
    expect(await wrong('--secret', 'httpsPull.secret')).toContain('No secret was given');
    expect(await wrong('--secret', 'httpsPull.url')).toContain('httpsPull.url is no secret');
    expect(await wrong('--secret-file', 'httpsPull.secret=/nowhere')).toContain('/nowhere cannot be read');
    expect(await wrong('--secret-file', `mode=${secret}`)).toContain('mode is no secret');
  });
});
