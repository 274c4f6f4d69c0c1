import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Run } from '../../src/sync/index.ts';
import { type Feeds, openFeeds } from './feeds.ts';

const folder = new URL('../../../shared/samples/ims-enterprise/', import.meta.url);
const there = existsSync(folder);
if (!there)
  process.stderr.write('The sample files of other systems are not beside the project; their tests are skipped.\n');

const samples = (there ? readdirSync(folder) : []).filter((name) => name.endsWith('.xml')).sort();
const bytes = (name: string) => readFileSync(new URL(name, folder));

let feeds: Feeds;
beforeAll(async () => {
  feeds = await openFeeds();
});
afterAll(() => feeds.end());

const counts = (run: Run) => [
  run.counts.person.inFile,
  run.counts.group.inFile + run.counts.academicSession.inFile,
  run.counts.membership.inFile,
];

(there ? describe : describe.skip)('Files of other people’s systems', () => {
  test.each(samples)('%s ends in a report', async (name) => {
    const run = await feeds.take(bytes(name), { feed: name.replace(/[^a-zA-Z0-9]/g, '_').slice(0, 64), name });
    expect(['done', 'failed']).toContain(run.state);
    if (run.state === 'failed') expect(run.problems.map(({ kind }) => kind)).toContain('unreadable-input');
    for (const problem of run.problems) expect(problem.first.message).not.toBe('');
  });

  test('colleague-tol-data.xml gives 174 persons, 10 groups and 163 members although it is not well-formed', async () => {
    const run = await feeds.take(bytes('colleague-tol-data.xml'), { feed: 'tol', name: 'colleague-tol-data.xml' });
    expect([run.state, ...counts(run)]).toEqual(['done', 174, 10, 163]);
    const repair = run.problems.find(({ kind }) => kind === 'repair.bare-ampersand');
    expect(repair).toMatchObject({ count: 1, first: { line: 2821 } });
  });

  test('The hourly Colleague files give +1/−0 and +3/−3 memberships in groups seen before', async () => {
    const own = await openFeeds();
    try {
      const unlimited = { percent: null, number: null };
      await own.sync.putFeed(own.context, 'hourly', {
        limits: Object.fromEntries(['person', 'group', 'membership'].map((type) => [type, { insert: unlimited }])),
      });
      const members = async () => {
        const pages = await own.roster.waiting(own.context, { limit: 5000 });
        const shown = await own.roster.page(own.context, { view: 'enrollment', limit: 5000, offset: 0 });
        const all = [...pages.items, ...shown.items.map(({ record }) => record)].filter(
          ({ state }) => state === 'active',
        );
        return new Map(all.map(({ guid, data }) => [guid, (data as { group: string }).group]));
      };
      const seen = new Set<string>();
      let before = new Map<string, string>();
      const changes: string[] = [];
      for (const hour of ['113000', '123000', '143000']) {
        const name = `colleague-ims-data-20120906${hour}.xml`;
        const run = await own.take(bytes(name), { feed: 'hourly', mode: 'groups-complete', name });
        expect(run.state).toBe('done');
        const after = await members();
        const came = [...after].filter(([guid, group]) => seen.has(group) && !before.has(guid)).length;
        const left = [...before].filter(([guid]) => !after.has(guid)).length;
        changes.push(`+${came}/−${left}`);
        for (const group of after.values()) seen.add(group);
        before = after;
        expect(run.counts.membership.totalAfter).toBe(after.size);
      }
      expect(changes).toEqual(['+0/−0', '+1/−0', '+3/−3']);
    } finally {
      await own.end();
    }
  });

  test('Every stored record is readable by OneRoster, or waits and says for whom', async () => {
    const count = await feeds.roster.counts(feeds.context);
    const memberships = count('active.membership');
    const waiting = (await feeds.roster.waiting(feeds.context, { limit: 10_000 })).items;
    for (const membership of waiting) expect(membership.waitsFor?.length).toBeGreaterThan(0);
    const enrollments = await feeds.roster.page(feeds.context, { view: 'enrollment', limit: 10_000, offset: 0 });
    const shown = new Set(
      enrollments.items.filter(({ record }) => record.state === 'active').map(({ record }) => record.guid),
    );
    expect(memberships).toBe(shown.size + waiting.length + (await otherMemberships(feeds)));
    const users = await feeds.roster.page(feeds.context, { view: 'user', limit: 10_000, offset: 0 });
    expect(users.items.filter(({ record }) => record.state === 'active')).toHaveLength(count('active.person'));
  });
});

/** Memberships that are no enrollments by their nature: groups in groups, and members of organisations. */
async function otherMemberships({ roster, context }: Feeds): Promise<number> {
  const groups = (
    await Promise.all(
      (['org', 'class', 'course', 'academicSession'] as const).map((view) =>
        roster.page(context, { view, limit: 10_000, offset: 0 }),
      ),
    )
  ).flatMap(({ items }) => items);
  let others = 0;
  for (const { record } of groups) {
    for (const membership of await roster.membershipsOf(context, { group: record.guid })) {
      const kind = (record.data as { kind?: string }).kind;
      const waits = (membership.waitsFor ?? []).length > 0;
      if (!waits && (membership.data.memberType === 'group' || kind !== 'class')) others += 1;
    }
  }
  return others;
}
