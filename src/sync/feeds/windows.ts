import { instantOf, isDay } from '../../base/instant.ts';
import { startOfDay } from '../../base/time-zone.ts';
import type { Feed, FeedWindow } from '../types.ts';
import { mergeLimits } from './settings.ts';

/** What is wrong with a window, with the member that it is in; undefined for nothing. */
export function windowFault({ from, until, kind, limits }: FeedWindow): { field: string; text: string } | undefined {
  for (const [field, text] of Object.entries({ from, until })) {
    if (!isDay(text) && !isInstant(text)) {
      return { field, text: 'must be a day, as 2026-08-01, or an instant with its zone, as 2026-08-01T06:00:00Z' };
    }
  }
  if (endOf(until, 'UTC') <= beginOf(from, 'UTC')) return { field: 'until', text: 'must be after from' };
  if ((kind === 'raised-limits') !== (limits !== undefined)) {
    return { field: 'limits', text: 'must be given for raised-limits, and for no other kind' };
  }
  return undefined;
}

/** What a feed's windows mean at an instant. */
export interface InForce {
  /** The window by which files are not worked on now. */
  readonly paused: { readonly name: string; readonly until: string; readonly ends: Date } | undefined;
  /** The window by which nothing known is changed or removed now. */
  readonly additionsOnly: string | undefined;
  /** Names of the windows that change the limits now, and the limits with their changes. */
  readonly raised: readonly string[];
  readonly limits: Feed['limits'];
}

/** The windows of a feed that an instant lies in; windows end by themselves. */
export function windowsAt(feed: Feed, timeZone: string, now: Date): InForce {
  const at = now.getTime();
  const open = feed.windows.filter(({ from, until }) => beginOf(from, timeZone) <= at && at < endOf(until, timeZone));
  const paused = open
    .filter(({ kind }) => kind === 'paused')
    .sort((a, b) => endOf(b.until, timeZone) - endOf(a.until, timeZone))[0];
  const raised = open.filter(({ kind }) => kind === 'raised-limits');
  return {
    paused: paused && { name: paused.name, until: paused.until, ends: new Date(endOf(paused.until, timeZone)) },
    additionsOnly: open.find(({ kind }) => kind === 'additions-only')?.name,
    raised: raised.map(({ name }) => name),
    limits: raised.reduce((limits, window) => mergeLimits(limits, window.limits), feed.limits),
  };
}

function isInstant(text: string): boolean {
  return /(?:Z|[+-]\d\d:\d\d)$/.test(text) && instantOf(text) !== undefined;
}

function beginOf(text: string, timeZone: string): number {
  return isDay(text) ? startOfDay(text, timeZone) : (instantOf(text) ?? Number.NaN);
}

/** The first instant after a window; a day is the last one included. */
function endOf(text: string, timeZone: string): number {
  if (!isDay(text)) return instantOf(text) ?? Number.NaN;
  const next = new Date(Date.parse(`${text}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
  return startOfDay(next, timeZone);
}

/** Why a file is not worked on, for people. */
export function pausedReason(feed: Feed, { name, until }: NonNullable<InForce['paused']>): string {
  return `The feed ${feed.name} is paused until ${until} (window ${name}); the file was not kept. Send it again then.`;
}
