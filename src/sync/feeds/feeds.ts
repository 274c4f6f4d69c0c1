import { type Failed, failed, ok, type Result } from '../../base/result.ts';
import type { Roster } from '../../roster/index.ts';
import type { Absences, RunStore } from '../../store/index.ts';
import { countedTypes } from '../run.ts';
import type { Feed, Sync } from '../types.ts';
import { makeFeedCheck } from './check.ts';
import { nextTime } from './schedule.ts';
import { completeFeed, defaultFeed, isFeedName, type StoredFeed, shownFeed } from './settings.ts';

/** What feeds need. */
export interface FeedsDeps {
  readonly runs: RunStore;
  readonly absences: Absences;
  readonly roster: Roster;
  /** Whether an address may be asked, as far as its text says. */
  checkUrl(url: string): Result<URL>;
  /** Seals the secret of a feed's setting `pull`. */
  seal(tenant: string, feed: string, secret: string): string;
  /** The tenant's time zone. */
  timeZone(tenant: string): Promise<string>;
}

/** Feeds with their settings. */
export interface Feeds extends Pick<Sync, 'feed' | 'feeds' | 'putFeed' | 'deleteFeed'> {
  /** A feed as it is stored, or undefined. */
  stored(tenant: string, name: string): Promise<StoredFeed | undefined>;
  /** A feed as it is stored, or as it would be made. */
  settings(tenant: string, name: string): Promise<StoredFeed>;
  make(tenant: string, feed: Feed): Promise<void>;
  /** The time zone of a feed: its own, else the tenant's. */
  timeZone(tenant: string, feed: Feed): Promise<string>;
}

/** Makes {@link Feeds}. */
export function makeFeeds({ runs, absences, roster, timeZone, checkUrl, seal }: FeedsDeps): Feeds {
  const check = makeFeedCheck(checkUrl);
  const zoneOf = async (tenant: string, feed: Feed) => feed.timeZone ?? (await timeZone(tenant));

  async function stored(tenant: string, name: string): Promise<StoredFeed | undefined> {
    const settings = await runs.feed(tenant, name);
    return settings === undefined ? undefined : completeFeed(name, settings as Partial<StoredFeed>);
  }

  /** Stores settings; what the engine counts and remembers is not among them. */
  async function put(tenant: string, { runs: _runs, ...settings }: Feed, secret?: string): Promise<void> {
    const kept = secret === undefined ? {} : { pullSecret: secret === '' ? '' : seal(tenant, settings.name, secret) };
    await runs.putFeed(tenant, settings.name, { ...settings, ...kept });
  }

  return {
    stored,
    settings: async (tenant, name) => (await stored(tenant, name)) ?? defaultFeed(name),
    make: (tenant, feed) => put(tenant, feed),
    timeZone: zoneOf,

    async feed(context, name) {
      const feed = await stored(context.tenant, name);
      return feed === undefined ? undefined : shownFeed(feed);
    },

    async feeds(context) {
      const items = (await runs.feeds(context.tenant)).map((settings) =>
        shownFeed(completeFeed(String(settings['name']), settings as Partial<StoredFeed>)),
      );
      return { items, total: items.length, next: null };
    },

    async putFeed({ tenant }, name, settings) {
      if (!isFeedName(name)) return badName(name);
      const there = await stored(tenant, name);
      const checked = check(there === undefined ? defaultFeed(name) : shownFeed(there), settings);
      if (!checked.ok) return checked;
      const { feed, secret } = checked.value;
      // A secret without a server is not kept.
      await put(tenant, feed, feed.pull === null && there?.pull != null ? '' : secret);
      if (feed.schedule !== there?.schedule || feed.timeZone !== there?.timeZone) {
        const zone = await zoneOf(tenant, feed);
        const next = feed.schedule === null ? undefined : nextTime(feed.schedule, zone, new Date());
        await runs.retime(tenant, name, next);
      }
      return ok(feed);
    },

    async deleteFeed(context, name) {
      const { tenant } = context;
      if ((await stored(tenant, name)) === undefined) return noFeed(name);
      const count = await roster.counts(context);
      const listed = countedTypes.reduce((sum, type) => sum + count(`feed.${name}.${type}`), 0);
      if (listed > 0) {
        return failed(
          'conflict',
          `The feed ${name} lists ${listed} records; remove or take over its records first, as by a run of mode full with an empty list or by undoing its runs.`,
          { id: name },
        );
      }
      const { rows } = await runs.list(tenant, { feed: name, state: { $in: ['queued', 'running', 'held'] } }, 1);
      if (rows[0] !== undefined) {
        return failed('conflict', `The run ${rows[0]._id} of the feed ${name} is ${rows[0].state}.`, { id: name });
      }
      await absences.forget(tenant, name);
      await runs.removeFeed(tenant, name);
      return ok({ name });
    },
  };
}

/** Refuses the name of a feed that is not there. */
export function noFeed(name: string): Failed {
  return failed('unknown-object', `There is no feed ${name.slice(0, 80)}.`, { id: name.slice(0, 256) });
}

/** Refuses what cannot be a feed's name. */
export function badName(name: string): Failed {
  return failed(
    'invalid-request',
    `A feed's name has 1 to 64 letters, digits, - and _; "${name.slice(0, 80)}" is not one.`,
    { field: 'feed' },
  );
}
