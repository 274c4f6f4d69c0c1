import type { Clock } from '../../base/clock.ts';
import { type Failed, failed, ok, type Result } from '../../base/result.ts';
import type { Roster, Vault } from '../../roster/index.ts';
import type { Absences, RunStore } from '../../store/index.ts';
import { countedTypes } from '../run.ts';
import { type Feed, feedProtocols, type Sync } from '../types.ts';
import { type CheckedFeed, makeFeedCheck } from './check.ts';
import { nextTime } from './schedule.ts';
import { type SectionName, sectionPurpose } from './sections/sections.ts';
import { completeFeed, defaultFeed, isFeedName, type SectionSecrets, type StoredFeed, shownFeed } from './settings.ts';

/** What feeds need. */
export interface FeedsDeps {
  readonly clock: Clock;
  readonly runs: RunStore;
  readonly absences: Absences;
  readonly roster: Roster;
  /** Whether an address may be asked, as far as its text says. */
  checkUrl(url: string): Result<URL>;
  /** Seals the secret of a feed's setting `pull`. */
  seal(tenant: string, feed: string, secret: string): string;
  /** Seals and opens secrets of a feed's sections. */
  readonly vault: Pick<Vault, 'seal' | 'open'>;
  /** Told of a feed that was made, changed or removed. */
  changed?(tenant: string, feed: string): Promise<void>;
  /** The tenant's time zone. */
  timeZone(tenant: string): Promise<string>;
}

/** Feeds with their settings. */
export interface Feeds extends Pick<Sync, 'feed' | 'feeds' | 'feedSecret' | 'putFeed' | 'deleteFeed'> {
  /** A feed as it is stored, or undefined. */
  stored(tenant: string, name: string): Promise<StoredFeed | undefined>;
  /** A feed as it is stored, or as it would be made. */
  settings(tenant: string, name: string): Promise<StoredFeed>;
  make(tenant: string, feed: Feed): Promise<void>;
  /** The time zone of a feed: its own, else the tenant's. */
  timeZone(tenant: string, feed: Feed): Promise<string>;
}

/** Makes {@link Feeds}. */
export function makeFeeds({
  clock,
  runs,
  absences,
  roster,
  timeZone,
  checkUrl,
  seal,
  vault,
  changed,
}: FeedsDeps): Feeds {
  const check = makeFeedCheck(checkUrl);
  const zoneOf = async (tenant: string, feed: Feed) => feed.timeZone ?? (await timeZone(tenant));

  async function stored(tenant: string, name: string): Promise<StoredFeed | undefined> {
    const settings = await runs.feed(tenant, name);
    return settings === undefined ? undefined : completeFeed(name, settings as Partial<StoredFeed>);
  }

  /** Stores settings; what the engine counts and remembers is not among them. */
  async function put(
    tenant: string,
    { runs: _runs, ...settings }: Feed,
    kept: Partial<StoredFeed> = {},
  ): Promise<void> {
    await runs.putFeed(tenant, settings.name, { ...settings, ...kept });
    await changed?.(tenant, settings.name);
  }

  /** The sealed secrets of sections after a change; a section that is gone has none. */
  function sealed(tenant: string, there: StoredFeed | undefined, { feed, secrets }: CheckedFeed): SectionSecrets {
    const all: SectionSecrets = { ...there?.secrets };
    for (const [section, given] of Object.entries(secrets) as [SectionName, Record<string, string>][]) {
      const fresh = Object.entries(given).map(
        ([field, secret]) => [field, vault.seal(secret, sectionPurpose(tenant, feed.name, section, field))] as const,
      );
      if (feed[section] === null) delete all[section];
      else if (fresh.length > 0) all[section] = { ...all[section], ...Object.fromEntries(fresh) };
    }
    return all;
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

    async feedSecret({ tenant }, name, section, field) {
      const text = (await stored(tenant, name))?.secrets?.[section]?.[field];
      if (text === undefined) return ok(undefined);
      const secret = vault.open(text, sectionPurpose(tenant, name, section, field));
      if (secret !== undefined) return ok(secret);
      return failed('invalid-request', 'The secret cannot be opened with this secrets key; set it again.', {
        field: `${section}.${field}`,
      });
    },

    async putFeed({ tenant }, name, settings) {
      if (!isFeedName(name)) return badName(name);
      const there = await stored(tenant, name);
      const checked = check(there === undefined ? defaultFeed(name, protocolIn(settings)) : shownFeed(there), settings);
      if (!checked.ok) return checked;
      const { feed, secret: given } = checked.value;
      // A secret without a server is not kept.
      const secret = feed.pull === null && there?.pull != null ? '' : given;
      await put(tenant, feed, {
        ...(secret === undefined ? {} : { pullSecret: secret === '' ? '' : seal(tenant, name, secret) }),
        secrets: sealed(tenant, there, checked.value),
      });
      if (feed.schedule !== there?.schedule || feed.timeZone !== there?.timeZone) {
        const zone = await zoneOf(tenant, feed);
        const next = feed.schedule === null ? undefined : nextTime(feed.schedule, zone, clock.now());
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
      await changed?.(tenant, name);
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

/** The protocol that settings name, of which others follow. */
function protocolIn(settings: unknown): Feed['protocol'] | undefined {
  const named = (settings as { protocol?: unknown } | null | undefined)?.protocol;
  return feedProtocols.find((protocol) => protocol === named);
}
