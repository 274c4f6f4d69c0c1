import type { StoredRecord } from '../../../src/model/index.ts';
import type { Run } from '../../../src/sync/index.ts';
import { type Feeds, openFeeds } from '../../sync/feeds.ts';
import { reader, startGateway } from '../oneroster-rest/gateway.ts';

/** An object of an answer; references are ids alone. */
export type Json = Record<string, unknown>;

/** The gateway's services, with OneRoster REST over them. */
export interface Served {
  readonly feeds: Feeds;
  /** All active objects of a collection as OneRoster 1.2 serves them, by sourcedId, without status and time. */
  collection(name: string): Promise<Map<string, Json>>;
  /** What a path below `/ims/oneroster` answers: status, `X-Total-Count`, and the object or objects as `collection` has them. */
  read(path: string): Promise<{ status: number; total: number; objects: readonly Json[] }>;
  /** The active records of a view by guid. */
  active(view: 'user' | 'enrollment'): Promise<Map<string, StoredRecord>>;
  /** Takes a package in by a feed of OneRoster CSV without limits, and waits for the end of its run. */
  take(bytes: Uint8Array, feed: string): Promise<Run>;
  end(): Promise<void>;
}

/** References as ids alone. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if ('href' in value && 'sourcedId' in value) return value.sourcedId;
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, plain(child)]));
}

const unlimited = { percent: null, number: null };
const limits = Object.fromEntries(
  ['person', 'group', 'membership', 'academicSession'].map((type) => [
    type,
    { insert: unlimited, update: unlimited, delete: unlimited },
  ]),
);

/** Opens services and OneRoster REST over them. */
export async function openServed(): Promise<Served> {
  const feeds = await openFeeds();
  const { roster, context, sync } = feeds;
  const gateway = await startGateway([], {
    roster: {
      children: (_, ...rest) => roster.children(context, ...rest),
      find: (_, ...rest) => roster.find(context, ...rest),
      servedIds: (_, ...rest) => roster.servedIds(context, ...rest),
      page: (_, ...rest) => roster.page(context, ...rest),
      parents: (_, ...rest) => roster.parents(context, ...rest),
      served: (_, ...rest) => roster.served(context, ...rest),
    },
  });
  const token = await gateway.token(reader);
  return {
    feeds,
    async collection(name) {
      const filter = encodeURIComponent("status='active'");
      const answer = await gateway.get(`/ims/oneroster/rostering/v1p2/${name}?limit=10000&filter=${filter}`, token);
      const [objects = []] = Object.values((await answer.json()) as Record<string, Json[]>);
      return new Map(
        objects.map(({ status: _status, dateLastModified: _changed, ...rest }) => [
          String(rest['sourcedId']),
          plain(rest) as Json,
        ]),
      );
    },
    async read(path) {
      const answer = await gateway.get(`/ims/oneroster/${path}`, token);
      const [found] = Object.values((await answer.json()) as Record<string, Json | Json[]>);
      const objects = answer.ok ? [found ?? []].flat().map((one) => plain(one) as Json) : [];
      return { status: answer.status, total: Number(answer.headers.get('x-total-count')), objects };
    },
    async active(view) {
      const { items } = await roster.page(context, { view, limit: 20_000, offset: 0 });
      return new Map(
        items.filter(({ record }) => record.state === 'active').map(({ record }) => [record.guid, record]),
      );
    },
    async take(bytes, feed) {
      const made = await sync.putFeed(context, feed, { protocol: 'oneroster-csv', limits });
      if (!made.ok) throw new Error(made.problem.text);
      return feeds.take(bytes, { feed, name: `${feed}.zip` });
    },
    async end() {
      await gateway.stop();
      await feeds.end();
    },
  };
}

/** What a run did, by type. */
export const changes = ({ counts }: Run) =>
  Object.fromEntries(
    Object.entries(counts).map(([type, { inFile, created, updated, trashed, rejected }]) => [
      type,
      { inFile, created, updated, trashed, rejected },
    ]),
  );
