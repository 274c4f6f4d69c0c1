import type { Clock } from '../../base/clock.ts';
import { sha256 } from '../../base/ids.ts';
import type { Job, JobEnd, Jobs } from '../../jobs/index.ts';
import type { NoticeRow, NoticeStore } from '../../store/index.ts';
import { nextTime, type Sync } from '../../sync/index.ts';
import { noticeRetry } from '../retry.ts';
import type { Notice, NoticeChannel } from '../types.ts';
import { htmlText, type MailContent, plainText } from './content.ts';
import { digestContent, noticeContent } from './notice-content.ts';
import { noticeContext, type Recipient, type Recipients, topicOf } from './recipients.ts';
import type { Mailer } from './smtp.ts';

/** What mails of notices need. */
export interface MailChannelDeps {
  readonly notices: NoticeStore;
  readonly recipients: Recipients;
  readonly mailer: Mailer;
  readonly jobs: Pick<Jobs, 'handle' | 'add' | 'find' | 'retime'>;
  readonly sync: Pick<Sync, 'feed'>;
  readonly clock: Clock;
  /** The tenant's time zone. */
  timeZone(tenant: string): Promise<string>;
  /** Address by which a recipient ends the mails; undefined where PUBLIC_URL is not set. */
  unsubscribe(tenant: string, recipient: Recipient): string | undefined;
}

/** Notices in one mail of the day; of more, the mail says so and the next one has them. */
const mostInDigest = 200;

/**
 * Makes the channel of mails: one durable job a mail and recipient, so that one who cannot be reached stops nobody else. A notice
 * remembers to whom it was mailed, and a mail that is sent twice after a kill has the same Message-ID.
 */
export function makeMailChannel(deps: MailChannelDeps): NoticeChannel {
  const { notices, recipients, mailer, jobs, sync, clock, timeZone } = deps;

  jobs.handle({
    kind: 'mail',
    retry: noticeRetry,
    async work({ tenant, payload }): Promise<JobEnd> {
      const { notice: key, feed, to } = payload as { notice: string; feed: string; to: string };
      const row = await notices.get(tenant, key);
      if (row === undefined || row.mailed.includes(to)) return { done: true };
      const recipient = await recipients.find(tenant, feed, to);
      if (recipient === undefined) return { done: true };
      return send(tenant, recipient, [row], noticeContent(row.notice as unknown as Notice));
    },
  });

  jobs.handle({
    kind: 'mail-digest',
    retry: noticeRetry,
    async work({ tenant, payload }: Job): Promise<JobEnd> {
      const { feed, to } = payload as { feed: string; to: string };
      const recipient = await recipients.find(tenant, feed, to);
      if (recipient === undefined) {
        await notices.unpark(tenant, to);
        return { done: true };
      }
      const rows = await notices.parked(tenant, to, mostInDigest + 1);
      const told = rows.slice(0, mostInDigest);
      if (told.length === 0) return { done: true };
      const shown = told.map(({ notice }) => notice as unknown as Notice);
      const more = rows.length > told.length;
      const end = await send(tenant, recipient, told, digestContent(feed, shown, more));
      return 'done' in end && more ? { again: clock.now() } : end;
    },
  });

  async function send(
    tenant: string,
    recipient: Recipient,
    rows: readonly NoticeRow[],
    { foot, links, ...content }: MailContent,
  ): Promise<JobEnd> {
    const { id, address } = recipient;
    const unsubscribe = deps.unsubscribe(tenant, recipient);
    const keys = rows.map(({ key }) => key);
    const why =
      unsubscribe === undefined
        ? 'An administrator has entered this address in the feed’s settings, and can take it out.'
        : `You get this mail because your address is subscribed to the feed ${recipient.feed}.`;
    const whole = {
      ...content,
      links: [...links, ...(unsubscribe === undefined ? [] : [{ words: 'End these mails', address: unsubscribe }])],
      foot: [...foot, why],
    };
    const sent = await mailer.send({
      to: address,
      subject: `[Rostergate] ${content.title}`,
      text: plainText(whole),
      html: htmlText(whole),
      date: clock.now(),
      id: sha256([tenant, id, ...keys].join('\n')).slice(0, 40),
      ...(unsubscribe === undefined ? {} : { unsubscribe }),
    });
    if (!sent.ok) return sent;
    await notices.mailed(tenant, keys, id);
    return { done: true };
  }

  /** Leaves a notice for the mail of the day, and sees to it that there is one. */
  async function park(tenant: string, key: string, { id, feed }: Recipient): Promise<void> {
    await notices.park(tenant, key, id);
    const found = await sync.feed(noticeContext(tenant), feed);
    const zone = found?.timeZone ?? (await timeZone(tenant));
    const [hour, minute] = (found?.notices?.digestAt ?? '07:00').split(':').map(Number);
    const dueAt = nextTime(`${minute ?? 0} ${hour ?? 7} * * *`, zone, clock.now()) ?? clock.now();
    const job = { tenant, kind: 'mail-digest', key: id };
    if (await jobs.add({ ...job, payload: { feed, to: id }, dueAt })) return;
    // One that runs has read what waits before this one came, and one that was given up is asked for again.
    const there = await jobs.find(tenant, job.kind, id);
    if (there?.state === 'waiting') return;
    if (await jobs.retime(tenant, job.kind, id, dueAt)) return;
    await jobs.add({ ...job, payload: { feed, to: id }, dueAt });
  }

  return {
    name: 'mail',
    async tell({ tenant, key, kind, feed }) {
      const topic = topicOf(kind);
      for (const recipient of await recipients.of(tenant, feed)) {
        if (!recipient.hears.includes(topic)) continue;
        if (recipient.how === 'digest') await park(tenant, key, recipient);
        else {
          const payload = { notice: key, feed: recipient.feed, to: recipient.id };
          await jobs.add({ tenant, kind: 'mail', key: `${key}/${recipient.id}`, payload });
        }
      }
    },
  };
}
