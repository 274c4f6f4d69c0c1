import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { ok, type Result } from '../../base/result.ts';
import type { Access } from '../../roster/index.ts';
import { droppedByDefault, type Sync } from '../../sync/index.ts';
import { feedContext } from '../feed-context.ts';
import type { FeedPlace, Intake } from '../types.ts';
import { type DropBox, makeDropBox } from './drop-box.ts';
import { type HostKey, openHostKeys } from './host-keys.ts';
import { listenSftp, type SftpListener } from './server.ts';
import { makeSpool } from './spool.ts';
import { makeTaker } from './taker.ts';

/** Milliseconds between looks at files that could not be taken in. */
const againMs = 60_000;

/** What {@link makeSftpDrop} needs. */
export interface SftpDropDeps {
  readonly access: Pick<Access, 'sftpUser' | 'sftpKey' | 'hasSftpKey' | 'sftpHolds' | 'onSftpChange'>;
  readonly sync: Pick<Sync, 'feed'>;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly log: Log;
  /** The folder of host keys and of files that are not taken in yet. */
  readonly dataDir: string;
  readonly maxFileBytes: number;
  /** Milliseconds that a connection has to log in (30,000), and that it may stay without a request (300,000). */
  readonly limits?: { readonly logInMs: number; readonly idleMs: number };
}

/** How senders reach the SFTP server and know it again. */
export interface SftpServerInfo {
  /** The port on which it listens; null: it does not run here. */
  readonly port: number | null;
  readonly hostKeys: readonly HostKey[];
}

/** The SFTP server to which feeds of the transport `sftp-drop` get their files. */
export interface SftpDrop {
  /** Takes in what is left of before and listens; port 0 takes a free one. `conflict` where that is not possible. */
  start(port: number, host: string): Promise<Result<SftpServerInfo & { readonly port: number }>>;
  /** How it is reached, and its host keys, which are made where there are none yet. */
  info(): Promise<Result<SftpServerInfo>>;
  /** Tries again what could not be taken in. */
  sweep(): Promise<void>;
  stop(): Promise<void>;
}

/** Makes {@link SftpDrop}; it listens once it is started. */
export function makeSftpDrop(deps: SftpDropDeps): SftpDrop {
  const { access, sync, clock, log, dataDir, maxFileBytes, limits = { logInMs: 30_000, idleMs: 300_000 } } = deps;
  const spool = makeSpool(join(dataDir, 'sftp'));
  const taker = makeTaker({ spool, intake: deps.intake, sync, clock, log });
  const boxes = new Map<string, DropBox>();
  let listener: SftpListener | undefined;
  let timer: NodeJS.Timeout | undefined;

  const rulesOf = async (place: FeedPlace) => {
    const feed = await sync.feed(feedContext(place), place.feed);
    return feed?.sftpDrop ?? droppedByDefault;
  };

  function box(place: FeedPlace): DropBox {
    const key = JSON.stringify([place.tenant, place.feed]);
    const known =
      boxes.get(key) ??
      makeDropBox(place, {
        spool,
        clock,
        maxFileBytes,
        rules: () => rulesOf(place),
        report: (fault) => log.warn({ ...place, fault }, 'an upload by SFTP was broken off'),
        take: (file, by) => taker.take(place, file, by),
      });
    boxes.set(key, known);
    return known;
  }

  async function sweep(): Promise<void> {
    try {
      await taker.sweep();
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown';
      log.error({ error: name }, 'what came by SFTP could not be looked through; it is tried again');
    }
  }

  return {
    sweep,
    async start(port, host) {
      const listening = await listenSftp({ dataDir, access, sync, log, limits, box }, port, host);
      if (!listening.ok) return listening;
      listener = listening.value;
      timer = setInterval(() => void sweep(), againMs).unref();
      void sweep();
      log.info({ port: listener.port }, 'takes files by SFTP');
      return ok({ port: listener.port, hostKeys: listener.hostKeys });
    },
    async info() {
      if (listener !== undefined) return ok({ port: listener.port, hostKeys: listener.hostKeys });
      const keys = await openHostKeys(dataDir);
      return keys.ok ? ok({ port: null, hostKeys: keys.value.shown }) : keys;
    },
    async stop() {
      clearInterval(timer);
      await listener?.close();
      listener = undefined;
      await taker.stop();
    },
  };
}
