import { Ajv } from 'ajv';
import { type Failed, failed, ok, type Result } from '../../base/result.ts';
import { settingFault } from '../../base/schema-fault.ts';
import { isTimeZone } from '../../base/time-zone.ts';
import { checkPull } from '../pulls/settings.ts';
import type { Feed } from '../types.ts';
import { scheduleFault } from './schedule.ts';
import { feedSchema } from './schema.ts';
import { mergeLimits } from './settings.ts';
import { windowFault } from './windows.ts';

/** Makes the check of settings: merges them into the feed, or says which field is wrong. */
export function makeFeedCheck(
  checkUrl: (url: string) => Result<URL>,
): (feed: Feed, settings: unknown) => Result<{ readonly feed: Feed; readonly secret: string | undefined }> {
  const check = new Ajv({ allErrors: false, allowUnionTypes: true }).compile(feedSchema);
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
    const protocol = wanted.protocol ?? (wanted.pull == null ? feed.protocol : 'oneroster-csv');
    if (pull !== null && protocol !== 'oneroster-csv') {
      return fault('protocol', 'must be oneroster-csv for a feed with the setting pull');
    }
    const merged: Feed = {
      ...feed,
      ...wanted,
      protocol,
      pull,
      name: feed.name,
      runs: feed.runs,
      removal: { ...feed.removal, ...wanted.removal },
      grace: { ...feed.grace, ...wanted.grace },
      limits: mergeLimits(feed.limits, wanted.limits),
    };
    return ok({ feed: merged, secret });
  };
}

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
