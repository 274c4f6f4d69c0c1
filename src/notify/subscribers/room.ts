import type { Clock } from '../../base/clock.ts';
import { isMailAddress } from '../../base/mail-address.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import type { Jobs } from '../../jobs/index.ts';
import type { Audit, Context } from '../../roster/index.ts';
import { type SubscriberRow, type SubscriberStore, subscriberId } from '../../store/index.ts';
import { type Feed, type NoticeTopic, type NoticeWay, noticeTopics, type Sync } from '../../sync/index.ts';
import { noticeContext } from '../mail/recipients.ts';
import type { Mailer } from '../mail/smtp.ts';
import { noticeRetry } from '../retry.ts';
import { confirmationMail } from './confirmation-mail.ts';
import type { Links } from './links.ts';
import type { FollowedLinks, SubscriberItem, SubscribersRoom } from './types.ts';

/** What the room of subscribers needs. */
export interface SubscribersDeps {
  readonly subscribers: SubscriberStore;
  readonly sync: Pick<Sync, 'feed' | 'putFeed'>;
  readonly jobs: Pick<Jobs, 'handle' | 'add' | 'retime'>;
  readonly links: Links;
  readonly audit: Pick<Audit, 'record'>;
  readonly clock: Clock;
  /** Unset: no mails are sent. */
  readonly mailer?: Mailer;
  /** Whether links can be made: PUBLIC_URL is set. */
  readonly hasLinks: boolean;
}

const dayMs = 86_400_000;
/** How long the link of a confirmation holds. */
const confirmMs = 2 * dayMs;
/** Mails with a link that one address gets of a feed in a day, and that a tenant asks for in a day. */
const mostForAddress = 3;
const mostForTenant = 200;
const kind = 'mail-confirm';

/** Makes the room of subscribers, and what the links in mails do. */
export function makeSubscribers(deps: SubscribersDeps): SubscribersRoom & FollowedLinks {
  const { subscribers, sync, jobs, links, audit, clock, mailer, hasLinks } = deps;

  jobs.handle({
    kind,
    retry: noticeRetry,
    async work({ tenant, key: id, payload }) {
      const { feed, how, hears } = payload as { feed: string; how: NoticeWay; hears: readonly NoticeTopic[] };
      const row = await subscribers.get(tenant, feed, id);
      const asked = row?.asked?.at(-1);
      if (mailer === undefined || row === undefined || asked === undefined) return { done: true };
      const until = asked.getTime() + confirmMs;
      const link = links.make({ does: 'confirm', tenant, feed, id, until, how, hears });
      if (link === undefined || until <= clock.now().getTime()) return { done: true };
      const sent = await mailer.send({ ...confirmationMail(row, asked, link), to: row.address, date: clock.now() });
      return sent.ok ? { done: true } : sent;
    },
  });

  async function list(tenant: string, { name, notices }: Feed): Promise<SubscriberItem[]> {
    const stored = await subscribers.of(tenant, name);
    const byId = new Map(stored.map((row) => [row.id, row]));
    const entered = (notices?.subscribers ?? []).map(({ address, how = 'each', hears = noticeTopics }) => {
      const id = subscriberId(name, address);
      const state = byId.get(id)?.state === 'off' ? 'off' : 'on';
      byId.delete(id);
      return { id, address, how, hears, state, by: 'settings' } as const;
    });
    return [...entered, ...[...byId.values()].map(itemOf)];
  }

  async function add(context: Context, feed: string, wanted: Parameters<SubscribersRoom['add']>[2]) {
    const { address, how = 'each', hears = noticeTopics } = wanted;
    const { tenant } = context;
    if ((await sync.feed(context, feed)) === undefined) return noFeed(feed);
    if (!isMailAddress(address)) {
      return failed('invalid-data', 'The address must be one mail address, as name@school.example.', {
        field: 'address',
      });
    }
    if (mailer === undefined || !hasLinks) {
      return failed(
        'unsupported-operation',
        'Nobody can subscribe, since no mails with links are sent: set SMTP_URL, MAIL_FROM and PUBLIC_URL.',
      );
    }
    const now = clock.now();
    const since = new Date(now.getTime() - dayMs);
    const id = subscriberId(feed, address);
    const there = await subscribers.get(tenant, feed, id);
    const lately = (there?.asked ?? []).filter((at) => at > since);
    if (lately.length >= mostForAddress || (await subscribers.askedSince(tenant, since)) >= mostForTenant) {
      return failed(
        'too-many-requests',
        'So many mails with links were asked for that no more are sent today; ask again tomorrow.',
      );
    }
    const expiresAt = new Date(now.getTime() + confirmMs);
    const fresh = { tenant, feed, id, address, how, hears, state: 'asked', at: now, expiresAt } as const;
    const row = there === undefined || there.state === 'asked' ? fresh : withoutId(there);
    await subscribers.put({ ...row, asked: [...lately, now] });
    const job = { tenant, kind, key: id, payload: { feed, how, hears } };
    if (!(await jobs.add(job))) await jobs.retime(tenant, kind, id, now);
    return ok({ id });
  }

  async function remove(context: Context, name: string, id: string): Promise<Result<{ id: string }>> {
    const { tenant } = context;
    const feed = await sync.feed(context, name);
    if (feed === undefined) return noFeed(name);
    const entered = feed.notices?.subscribers ?? [];
    const rest = entered.filter(({ address }) => subscriberId(name, address) !== id);
    if (rest.length < entered.length) {
      const put = await sync.putFeed(context, name, { notices: { subscribers: rest } });
      if (!put.ok) return put;
    }
    const removed = await subscribers.remove(tenant, name, id);
    if (removed || rest.length < entered.length) return ok({ id });
    const asked = id.slice(0, 64);
    return failed('unknown-object', `The feed ${name} has no subscriber ${asked}.`, { id: asked });
  }

  async function follow(token: string, does: 'confirm' | 'unsubscribe') {
    const claims = links.read(token, clock.now());
    if (claims === undefined || claims.does !== does) return undefined;
    const { tenant, feed, id } = claims;
    const found = await sync.feed(noticeContext(tenant), feed);
    const row = await subscribers.get(tenant, feed, id);
    const entered = found?.notices?.subscribers.find(({ address }) => subscriberId(feed, address) === id);
    const address = row?.address ?? entered?.address;
    if (found === undefined || (does === 'confirm' && row === undefined)) return undefined;
    // Taken off by an administrator already.
    if (address === undefined) return { does, feed };
    const state = does === 'confirm' ? 'on' : 'off';
    const wanted = does === 'confirm' ? claims : (row ?? entered);
    if (row?.state !== state || does === 'confirm') {
      const asked = row?.asked === undefined ? {} : { asked: row.asked };
      const how = wanted?.how ?? 'each';
      const hears = wanted?.hears ?? noticeTopics;
      await subscribers.put({ tenant, feed, id, address, how, hears, state, at: clock.now(), ...asked });
      const context: Context = { ...noticeContext(tenant), writer: `subscriber:${id}` };
      const action = does === 'confirm' ? 'subscribers.add' : 'subscribers.remove';
      await audit.record(context, { action, subject: { type: 'feed', id: feed }, outcome: 'done' });
    }
    return { does, feed };
  }

  return {
    async list(context, name) {
      const feed = await sync.feed(context, name);
      return feed === undefined
        ? noFeed(name)
        : ok({ items: await list(context.tenant, feed), mails: mailer !== undefined });
    },
    add,
    remove,
    look(token) {
      const claims = links.read(token, clock.now());
      return claims === undefined ? undefined : { does: claims.does, feed: claims.feed };
    },
    follow,
  };
}

function itemOf({ id, address, how, hears, state }: SubscriberRow): SubscriberItem {
  return { id, address, how: how as NoticeWay, hears: hears as NoticeTopic[], state, by: 'subscription' };
}

const withoutId = ({ _id, ...row }: SubscriberRow) => row;

function noFeed(name: string) {
  const asked = name.slice(0, 64);
  return failed('unknown-object', `There is no feed ${asked}.`, { id: asked });
}
