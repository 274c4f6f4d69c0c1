import { answerOf } from '../answer.ts';
import { route } from '../route.ts';

/** Checking the place that a feed's files are fetched from. */
export const feedCheckRoutes = [
  route({
    id: 'checkFeed',
    action: 'pulls.start',
    method: 'post',
    path: '/feeds/:name/check',
    summary:
      'Looks at the place that the feed’s files are fetched from, with its settings and credentials, and takes nothing: the files that lie there whole, which of them are new, or what is wrong.',
    query: {},
    success: { status: 200, doc: 'The place can be read; what lies there.', schema: 'FeedCheck' },
    problems: ['invalid-request', 'unknown-object', 'forbidden', 'conflict', 'unreadable-input', 'too-large', 'busy'],
    async handle({ transports }, { context, id }) {
      return answerOf(await transports.check(context, id));
    },
  }),
];
