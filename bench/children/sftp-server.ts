import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { failed, ok } from '../../src/base/result.ts';
import type { Context } from '../../src/roster/index.ts';
import { makeSftpDrop, type SftpDropDeps } from '../../src/transports/index.ts';
import { type Options, type Role, textOf } from './role.ts';

const context: Context = {
  tenant: 'bench',
  writer: 'credential:bench',
  namespace: 'default',
  source: 'file',
  feeds: ['bench'],
};

/** The gateway's SFTP server alone: it lets in whoever signs, and what comes whole is let go of. */
export async function sftpServer(options: Options): Promise<Role> {
  const access: SftpDropDeps['access'] = {
    sftpUser: async () => failed('unauthenticated', 'By key only.'),
    sftpKey: async (_name, _key, signed) => (signed() ? ok(context) : failed('unauthenticated', 'Not signed.')),
    hasSftpKey: async () => true,
    sftpHolds: async () => true,
    onSftpChange: () => () => undefined,
  };
  const feed = { name: 'bench', transport: 'sftp-drop' };
  const drop = makeSftpDrop({
    access,
    sync: { feed: async () => feed } as unknown as SftpDropDeps['sync'],
    intake: {
      async take(_place, _transport, arrival) {
        await arrival.settle?.('done' as never);
        return { state: 'known' } as never;
      },
    } as SftpDropDeps['intake'],
    clock: systemClock,
    log: silentLog,
    dataDir: textOf(options, 'folder'),
    maxFileBytes: 1e12,
  });
  const listening = await drop.start(0, '127.0.0.1');
  if (!listening.ok) throw new Error(listening.problem.text);
  return {
    ready: { port: listening.value.port },
    answer: async () => ({}),
    close: () => drop.stop(),
  };
}
