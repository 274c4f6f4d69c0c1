import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { ok, type Result } from '../../base/result.ts';
import type { Access } from '../../roster/index.ts';
import { droppedByDefault, type Sync } from '../../sync/index.ts';
import { feedContext } from '../feed-context.ts';
import type { FeedPlace, Intake } from '../types.ts';
import { type DropBox, makeDropBox } from './drop-box.ts';
import { listenSftp, type SftpListener } from './server.ts';
import { makeSpool } from './spool.ts';
import { makeTaker } from './taker.ts';

/** Milliseconds between looks at files that could not be taken in. */
const againMs = 60_000;

/** What {@link makeSftpDrop} needs. */
export interface SftpDropDeps {
  readonly access: Pick<Access, 'sftpUser' | 'sftpKey' | 'hasSftpKey' | 'sftpHolds'>;
  readonly sync: Pick<Sync, 'feed'>;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly log: Log;
  /** The folder of host keys and of files that are not taken in yet. */
  readonly dataDir: string;
  readonly maxFileBytes: number;
}

/** The SFTP server to which feeds of the transport `sftp-drop` get their files. */
export interface SftpDrop {
  /** Takes in what is left of before and listens; port 0 takes a free one. `conflict` where that is not possible. */
  start(port: number, host: string): Promise<Result<{ readonly port: number }>>;
  /** Tries again what could not be taken in. */
  sweep(): Promise<void>;
  stop(): Promise<void>;
}

/** Makes {@link SftpDrop}; it listens once it is started. */
export function makeSftpDrop(deps: SftpDropDeps): SftpDrop {
  const { access, sync, clock, log, dataDir, maxFileBytes } = deps;
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
      const listening = await listenSftp({ dataDir, access, sync, log, box }, port, host);
      if (!listening.ok) return listening;
      listener = listening.value;
      timer = setInterval(() => void sweep(), againMs).unref();
      void sweep();
      log.info({ port: listener.port }, 'takes files by SFTP');
      return ok({ port: listener.port });
    },
    async stop() {
      clearInterval(timer);
      await listener?.close();
      await taker.stop();
    },
  };
}
