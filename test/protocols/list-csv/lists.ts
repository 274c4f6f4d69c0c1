import type { StoredRecord } from '../../../src/model/index.ts';
import type { ProblemItem, Run } from '../../../src/sync/index.ts';
import { type Feeds, openFeeds } from '../../sync/feeds.ts';

const unlimited = { percent: null, number: null };
/** Limits of a feed that hold nothing. */
export const noLimits = Object.fromEntries(
  ['person', 'group', 'membership', 'academicSession'].map((type) => [
    type,
    { insert: unlimited, update: unlimited, delete: unlimited },
  ]),
);

/** Settings of a list that a test changes. */
export type Wanted = Readonly<Record<string, unknown>> & { readonly list?: Readonly<Record<string, unknown>> };

/** Lists that are taken in by feeds, each with a namespace of its own. */
export interface Lists {
  readonly feeds: Feeds;
  /** Makes a feed for lists without limits whose first file is not reviewed, unless told. */
  make(feed: string, wanted?: Wanted): Promise<void>;
  /** Takes a list in; waits for the end of its run. */
  take(feed: string, text: string | Uint8Array, options?: { dryRun?: boolean }): Promise<Run>;
  /** The person of a feed by id; undefined where it is not there or in the trash. */
  person(feed: string, id: string): Promise<StoredRecord<'person'> | undefined>;
  /** Titles of the groups in which a person is, in order. */
  groupsOf(feed: string, id: string): Promise<string[]>;
  /** Problems and remarks of a run. */
  problems(run: Run): Promise<readonly ProblemItem[]>;
  end(): Promise<void>;
}

/** Opens services for lists. */
export async function openLists(): Promise<Lists> {
  const feeds = await openFeeds();
  const { sync, roster, context } = feeds;
  const person = async (feed: string, id: string) => {
    const [found] = await roster.find(context, 'person', [`person:${feed}:${id}`]);
    return found as StoredRecord<'person'> | undefined;
  };
  return {
    feeds,
    async make(feed, { list = {}, ...wanted } = {}) {
      const made = await sync.putFeed(context, feed, {
        protocol: 'list-csv',
        namespace: feed,
        limits: noLimits,
        smallerFilePercent: null,
        rejectedPercent: null,
        reviewMatches: false,
        ...wanted,
        list: { reviewFirst: false, ...list },
      });
      if (!made.ok) throw new Error(made.problem.text);
    },
    take: (feed, text, options = {}) => feeds.take(text, { feed, name: 'list.csv', ...options }),
    person,
    async groupsOf(feed, id) {
      const found = await person(feed, id);
      if (found === undefined) return [];
      const memberships = await roster.membershipsOf(context, { person: found.guid });
      const groups = await roster.find(
        context,
        'group',
        memberships.map(({ data }) => data.group),
      );
      return groups.map((group) => group?.data.description?.short ?? '').sort();
    },
    async problems(run) {
      const listed = await sync.problems(context, run.id, { limit: 1000 });
      if (!listed.ok) throw new Error(listed.problem.text);
      return listed.value.items;
    },
    end: () => feeds.end(),
  };
}

/** The columns that a list must have. */
export const header = 'FIRST_NAME,LAST_NAME,EMAIL,USER_ID,GRADUATION,STAKEHOLDERS';

/** A list with these rows. */
export const list = (...rows: readonly string[]) => [header, ...rows, ''].join('\n');

/** A row of a person. */
export const row = (id: string, changed: { first?: string; email?: string; year?: string; type?: string } = {}) => {
  const { first = 'Ann', email = `${id}@x.example`, year = '2027', type = 'Student' } = changed;
  return `${first},Ek,${email},${id},${year},${type}`;
};
