import { failed } from '../../base/result.ts';
import { answered, answerOf } from '../answer.ts';
import { route } from '../route.ts';

/** Reading the server of a feed's setting `pull` or `restPull`. */
export const pullRoutes = [
  route({
    id: 'startPull',
    action: 'pulls.start',
    method: 'post',
    path: '/feeds/:name/pull',
    summary:
      'Begins to read the server of the feed’s setting `pull` or `restPull`, all of it or what has changed; once that is read, a run works on it as on a file.',
    query: {
      dryRun: { kind: 'flag', doc: 'Report what would happen, change nothing.' },
      full: { kind: 'flag', doc: 'Read all, whatever the setting `delta` says.' },
    },
    success: { status: 202, doc: 'The reading has begun; `Location` says how far it is.', schema: 'Pull' },
    problems: ['invalid-request', 'unknown-object', 'conflict', 'busy'],
    async handle({ sync }, { context, id, query, request }) {
      const pull = await sync.pull(context, { feed: id, dryRun: query.dryRun, full: query.full });
      if (!pull.ok) return pull;
      const location = `${request.baseUrl}/feeds/${encodeURIComponent(id)}/pull`;
      return { status: 202, body: pull.value, headers: { Location: location } };
    },
  }),
  route({
    id: 'getPull',
    action: 'feeds.read',
    method: 'get',
    path: '/feeds/:name/pull',
    summary: 'The last pull of a feed, with its run once there is one.',
    query: {},
    success: { status: 200, doc: 'The pull.', schema: 'Pull' },
    problems: ['unknown-object'],
    async handle({ sync }, { context, id }) {
      const pull = await sync.pulled(context, id);
      const name = id.slice(0, 64);
      if (pull === undefined) {
        return failed('unknown-object', `The feed ${name} has not been pulled yet.`, { id: name });
      }
      return answered(pull);
    },
  }),
  route({
    id: 'checkPull',
    action: 'pulls.start',
    method: 'post',
    path: '/feeds/:name/pull/check',
    summary:
      'Asks the server of the feed’s setting `pull` or `restPull` for a token and a first record, and changes nothing.',
    query: {},
    success: { status: 200, doc: 'It can be read; the number of its users, if it says it.', schema: 'PullCheck' },
    problems: ['invalid-request', 'unknown-object', 'forbidden', 'unreadable-input', 'too-large', 'busy'],
    async handle({ sync }, { context, id }) {
      return answerOf(await sync.checkPull(context, id));
    },
  }),
  route({
    id: 'previewPull',
    action: 'pulls.start',
    method: 'post',
    path: '/feeds/:name/pull-preview',
    summary:
      'Reads the first page of each collection of the feed’s setting `restPull`, shows the rows that the mapping makes of it and what it could not be applied to, and keeps nothing.',
    query: {},
    success: { status: 200, doc: 'What the first pages become.', schema: 'PullPreview' },
    problems: ['invalid-request', 'unknown-object', 'forbidden', 'unreadable-input', 'too-large', 'busy'],
    async handle({ sync }, { context, id }) {
      return answerOf(await sync.previewPull(context, id));
    },
  }),
];
