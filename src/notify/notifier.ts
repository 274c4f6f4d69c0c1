import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { failed } from '../base/result.ts';
import type { Jobs } from '../jobs/index.ts';
import type { Doc, NoticeStore } from '../store/index.ts';
import { noticeRetry } from './retry.ts';
import type { NewNotice, Notice, NoticeChannel, Notifier } from './types.ts';

/** What the notifier needs. */
export interface NotifierDeps {
  readonly notices: NoticeStore;
  readonly jobs: Pick<Jobs, 'handle' | 'add'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly channels: readonly NoticeChannel[];
  /** Address of the gateway for links, without a slash at its end. */
  readonly publicUrl?: string;
}

const keptMs = 400 * 86_400_000;

/** Makes {@link Notifier}: a notice is written down, and a durable job passes it to every channel. */
export function makeNotifier({ notices, jobs, clock, log, channels, publicUrl }: NotifierDeps): Notifier {
  jobs.handle({
    kind: 'notice',
    retry: noticeRetry,
    async work({ tenant, key }) {
      const row = await notices.get(tenant, key);
      if (row === undefined || !row.open) return { done: true };
      const notice = row.notice as unknown as Notice;
      let broken: string | undefined;
      for (const { name, tell } of channels) {
        try {
          await tell(notice);
        } catch (error) {
          broken ??= name;
          const kind = error instanceof Error ? error.name : 'unknown';
          log.error({ channel: name, error: kind, notice: key }, 'a channel has not taken a notice');
        }
      }
      if (broken !== undefined)
        return failed('internal', `The channel ${broken} has not taken the notice; the log has the details.`);
      await notices.close(tenant, key);
      return { done: true };
    },
  });

  return {
    async tell(told) {
      const notice: Notice = { ...told, link: linkOf(told, publicUrl) };
      const { tenant, key } = notice;
      const row = { tenant, key, at: new Date(notice.at), notice: notice as unknown as Doc };
      const keptUntil = new Date(clock.now().getTime() + keptMs);
      const isNew = await notices.insert({ ...row, keptUntil });
      // Who wrote it down before may have been killed before it made the job.
      if (isNew || (await notices.get(tenant, key))?.open === true) await jobs.add({ tenant, kind: 'notice', key });
    },
  };
}

function linkOf({ run, feed }: NewNotice, publicUrl: string | undefined): string | null {
  if (publicUrl === undefined) return null;
  if (run !== null) return `${publicUrl}/api/v1/runs/${run.id}`;
  return feed === null ? `${publicUrl}/api/v1/jobs?state=dead` : `${publicUrl}/api/v1/feeds/${feed}`;
}
