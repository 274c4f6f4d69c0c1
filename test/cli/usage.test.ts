import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, test } from '@jest/globals';
import { runCommandLine } from '../../src/cli/program.ts';
import { readSettings } from '../../src/cli/setting-paths.ts';
import { makeTerminal, plain } from '../../src/cli/terminal.ts';

/** Runs the command line in this process. */
async function command(args: readonly string[], env: Record<string, string> = {}) {
  let stdout = '';
  let stderr = '';
  const code = await runCommandLine(args, {
    env: { DATA_DIR: '/nonexistent/data', ...env },
    stdin: Readable.from([]),
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    onInterrupt: () => () => undefined,
    start: async () => undefined,
  });
  return { code, stdout, stderr };
}

const commands = [
  ['import'],
  ['approve'],
  ['reject'],
  ['runs'],
  ['run'],
  ['feeds'],
  ['feed'],
  ['trash'],
  ['restore'],
  ['purge'],
  ['settings'],
  ['credentials'],
  ['digest'],
  ['mongod', 'fetch'],
  ['start'],
];

describe('help and usage', () => {
  test.each(commands)('%s %s has help with an example and --json', async (...words) => {
    const { code, stdout } = await command([...words.filter((word) => word !== undefined), '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Examples?:\n {2}\$ /);
    expect(stdout).toContain('--json');
  });

  test('the overview names the exit codes and the settings that choose the gateway', async () => {
    const { code, stdout } = await command(['--help']);
    expect(code).toBe(0);
    for (const part of ['0 done, 1 failed, 2 wrong usage, 3', 'ROSTERGATE_URL', 'ROSTERGATE_KEY']) {
      expect(stdout).toContain(part);
    }
  });

  test.each([
    ['an unknown command', ['fly']],
    ['an unknown option', ['runs', '--colour']],
    ['a missing argument', ['import']],
    ['an unknown mode', ['import', 'x.xml', '--mode', 'all']],
    ['a file that is not there', ['import', '/nonexistent/x.xml']],
    ['a folder for a file', ['import', '/']],
    ['a limit that is none', ['runs', '--limit', '0']],
    ['a type that is none', ['trash', '--type', 'course']],
    ['restore of nothing', ['restore']],
    ['restore of both', ['restore', 'x', '--run', 'y']],
    ['a setting without a value', ['feed', 'sis', '--set', 'mode']],
    ['a tenant setting without a value', ['settings', '--set', 'imsEs.behaviour']],
    ['digest without what to do', ['digest', 'sis']],
    ['digest with both', ['digest', 'sis', '--allow', '--deny']],
    ['digest without a password', ['digest', 'sis', '--allow']],
    ['a password as an argument', ['digest', 'sis', '--allow', 'secret']],
  ])('%s exits with 2, with the reason on standard error', async (_name, args) => {
    const { code, stdout, stderr } = await command(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toBe('');
  });

  test('bad settings of the environment exit with 2 and name every fault', async () => {
    const { code, stderr } = await command(['runs'], { PORT: 'x', LOG_LEVEL: 'loud' });
    expect(code).toBe(2);
    expect(stderr).toContain('PORT');
    expect(stderr).toContain('LOG_LEVEL');
  });
});

describe('finding the gateway', () => {
  const servers: { close(): void }[] = [];
  afterAll(() => {
    for (const server of servers) server.close();
  });
  const serve = (status: number, body: string) =>
    new Promise<string>((resolve) => {
      const server = createServer((request, response) => {
        request.resume();
        response.writeHead(status, { connection: 'close' }).end(body);
      });
      servers.push(server);
      server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
    });

  test('no gateway at ROSTERGATE_URL: says so with the remedy', async () => {
    const { code, stderr } = await command(['runs'], { ROSTERGATE_URL: 'http://127.0.0.1:1', ROSTERGATE_KEY: 'k' });
    expect(code).toBe(1);
    expect(stderr).toContain('There is no answer from the gateway at http://127.0.0.1:1');
  });

  test('no key: says where one comes from', async () => {
    const { code, stderr } = await command(['runs'], { ROSTERGATE_URL: 'http://127.0.0.1:1' });
    expect(code).toBe(1);
    expect(stderr).toContain('set ROSTERGATE_KEY');
    expect(stderr).toContain('/nonexistent/data/cli-key');
  });

  test('a wrong key: says which gateway does not accept it', async () => {
    const url = await serve(401, '{}');
    const { code, stderr } = await command(['runs'], { ROSTERGATE_URL: `${url}/`, ROSTERGATE_KEY: 'wrong-key' });
    expect(code).toBe(1);
    expect(stderr).toContain(`The gateway at ${url} does not accept the key.`);
    expect(stderr).not.toContain('wrong-key');
  });

  test('something else at ROSTERGATE_URL: says that it is no gateway', async () => {
    const url = await serve(200, '<html>');
    const other = await command(['runs'], { ROSTERGATE_URL: url, ROSTERGATE_KEY: 'k' });
    expect(other.code).toBe(1);
    const redirect = await serve(302, '');
    const { code, stderr } = await command(['runs'], { ROSTERGATE_URL: redirect, ROSTERGATE_KEY: 'k' });
    expect(code).toBe(1);
    expect(stderr).toContain('answered with status 302 as no gateway does');
  });

  test.each(['localhost:3000', 'ftp://localhost', 'http://a:b@localhost', 'http://localhost/?x=1', 'x'])(
    'ROSTERGATE_URL %s is a matter of usage',
    async (url) => {
      expect((await command(['runs'], { ROSTERGATE_URL: url, ROSTERGATE_KEY: 'k' })).code).toBe(2);
    },
  );
});

describe('what is written', () => {
  test('texts from outside cannot move the cursor', () => {
    expect(plain('Ada\u001b[2J\r\nx\u202e')).toBe('Ada\ufffd[2J\ufffd\ufffdx\ufffd');
  });

  test('progress is one line that is written over on a terminal, and a line every few seconds elsewhere', () => {
    let written = '';
    const stderr = { isTTY: true, columns: 30, write: (text: string) => (written += text) };
    const stdout = { write: (text: string) => (written += text) };
    const terminal = makeTerminal({ stdout, stderr });
    terminal.progress('one');
    terminal.progress('two');
    terminal.out('result');
    expect(written).toBe('one\r\u001b[2Ktwo\r\u001b[2Kresult\n');

    written = '';
    let now = 0;
    const file = makeTerminal({ stdout, stderr: { write: stderr.write } }, () => now);
    for (const [at, text] of [
      [0, 'one'],
      [1000, 'two'],
      [3500, 'three'],
      [9000, 'three'],
    ] as const) {
      now = at;
      file.progress(text);
    }
    expect(written).toBe('three\n');
  });

  test('--set reads paths into an object, values as JSON or text', () => {
    expect(readSettings(['a.b.c=1', 'a.b.d=null', 'e=x=y', 'f="1"', 'a.g=true'])).toEqual({
      ok: true,
      value: { a: { b: { c: 1, d: null }, g: true }, e: 'x=y', f: '1' },
    });
    expect(readSettings(['constructor.x=1'])).toEqual({ ok: true, value: { constructor: { x: 1 } } });
    expect(readSettings(['__proto__.x=1']).ok).toBe(false);
  });
});
