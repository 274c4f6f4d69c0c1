import { answered, answerOf } from '../answer.ts';
import { route } from '../route.ts';

/** Feeds and their settings. */
export const feedRoutes = [
  route({
    id: 'listFeeds',
    action: 'feeds.read',
    method: 'get',
    path: '/feeds',
    summary: 'All feeds with their settings and how they are.',
    query: {},
    success: { status: 200, doc: 'The feeds.', schema: 'FeedList' },
    problems: [],
    async handle({ transports }, { context }) {
      const items = await transports.feedsWithHealth(context);
      return answered({ items, total: items.length, next: null });
    },
  }),
  route({
    id: 'getFeed',
    action: 'feeds.read',
    method: 'get',
    path: '/feeds/:name',
    summary: 'One feed with its settings and how it is.',
    query: {},
    success: { status: 200, doc: 'The feed.', schema: 'Feed' },
    problems: ['unknown-object'],
    async handle({ transports }, { context, id }) {
      return answerOf(await transports.feedWithHealth(context, id));
    },
  }),
  route({
    id: 'putFeed',
    action: 'feeds.write',
    method: 'put',
    path: '/feeds/:name',
    summary:
      'Changes the settings that are named, the others stay; makes the feed if there is none. `health` and `runs` are taken and left aside.',
    query: {},
    body: 'FeedSettings',
    success: { status: 200, doc: 'The feed as it is now.', schema: 'Feed' },
    problems: ['invalid-request', 'unreadable-input', 'too-large', 'unsupported-media-type'],
    async handle({ sync, transports }, { context, id, body }) {
      const { health: _health, ...settings } = body as Readonly<Record<string, unknown>>;
      const put = await sync.putFeed(context, id, settings);
      return put.ok ? answerOf(await transports.feedWithHealth(context, id)) : put;
    },
  }),
  route({
    id: 'deleteFeed',
    action: 'feeds.write',
    method: 'delete',
    path: '/feeds/:name',
    summary: 'Forgets a feed that lists no record any more.',
    query: {},
    success: { status: 204, doc: 'The feed is gone.' },
    problems: ['unknown-object', 'conflict'],
    async handle({ sync }, { context, id }) {
      const removed = await sync.deleteFeed(context, id);
      return removed.ok ? { status: 204 } : removed;
    },
  }),
];
