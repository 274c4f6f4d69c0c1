import { type Failed, failed, ok, type Result } from '../../base/result.ts';
import { makeSchemaCheck } from '../../base/schema-check.ts';
import { settingFault } from '../../base/schema-fault.ts';
import { isTimeZone } from '../../base/time-zone.ts';
import { checkPull } from '../pulls/settings.ts';
import type { Feed, TransportKind } from '../types.ts';
import { scheduleFault } from './schedule.ts';
import { feedSchema } from './schema.ts';
import { checkSection, type FeedSection } from './sections/section.ts';
import { type FeedSections, type SectionName, sectionNames, sections } from './sections/sections.ts';
import { mergeLimits } from './settings.ts';
import { windowFault } from './windows.ts';

/** A feed after a change, and the secrets that the change has: that of pulls, and those of the sections that it names. */
export interface CheckedFeed {
  readonly feed: Feed;
  readonly secret: string | undefined;
  readonly secrets: { readonly [N in SectionName]?: Readonly<Record<string, string>> };
}

/** Makes the check of settings: merges them into the feed, or says which field is wrong. */
export function makeFeedCheck(
  checkUrl: (url: string) => Result<URL>,
): (feed: Feed, settings: unknown) => Result<CheckedFeed> {
  const check = makeSchemaCheck(feedSchema);
  return (feed, settings) => {
    if (!check(settings)) return settingFault(check.errors);
    const wanted = settings as Partial<Feed>;
    const faulty = faultOf(wanted);
    if (faulty !== undefined) return faulty;
    const pulled =
      wanted.pull === undefined
        ? ok({ pull: feed.pull, secret: undefined })
        : checkPull(feed.pull, wanted.pull, checkUrl);
    if (!pulled.ok) return pulled;
    const { pull, secret } = pulled.value;
    // What is pulled comes as a package of OneRoster CSV.
    const isPulled = wanted.pull != null || wanted.restPull != null;
    const protocol = wanted.protocol ?? (isPulled ? 'oneroster-csv' : feed.protocol);
    const reads =
      pull !== null
        ? 'pull'
        : (wanted.restPull === undefined ? feed.restPull : wanted.restPull) === null
          ? undefined
          : 'restPull';
    if (reads !== undefined && protocol !== 'oneroster-csv') {
      return fault('protocol', `must be oneroster-csv for a feed with the setting ${reads}`);
    }
    const checked: Partial<Record<SectionName, object | null>> = {};
    const secrets: { [N in SectionName]?: Readonly<Record<string, string>> } = {};
    for (const name of sectionNames) {
      const given = wanted[name];
      if (given === undefined) continue;
      const done = checkSection(name, sections[name] as FeedSection<object>, feed[name], given, { checkUrl });
      if (!done.ok) return done;
      checked[name] = done.value.section;
      secrets[name] = done.value.secrets;
    }
    const merged: Feed = {
      ...feed,
      ...wanted,
      ...(checked as Partial<FeedSections>),
      protocol,
      pull,
      name: feed.name,
      runs: feed.runs,
      removal: { ...feed.removal, ...wanted.removal },
      grace: { ...feed.grace, ...wanted.grace },
      limits: mergeLimits(feed.limits, wanted.limits),
    };
    const needed = neededBy[merged.transport];
    if (needed !== undefined && merged[needed] === null) {
      return fault(needed, `must be set for a feed with the transport ${merged.transport}`);
    }
    return ok({ feed: merged, secret, secrets });
  };
}

/** The setting without which a transport has no place to fetch from. */
const neededBy: { readonly [T in TransportKind]?: 'pull' | SectionName } = {
  folder: 'folder',
  'sftp-pull': 'sftpPull',
  s3: 's3',
  'https-pull': 'httpsPull',
  'rest-pull': 'restPull',
  pull: 'pull',
};

/** What no schema can say: zones, times, spans. */
function faultOf({ timeZone, schedule, windows }: Partial<Feed>): Failed | undefined {
  if (typeof timeZone === 'string' && !isTimeZone(timeZone)) {
    return fault('timeZone', 'must be a time zone, as Europe/Oslo or UTC');
  }
  if (typeof schedule === 'string') {
    const text = scheduleFault(schedule);
    if (text !== undefined) return fault('schedule', text);
  }
  for (const [at, window] of (windows ?? []).entries()) {
    const wrong = windowFault(window);
    if (wrong !== undefined) return fault(`windows.${at}.${wrong.field}`, wrong.text);
  }
  return undefined;
}

function fault(field: string, text: string): Failed {
  return failed('invalid-request', `The setting ${field} ${text}.`, { field });
}
