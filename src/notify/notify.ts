import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Jobs } from '../jobs/index.ts';
import type { Audit, Vault } from '../roster/index.ts';
import { makeNoticeStore, makeRunEnds, makeSubscriberStore, makeWebhookStore, type Store } from '../store/index.ts';
import type { Sync } from '../sync/index.ts';
import type { Outbound } from '../wire/index.ts';
import { type Alarms, type AlarmsDeps, makeAlarms } from './alarms/alarms.ts';
import { makeMailChannel } from './mail/channel.ts';
import { makeRecipients, noticeContext } from './mail/recipients.ts';
import { makeMailer, type SmtpSettings } from './mail/smtp.ts';
import { makeNotifier } from './notifier.ts';
import { makeSweep } from './runs/sweep.ts';
import { makeLinks } from './subscribers/links.ts';
import { makeSubscribers } from './subscribers/room.ts';
import type { FollowedLinks, SubscribersRoom } from './subscribers/types.ts';
import type { NoticeChannel, Notifier } from './types.ts';
import { makeWebhookChannel } from './webhooks/channel.ts';
import { makeWebhooks } from './webhooks/room.ts';
import type { WebhooksRoom } from './webhooks/types.ts';

/** What notices need. */
export interface NotifyDeps {
  readonly store: Store;
  readonly sync: Pick<Sync, 'run' | 'runs' | 'feed' | 'feeds' | 'putFeed'>;
  readonly jobs: Pick<Jobs, 'handle' | 'add' | 'find' | 'retime' | 'ofKind' | 'dead'>;
  readonly vault: Pick<Vault, 'seal' | 'open'>;
  readonly audit: Pick<Audit, 'record'>;
  /** The way out to endpoints: 10 seconds for each. */
  readonly outbound: Pick<Outbound, 'open' | 'check'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Where mails go; unset: none are sent. */
  readonly smtp?: SmtpSettings;
  /** Address of the gateway, for links; without it mails have none, and nobody can subscribe by mail. */
  readonly publicUrl?: string;
  /** Ways besides mails. */
  readonly channels?: readonly NoticeChannel[];
  /** Milliseconds between looks for runs that have ended. */
  readonly pollMs?: number;
  /** What alarms look at. */
  readonly watched: Pick<AlarmsDeps, 'tenants' | 'feeds'>;
  /** The tenant's time zone. */
  timeZone(tenant: string): Promise<string>;
}

/** Tells people and programs how runs went. */
export interface Notify {
  readonly notifier: Notifier;
  /** Who gets mails, and what the links in them do. */
  readonly subscribers: SubscribersRoom & FollowedLinks;
  /** Endpoints that are told of notices. */
  readonly webhooks: WebhooksRoom;
  /** Begins to look for runs that have ended. Notices and mails are jobs: they wait for `jobs.start()`. */
  start(): void;
  /** Looks at once for what is silent. */
  readonly look: Alarms['look'];
  /** Tells at once of what has ended; how many runs. */
  sweep(): Promise<number>;
  /** A feed was made, changed or removed: with a feed that is gone its subscribers go. */
  feedChanged(tenant: string, feed: string): Promise<void>;
  stop(): Promise<void>;
}

/** Makes {@link Notify}. */
export function makeNotify(deps: NotifyDeps): Notify {
  const { store, sync, jobs, vault, audit, outbound, clock, log, smtp, publicUrl, timeZone, pollMs } = deps;
  const notices = makeNoticeStore(store);
  const subscribers = makeSubscriberStore(store);
  const recipients = makeRecipients(sync, subscribers);
  const links = makeLinks(vault, publicUrl);
  const mailer = smtp === undefined ? undefined : makeMailer(smtp);
  const webhooks = makeWebhookStore(store);
  const sending = makeWebhookChannel({ webhooks, jobs, vault, outbound, clock, notifier: () => notifier });
  const channels: NoticeChannel[] = [...(deps.channels ?? []), sending];
  if (mailer !== undefined) {
    channels.push(
      makeMailChannel({
        notices,
        recipients,
        mailer,
        jobs,
        sync,
        clock,
        timeZone,
        unsubscribe: (tenant, { feed, id }) => links.make({ does: 'unsubscribe', tenant, feed, id, until: null }),
      }),
    );
  }
  const places = publicUrl === undefined ? {} : { publicUrl };
  const notifier: Notifier = makeNotifier({ notices, jobs, clock, log, channels, ...places });
  const ends = makeRunEnds(store);
  const sweep = makeSweep({ ends, sync, notifier, log, ...(pollMs === undefined ? {} : { pollMs }) });
  const poll = pollMs === undefined ? {} : { pollMs };
  const alarms = makeAlarms({ ...deps.watched, notifier, notices, sync, jobs, clock, log, timeZone, ...poll });
  const room = makeSubscribers({
    subscribers,
    sync,
    jobs,
    links,
    audit,
    clock,
    hasLinks: publicUrl !== undefined,
    ...(mailer === undefined ? {} : { mailer }),
  });
  return {
    notifier,
    subscribers: room,
    webhooks: makeWebhooks({ webhooks, channel: sending, vault, outbound, sync, clock }),
    start() {
      sweep.start();
      alarms.start();
    },
    look: alarms.look,
    sweep: sweep.sweep,
    async stop() {
      await Promise.all([sweep.stop(), alarms.stop()]);
    },
    async feedChanged(tenant, feed) {
      if ((await sync.feed(noticeContext(tenant), feed)) === undefined) await subscribers.removeAll(tenant, feed);
    },
  };
}
