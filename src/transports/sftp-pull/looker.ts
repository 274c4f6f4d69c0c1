import type { Clock } from '../../base/clock.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import type { Arrivals } from '../../store/index.ts';
import type { SftpPullSettings, Sync } from '../../sync/index.ts';
import type { Outbound, StreamLimits } from '../../wire/index.ts';
import { distinctName } from '../arrival-name.ts';
import { feedContext } from '../feed-context.ts';
import { firstVersion, lastSeen } from '../overwritten.ts';
import type { Arrival, FeedPlace, Looker } from '../types.ts';
import { findFiles, type Lying, type RemoteFile } from './files.ts';
import { type LogInSecrets, logIn } from './log-in.ts';
import { openFile } from './read.ts';
import { RemoteFailed } from './remote-failed.ts';
import { makeSession, type Session } from './session.ts';
import { takeAway } from './take-away.ts';

/** What fetching by SFTP needs. */
export interface SftpPullDeps {
  readonly outbound: Pick<Outbound, 'connect'>;
  readonly sync: Pick<Sync, 'feedSecret'>;
  readonly arrivals: Pick<Arrivals, 'last'>;
  readonly clock: Clock;
  /** How long an answer of the server and a whole file may take. */
  readonly limits: Pick<StreamLimits, 'idleMs' | 'wholeMs'>;
}

/** What was taken is put away in so long, or stays. */
const longestMs = 30_000;

/** Makes the {@link Looker} of files that are fetched from SFTP servers. */
export function makeSftpPullLooker({ outbound, sync, arrivals, clock, limits }: SftpPullDeps): Looker {
  // What lay there at the look before, by feed: since when it is as it is.
  const seen = new Map<string, ReadonlyMap<string, number>>();

  async function secretsOf(place: FeedPlace, { auth }: SftpPullSettings): Promise<Result<LogInSecrets>> {
    const open = (field: string) => sync.feedSecret(feedContext(place), place.feed, 'sftpPull', field);
    const secret = auth === 'password' ? 'password' : 'privateKey';
    const opened = await open(secret);
    if (!opened.ok) return opened;
    if (opened.value === undefined) {
      return failed('conflict', `The setting sftpPull.${secret} is missing.`, { field: `sftpPull.${secret}` });
    }
    if (auth === 'password') return ok({ password: opened.value, privateKey: undefined, passphrase: undefined });
    const passphrase = await open('passphrase');
    if (!passphrase.ok) return passphrase;
    return ok({ password: undefined, privateKey: opened.value, passphrase: passphrase.value });
  }

  /** The files to which nothing was written for some time: by the server's times, or as they were at an earlier look. */
  function settled(place: FeedPlace, { files }: Lying, { settleSeconds }: SftpPullSettings): readonly RemoteFile[] {
    const key = JSON.stringify([place.tenant, place.feed]);
    const before = seen.get(key);
    const now = clock.now().getTime();
    const since = new Map(files.map((file) => [stampOf(file), before?.get(stampOf(file)) ?? now]));
    seen.set(key, since);
    return files.filter(
      (file) => now - Math.min(since.get(stampOf(file)) ?? now, file.mtime * 1000) >= settleSeconds * 1000,
    );
  }

  async function arrivalOf(
    session: Session,
    place: FeedPlace,
    file: RemoteFile,
    settings: SftpPullSettings,
  ): Promise<Arrival> {
    const name = distinctName(file.name);
    const last = await lastSeen(arrivals, place, name);
    const stamp = `${file.bytes}-${file.mtime}`;
    return {
      name,
      version: last?.versionOf(stamp) ?? firstVersion(stamp),
      bytes: file.bytes,
      async open(signal) {
        const remote = await session.remote(signal);
        if (remote.ok) return openFile(remote.value, file, limits.wholeMs, signal);
        // A file is not refused for good for what was wrong with the way to it.
        const { code, text } = remote.problem;
        return code === 'busy' ? remote : failed('conflict', text, remote.problem.place);
      },
      async settle() {
        if (settings.after === 'keep') return;
        const remote = await session.remote(AbortSignal.timeout(longestMs));
        if (remote.ok) await takeAway(remote.value, settings, file);
      },
    };
  }

  return {
    kind: 'sftp-pull',

    async look(place, feed, signal) {
      const settings = feed.sftpPull;
      if (settings === null) return failed('conflict', 'The feed has no setting sftpPull.', { field: 'sftpPull' });
      const secrets = await secretsOf(place, settings);
      if (!secrets.ok) return secrets;
      const session = makeSession((entering) => logIn({ outbound, waits: limits }, settings, secrets.value, entering));
      const files: Arrival[] = [];
      const stop = () => session.close();
      signal.addEventListener('abort', stop);
      try {
        const remote = await session.remote(signal);
        if (!remote.ok) return remote;
        const found = await findFiles(remote.value, settings);
        if (!found.ok) return found;
        for (const file of wholeOf(place, found.value, settings)) {
          files.push(await arrivalOf(session, place, file, settings));
        }
        return ok(files);
      } catch (error) {
        if (error instanceof RemoteFailed) return { ok: false, problem: error.problem };
        throw error;
      } finally {
        signal.removeEventListener('abort', stop);
        if (files.length === 0) session.close();
      }
    },
  };

  function wholeOf(place: FeedPlace, lying: Lying, settings: SftpPullSettings): readonly RemoteFile[] {
    if (settings.whole === 'settled') return settled(place, lying, settings);
    if (settings.whole === 'rename') return lying.files;
    return lying.files.filter(({ name }) => lying.names.has(name + settings.markerSuffix));
  }
}

const stampOf = ({ name, bytes, mtime }: RemoteFile) => `${name}\0${bytes}-${mtime}`;
