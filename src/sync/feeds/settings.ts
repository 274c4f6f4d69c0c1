import { completePull } from '../pulls/settings.ts';
import { countedTypes } from '../run.ts';
import type { Feed, Limit, Limits } from '../types.ts';
import { completeSections, noSections, type SectionName } from './sections/sections.ts';

const limit = (percent: number): Limit => ({ percent, number: null });
const limits = () => ({ insert: limit(25), update: limit(75), delete: limit(10) });

/** What removals of a feed do until somebody says otherwise; who is missing in a snapshot is disabled (`feeds.md` 1.5, 1.8). */
const removalOf = (protocol: Feed['protocol']): Feed['removal'] =>
  protocol === 'srs-snapshot'
    ? { person: 'disable', group: 'report', membership: 'trash', academicSession: 'report' }
    : { person: 'trash', group: 'archive', membership: 'trash', academicSession: 'trash' };

/** A feed's settings until somebody changes them: limits of the field (ims-enterprise-xml-and-peers.md 7.3). */
export function defaultFeed(name: string, protocol: Feed['protocol'] = 'ims-enterprise-xml'): Feed {
  return {
    name,
    protocol,
    transport: 'upload',
    mode: 'changes',
    namespace: 'default',
    sourceInKey: false,
    clients: [],
    timeZone: null,
    schedule: null,
    missedSlots: 'run-once',
    lookEvery: 60,
    windows: [],
    removal: removalOf(protocol),
    grace: { runs: null, days: null },
    limits: { person: limits(), group: limits(), membership: limits(), academicSession: limits() },
    smallerFilePercent: 50,
    rejectedPercent: 10,
    onBreach: 'hold',
    keyChanges: 'report',
    reviewMatches: true,
    holdDays: 7,
    pull: null,
    ...noSections,
    runs: 0,
  };
}

/** Sealed secrets of a feed's sections. */
export type SectionSecrets = { [N in SectionName]?: Record<string, string> };

/** What the engine keeps of a feed: its settings, the last completed file's hash, and its sealed secrets. */
export type StoredFeed = Feed & { lastSha256?: string; pullSecret?: string; secrets?: SectionSecrets };

/** A feed as it is stored, with defaults for what was not a setting yet when it was. */
export function completeFeed(name: string, stored: Partial<StoredFeed>): StoredFeed {
  const whole = defaultFeed(name, stored.protocol);
  return {
    ...whole,
    ...stored,
    name,
    removal: { ...whole.removal, ...stored.removal },
    grace: { ...whole.grace, ...stored.grace },
    limits: mergeLimits(whole.limits, stored.limits),
    pull: completePull(stored.pull ?? null),
    ...completeSections(stored),
  };
}

/** A feed without what the engine remembers for itself. */
export function shownFeed({ lastSha256: _sha256, pullSecret: _secret, secrets: _secrets, ...feed }: StoredFeed): Feed {
  return feed;
}

/** Limits where what is given takes the place of what was. */
export function mergeLimits(
  limits: Limits,
  given: { readonly [T in keyof Limits]?: { readonly [A in 'insert' | 'update' | 'delete']?: Partial<Limit> } } = {},
): Limits {
  const merged = { ...limits };
  for (const type of countedTypes) {
    const old = limits[type];
    merged[type] = {
      insert: { ...old.insert, ...given[type]?.insert },
      update: { ...old.update, ...given[type]?.update },
      delete: { ...old.delete, ...given[type]?.delete },
    };
  }
  return merged;
}

/** Whether a text may name a feed: letters, digits, `-` and `_`, a letter or digit first, at most 64. */
export function isFeedName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name);
}
