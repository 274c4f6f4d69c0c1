import type { StoredRecord } from '../../../src/model/index.ts';
import type { Run } from '../../../src/sync/index.ts';
import { type Doors, startDoors } from '../../setup/doors.ts';
import { noLimits } from '../list-csv/lists.ts';

/** A row of a snapshot as it is sent. */
export type Row = Readonly<Record<string, unknown>>;

/** A row of a student in Physics. */
export const row = (id: string | null, changed: Row = {}): Row => ({
  faculty: 'Science',
  department: 'Physics',
  course: 'BSc Physics',
  firstName: 'Ann',
  lastName: 'Ek',
  email: `${id ?? 'none'}@uni.example`,
  id,
  year: 1,
  ...changed,
});
/** A body with rows; an e-mail is one person's in a tenant, so that each feed has a domain of its own. */
export const bodyOf = (feed: string, ...rows: readonly unknown[]) =>
  JSON.stringify({ data: { students: rows } }).replaceAll('@uni.example', `@${feed}.example`);

/** Another course of the same department. */
export const optics = { course: 'MSc Optics' };

/** A course as it is switched on by an operator. */
export const enrolled = (course = 'BSc Physics', isOn = true) => ({
  faculty: 'Science',
  department: 'Physics',
  course,
  enrolled: isOn,
});

/** Snapshots that are pushed to feeds, each with a namespace and a key of its own. */
export interface Snapshots {
  readonly doors: Doors;
  /** Makes a feed without limits whose courses are enrolled; its key. */
  make(feed: string, snapshot?: object, wanted?: object): Promise<string>;
  /** Sends a body with a feed's key. */
  post(key: string, body: string | Uint8Array, headers?: Record<string, string>): ReturnType<Doors['ask']>;
  /** Pushes rows to a feed; waits for the end of the run. */
  push(feed: string, ...rows: readonly unknown[]): Promise<Run>;
  person(feed: string, id: string): Promise<StoredRecord<'person'> | undefined>;
  /** Titles of the courses of a student, in order. */
  coursesOf(feed: string, id: string): Promise<string[]>;
  /** Kinds of the problems of a run, with ids and places. */
  problems(run: Run): Promise<(readonly [kind: string, id: string | null, field: string | null])[]>;
}

/** Opens services for snapshots. */
export async function openSnapshots(): Promise<Snapshots> {
  const doors = await startDoors({ maxFileBytes: 3_000_000 });
  const { sync, roster, context } = doors;
  const keys = new Map<string, string>();
  const person = async (feed: string, id: string) => {
    const [found] = await roster.find(context, 'person', [`person:${feed}:${id}`]);
    return found as StoredRecord<'person'> | undefined;
  };
  const post = (key: string, body: string | Uint8Array, headers: Record<string, string> = {}) =>
    doors.ask('POST', '/v1/sync', {
      as: null,
      body,
      headers: { API_KEY: key, 'content-type': 'application/json', 'cache-control': 'no-cache', ...headers },
    });

  return {
    doors,
    post,
    person,
    async make(feed, snapshot = {}, wanted = {}) {
      const made = await sync.putFeed(context, feed, {
        protocol: 'srs-snapshot',
        namespace: feed,
        limits: noLimits,
        smallerFilePercent: null,
        rejectedPercent: null,
        reviewMatches: false,
        ...wanted,
        snapshot: { courses: [enrolled(), enrolled('MSc Optics')], ...snapshot },
      });
      if (!made.ok) throw new Error(made.problem.text);
      if (keys.has(feed)) return keys.get(feed) ?? '';
      const data = { name: `${feed}-key`, kinds: ['key'], role: 'sender', feeds: [feed] };
      const { secret } = (await doors.ask('POST', '/api/v1/credentials', { as: doors.admin, data })).json;
      keys.set(feed, secret);
      return secret;
    },
    async push(feed, ...rows) {
      const answer = await post(keys.get(feed) ?? '', bodyOf(feed, ...rows));
      if (answer.status !== 202) throw new Error(answer.text);
      const run = await sync.wait(context, answer.json.run);
      if (run === undefined) throw new Error('there is no run');
      return run;
    },
    async coursesOf(feed, id) {
      const found = await person(feed, id);
      if (found === undefined) return [];
      const memberships = await roster.membershipsOf(context, { person: found.guid });
      const groups = memberships.map(({ data }) => data.group);
      const courses = await roster.find(context, 'group', groups);
      return courses.map((course) => course?.data.description?.short ?? '').sort();
    },
    async problems(run) {
      const listed = await sync.problems(context, run.id, { limit: 1000 });
      if (!listed.ok) throw new Error(listed.problem.text);
      return listed.value.items.map(({ kind, id, field }) => [kind, id, field] as const);
    },
  };
}
