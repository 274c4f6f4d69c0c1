import { afterAll, expect, test } from '@jest/globals';
import { makeApp } from '../../src/app.ts';
import { makeLog } from '../../src/app-log.ts';
import { type HttpServer, makeHttpServer } from '../../src/app-server.ts';

const opened: HttpServer[] = [];
afterAll(() => Promise.all(opened.map((server) => server.drain(0))));

const forged = 'x\n{"level":50,"msg":"forged"}\u001b[2K\r\u2028';

test('A request with line ends and control characters in its id is one line of JSON', async () => {
  const written: string[] = [];
  const log = makeLog('info', { write: (line: string) => void written.push(line) });
  const readiness = { ping: async () => undefined, isMigrated: () => true, isStopping: () => false };
  const server = makeHttpServer(makeApp({ log, trustProxy: false, mounts: [], readiness }));
  opened.push(server);
  const address = await server.listen(0, '127.0.0.1');
  if (!address.ok) throw new Error(address.problem.text);
  await fetch(`${address.value}/${encodeURIComponent(forged)}?${encodeURIComponent(forged)}`);
  log.warn({ id: forged, [forged]: forged }, 'something happened');
  const lines = written.join('').trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(JSON.parse(line)).not.toMatchObject({ msg: 'forged' });
  expect(Array.from(lines.join('')).filter((character) => character < ' ')).toEqual([]);
});
