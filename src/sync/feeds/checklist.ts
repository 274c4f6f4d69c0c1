import { ok } from '../../base/result.ts';
import { type RunStore, type SubscriberStore, subscriberId } from '../../store/index.ts';
import type { Run } from '../run.ts';
import type { ChecklistItem, Feed, Sync } from '../types.ts';
import { type Feeds, noFeed } from './feeds.ts';

/** What {@link makeChecklist} needs. */
export interface ChecklistDeps {
  readonly feeds: Pick<Feeds, 'stored'>;
  readonly runs: Pick<RunStore, 'list'>;
  readonly subscribers: Pick<SubscriberStore, 'of'>;
  /** Whether mails are sent at all. */
  readonly mails: boolean;
  /** Whether courses of a tenant are archived instead of removed. */
  archivesCourses(tenant: string): Promise<boolean>;
}

type Ticked = readonly [state: ChecklistItem['state'], text: string];

/** Ticks off what a new or changed integration needs (`feeds.md` 2.15), as far as the gateway can see it for itself. */
export function makeChecklist({
  feeds,
  runs,
  subscribers,
  mails,
  archivesCourses,
}: ChecklistDeps): Pick<Sync, 'checklist'> {
  async function newest(tenant: string, feed: string, filter: object): Promise<Run | undefined> {
    const { rows } = await runs.list(tenant, { feed, 'report.kind': 'import', ...filter }, 1);
    return rows[0]?.report as Run | undefined;
  }

  return {
    async checklist({ tenant }, name) {
      const feed = await feeds.stored(tenant, name);
      if (feed === undefined) return noFeed(name);
      const [last, tried, archives, known] = await Promise.all([
        newest(tenant, name, { state: { $in: ['done', 'held'] } }),
        newest(tenant, name, {
          state: 'done',
          $or: [{ 'report.dryRun': true }, { 'work.approved': { $exists: true } }],
        }),
        archivesCourses(tenant),
        subscribers.of(tenant, name),
      ]);
      const ticked: Readonly<Record<ChecklistItem['item'], Ticked>> = {
        keys: keysOf(last),
        filters: filtersOf(feed),
        archiving: archives
          ? ['ok', 'Courses are archived instead of removed.']
          : [
              'open',
              'Courses that go are removed with all memberships; set courses.archive to true to keep them readable.',
            ],
        subscribers: subscribersOf(feed, known, mails),
        'test-run': tried
          ? ['ok', `The run ${tried.id} was tried, or looked at before it was applied.`]
          : ['open', 'No dry run of this feed was done yet: send a file with dryRun and look at what it would change.'],
      };
      const items = Object.entries(ticked).map(([item, [state, text]]) => ({ item, state, text }) as ChecklistItem);
      return ok({ items });
    },
  };
}

/** Keys are unique and lasting: what the last file says otherwise. */
function keysOf(last: Run | undefined): Ticked {
  if (last === undefined) return ['unknown', 'No file of this feed was read yet.'];
  const twice = last.problems
    .filter(({ kind }) => kind.includes('duplicate'))
    .reduce((sum, { count }) => sum + count, 0);
  const { keyChanges } = last.pairs;
  if (twice + keyChanges === 0)
    return ['ok', `In the run ${last.id} no key stood twice, and none seems to have changed.`];
  return [
    'open',
    `In the run ${last.id} ${twice} keys stood twice and ${keyChanges} persons seem to have another key than before.`,
  ];
}

function filtersOf({ limits, onBreach }: Feed): Ticked {
  const types = ['person', 'group', 'membership'] as const;
  const free = types.filter((type) => limits[type].delete.percent === null && limits[type].delete.number === null);
  if (free.length > 0)
    return ['open', `Removals have no limit for ${free.join(', ')}: set limits.${free[0]}.delete.percent.`];
  return ['ok', `Removals have limits; a run beyond them is answered with ${onBreach}.`];
}

function subscribersOf(
  { name, notices }: Feed,
  known: Awaited<ReturnType<SubscriberStore['of']>>,
  mails: boolean,
): Ticked {
  const ids = new Set((notices?.subscribers ?? []).map(({ address }) => subscriberId(name, address)));
  for (const { id, state } of known) {
    if (state === 'on') ids.add(id);
    if (state === 'off') ids.delete(id);
  }
  const count = ids.size;
  if (count > 0 && !mails) {
    return ['open', `${count} subscribers hear nothing, since no mails are sent: set SMTP_URL and MAIL_FROM.`];
  }
  return count > 0
    ? ['ok', `${count} subscribers hear how each run went.`]
    : ['open', 'Nobody hears how runs went: set notices.subscribers, or subscribe.'];
}
