import { failed } from '../../base/result.ts';
import { answerOf } from '../answer.ts';
import { paging, present } from '../parameters.ts';
import { route } from '../route.ts';
import { type ArrivalItem, arrivalStates } from './rooms.ts';

/** The files that came by transports. */
export const arrivalRoutes = [
  route({
    id: 'listArrivals',
    action: 'feeds.read',
    method: 'get',
    path: '/feeds/:name/arrivals',
    summary:
      'The files of a feed that came by its transport, the newest first: what became of each, with its run, or why it waits or was refused.',
    query: {
      ...paging,
      state: { kind: 'choice', choices: arrivalStates, doc: 'Only files of this state.' },
    },
    success: { status: 200, doc: 'A page of files.', schema: 'ArrivalList' },
    problems: ['invalid-request', 'unknown-object'],
    async handle({ sync, transports }, { context, id, query }) {
      const name = id.slice(0, 64);
      if ((await sync.feed(context, id)) === undefined) {
        return failed('unknown-object', `There is no feed ${name}.`, { id: name });
      }
      const { limit, cursor, state } = query;
      const wanted = { limit, ...present({ cursor, state: state as ArrivalItem['state'] | undefined }) };
      return answerOf(await transports.arrivals(context, id, wanted));
    },
  }),
  route({
    id: 'runAgain',
    action: 'imports.send',
    method: 'post',
    path: '/runs/:id/again',
    summary:
      'Queues a run of the file that was kept of another one, under the feed’s settings and filters as they are now; refused where nothing of it is kept any more.',
    query: { dryRun: { kind: 'flag', doc: 'Report what would happen, change nothing.' } },
    success: { status: 202, doc: 'The run is queued; `Location` is its address.', schema: 'Run' },
    problems: ['unknown-object', 'conflict', 'storage-full'],
    async handle({ sync }, { context, id, query, request }) {
      const run = await sync.again(context, id, { dryRun: query.dryRun });
      if (!run.ok) return run;
      const location = `${request.baseUrl}/runs/${encodeURIComponent(run.value.id)}`;
      return { status: 202, body: run.value, headers: { Location: location } };
    },
  }),
];
