import { failed } from '../../base/result.ts';
import { answered, answerOf } from '../answer.ts';
import { route } from '../route.ts';

/** Feeds and their settings. */
export const feedRoutes = [
  route({
    id: 'listFeeds',
    action: 'feeds.read',
    method: 'get',
    path: '/feeds',
    summary: 'All feeds with their settings.',
    query: {},
    success: { status: 200, doc: 'The feeds.', schema: 'FeedList' },
    problems: [],
    async handle({ sync }, { context }) {
      return answered(await sync.feeds(context));
    },
  }),
  route({
    id: 'getFeed',
    action: 'feeds.read',
    method: 'get',
    path: '/feeds/:name',
    summary: 'One feed with its settings.',
    query: {},
    success: { status: 200, doc: 'The feed.', schema: 'Feed' },
    problems: ['unknown-object'],
    async handle({ sync }, { context, id }) {
      const feed = await sync.feed(context, id);
      const name = id.slice(0, 64);
      if (feed === undefined) {
        return failed('unknown-object', `There is no feed ${name}; its first import or a PUT makes it.`, { id: name });
      }
      return answered(feed);
    },
  }),
  route({
    id: 'putFeed',
    action: 'feeds.write',
    method: 'put',
    path: '/feeds/:name',
    summary: 'Changes the settings that are named, the others stay; makes the feed if there is none.',
    query: {},
    body: 'FeedSettings',
    success: { status: 200, doc: 'The feed as it is now.', schema: 'Feed' },
    problems: ['invalid-request', 'unreadable-input', 'too-large', 'unsupported-media-type'],
    async handle({ sync }, { context, id, body }) {
      return answerOf(await sync.putFeed(context, id, body));
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
