import { describe, expect, test } from '@jest/globals';
import { ok } from '../../src/base/result.ts';
import { startOfDay } from '../../src/base/time-zone.ts';
import { makeFeedCheck } from '../../src/sync/feeds/check.ts';
import { nextTime } from '../../src/sync/feeds/schedule.ts';
import { completeFeed, defaultFeed } from '../../src/sync/feeds/settings.ts';
import { windowsAt } from '../../src/sync/feeds/windows.ts';
import type { Feed, FeedWindow } from '../../src/sync/index.ts';

const check = makeFeedCheck((url) => ok(new URL(url)));
const feed = defaultFeed('f');
const summer: FeedWindow = { name: 'summer', from: '2026-07-01', until: '2026-08-15', kind: 'paused' };

describe('A feed’s settings', () => {
  test('what is absent stays as it is, and the engine’s own count cannot be set', () => {
    const changed = check(feed, { removal: { group: 'trash' }, grace: { runs: 3 }, runs: 99, windows: [summer] });
    expect(changed).toMatchObject({
      ok: true,
      value: {
        feed: {
          runs: 0,
          removal: { person: 'trash', group: 'trash', membership: 'trash', academicSession: 'trash' },
          grace: { runs: 3, days: null },
          windows: [summer],
        },
      },
    });
  });

  test.each([
    [{ timeZone: 'Europe/Nowhere' }, 'timeZone'],
    [{ schedule: 'every night' }, 'schedule'],
    [{ schedule: '61 2 * * *' }, 'schedule'],
    [{ schedule: '0 0 2 * * *' }, 'schedule'],
    [{ schedule: '0 0 31 2 *' }, 'schedule'],
    [{ windows: [summer, { ...summer, from: '2026-02-30' }] }, 'windows.1.from'],
    [{ windows: [{ ...summer, until: '2026-08-15T06:00:00' }] }, 'windows.0.until'],
    [{ windows: [{ ...summer, until: '2026-06-30' }] }, 'windows.0.until'],
    [{ windows: [{ ...summer, limits: {} }] }, 'windows.0.limits'],
    [{ windows: [{ ...summer, kind: 'raised-limits' }] }, 'windows.0.limits'],
    [{ windows: [{ ...summer, kind: 'closed' }] }, 'windows.0.kind'],
    [{ grace: { days: 0 } }, 'grace.days'],
    [{ limits: { academicSession: { insert: { number: -1 } } } }, 'limits.academicSession.insert.number'],
  ])('a wrong setting is named: %j', (settings, field) => {
    expect(check(feed, settings)).toMatchObject({ ok: false, problem: { code: 'invalid-request', place: { field } } });
  });

  test('a feed that was stored before a setting was made has its default', () => {
    const old = {
      name: 'f',
      mode: 'full',
      removal: { person: 'disable', group: 'trash', membership: 'trash' },
      runs: 3,
    };
    expect(completeFeed('f', old as unknown as Feed)).toEqual({
      ...feed,
      mode: 'full',
      runs: 3,
      removal: { person: 'disable', group: 'trash', membership: 'trash', academicSession: 'trash' },
    });
  });
});

describe('Windows and schedule are in the feed’s time zone', () => {
  test('a day begins with its first instant there, also where clocks change', () => {
    const at = (day: string, zone: string) => new Date(startOfDay(day, zone)).toISOString();
    expect(at('2026-03-29', 'Europe/Oslo')).toBe('2026-03-28T23:00:00.000Z');
    expect(at('2026-03-30', 'Europe/Oslo')).toBe('2026-03-29T22:00:00.000Z');
    expect(at('2026-10-25', 'America/New_York')).toBe('2026-10-25T04:00:00.000Z');
    expect(at('2026-11-02', 'America/New_York')).toBe('2026-11-02T05:00:00.000Z');
    expect(at('2026-01-01', 'Asia/Kolkata')).toBe('2025-12-31T18:30:00.000Z');
  });

  test('the last day is part of a window, and then it ends by itself', () => {
    const pausedAt = (time: string) => windowsAt({ ...feed, windows: [summer] }, 'Europe/Oslo', new Date(time)).paused;
    expect(pausedAt('2026-06-30T21:59:59Z')).toBeUndefined();
    expect(pausedAt('2026-06-30T22:00:00Z')).toMatchObject({ name: 'summer' });
    expect(pausedAt('2026-08-15T21:59:59Z')).toMatchObject({ name: 'summer' });
    expect(pausedAt('2026-08-15T22:00:00Z')).toBeUndefined();
  });

  test('raised limits take the place of the feed’s where they say something', () => {
    const window: FeedWindow = {
      name: 'back to school',
      from: '2026-08-16T00:00:00+02:00',
      until: '2026-08-31T00:00:00+02:00',
      kind: 'raised-limits',
      limits: { person: { delete: { percent: 60 } } },
    };
    const open = windowsAt({ ...feed, windows: [window] }, 'UTC', new Date('2026-08-20T00:00:00Z'));
    expect(open.raised).toEqual(['back to school']);
    expect(open.limits.person).toEqual({ ...feed.limits.person, delete: { percent: 60, number: null } });
    expect(open.limits.group).toEqual(feed.limits.group);
    const over = windowsAt({ ...feed, windows: [window] }, 'UTC', new Date('2026-08-31T00:00:00Z'));
    expect(over).toMatchObject({ raised: [], limits: feed.limits });
  });

  test('a night’s time is that of the feed’s clocks', () => {
    const next = (zone: string, after: string) => nextTime('30 2 * * *', zone, new Date(after))?.toISOString();
    expect(next('Europe/Oslo', '2026-01-10T12:00:00Z')).toBe('2026-01-11T01:30:00.000Z');
    expect(next('Europe/Oslo', '2026-07-10T12:00:00Z')).toBe('2026-07-11T00:30:00.000Z');
    expect(next('America/New_York', '2026-07-10T12:00:00Z')).toBe('2026-07-11T06:30:00.000Z');
  });
});
