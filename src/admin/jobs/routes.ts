import { type Failed, failed } from '../../base/result.ts';
import { jobStates } from '../../jobs/index.ts';
import type { Context } from '../../roster/index.ts';
import { answerOf } from '../answer.ts';
import { paging, present } from '../parameters.ts';
import { route } from '../route.ts';

/** What the gateway does by itself at a time: looks at places that feeds are fetched from, notices, and the like. */
export const jobRoutes = [
  route({
    id: 'listJobs',
    action: 'jobs.read',
    method: 'get',
    path: '/jobs',
    summary:
      'Jobs of the tenant that wait for their time, run, or were given up (dead), with the time of the next attempt and why the last one failed.',
    query: {
      ...paging,
      state: { kind: 'choice', choices: jobStates, doc: 'Only jobs of this state.' },
      kind: {
        kind: 'text',
        max: 64,
        doc: 'Only jobs of this kind, as `slot`: the fetching of a feed, whose name is the key.',
      },
    },
    success: { status: 200, doc: 'A page of jobs.', schema: 'JobList' },
    problems: ['invalid-request'],
    async handle({ jobs }, { context, query: { limit, cursor, state, kind } }) {
      return limited(context) ?? answerOf(await jobs.list(context, { limit, ...present({ cursor, state, kind }) }));
    },
  }),
  route({
    id: 'retryJob',
    action: 'jobs.retry',
    method: 'post',
    path: '/jobs/:id/retry',
    summary: 'Works on a waiting or dead job at once; a dead one begins anew. The job `slot` of a feed fetches it now.',
    query: {},
    success: { status: 200, doc: 'The job as it is now.', schema: 'Job' },
    problems: ['unknown-object', 'conflict'],
    async handle({ jobs }, { context, id }) {
      return limited(context) ?? answerOf(await jobs.retry(context, id));
    },
  }),
  route({
    id: 'dropJob',
    action: 'jobs.retry',
    method: 'delete',
    path: '/jobs/:id',
    summary: 'Forgets a dead job.',
    query: {},
    success: { status: 204, doc: 'It is forgotten.' },
    problems: ['unknown-object', 'conflict'],
    async handle({ jobs }, { context, id }) {
      const refused = limited(context);
      if (refused !== undefined) return refused;
      const dropped = await jobs.drop(context, id);
      return dropped.ok ? { status: 204 } : dropped;
    },
  }),
];

/** Jobs are the whole tenant's. */
function limited({ feeds }: Context): Failed | undefined {
  return feeds === undefined
    ? undefined
    : failed('forbidden', 'This credential may use some feeds only, and sees no jobs.');
}
