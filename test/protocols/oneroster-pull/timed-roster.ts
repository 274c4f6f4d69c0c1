import { sloppyRoster } from './quirks-server.ts';

type Item = Record<string, unknown>;

const start = Date.parse('2026-01-05T06:00:00Z');

/** The time of the step `at`, an hour after the one before. */
export const timeOf = (at: number): string => new Date(start + at * 3_600_000).toISOString();

/** A roster that tells when each of its records was changed, and changes at later steps. */
export interface TimedRoster {
  readonly collections: Record<string, Item[]>;
  /** Changes a record, or adds it. */
  set(collection: string, sourcedId: string, fields: Item): void;
  /** Marks records as deleted, all at one step. */
  remove(collection: string, ids: readonly string[]): void;
}

/** The sloppy roster with times: one for each record, the last users and enrollments the newest. Users are `prefix-0` and so on. */
export function timedRoster(users = 7, prefix = 'user'): TimedRoster {
  let step = users;
  const text = JSON.stringify(sloppyRoster(users)).replaceAll('"user-', `"${prefix}-`);
  const collections: Record<string, Item[]> = Object.fromEntries(
    Object.entries(JSON.parse(text) as Record<string, Item[]>).map(([name, items]) => [
      name,
      items.map((item, at) => ({ status: 'active', ...item, dateLastModified: timeOf(at) })),
    ]),
  );
  const listed = (name: string) => collections[name] ?? [];
  return {
    collections,
    set(name, sourcedId, fields) {
      step += 1;
      const there = listed(name).find((item) => item['sourcedId'] === sourcedId);
      const set = { ...fields, dateLastModified: timeOf(step) };
      if (there === undefined) listed(name).push({ sourcedId, status: 'active', ...set });
      else Object.assign(there, set);
    },
    remove(name, ids) {
      step += 1;
      for (const item of listed(name)) {
        if (ids.includes(String(item['sourcedId']))) {
          Object.assign(item, { status: 'tobedeleted', dateLastModified: timeOf(step) });
        }
      }
    },
  };
}
