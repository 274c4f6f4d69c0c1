import { type Failed, failed } from '../../base/result.ts';
import { runKinds, runStates } from '../../sync/index.ts';
import { runFor } from '../access/authenticate.ts';
import { answered, answerOf } from '../answer.ts';
import { paging, present } from '../parameters.ts';
import { route } from '../route.ts';

/** Says that there is no such run. */
export function noRun(id: string): Failed {
  return failed('unknown-object', `There is no run ${id.slice(0, 64)}.`, { id: id.slice(0, 64) });
}

/** Runs: looked at, approved, rejected. */
export const runRoutes = [
  route({
    id: 'listRuns',
    action: 'runs.read',
    method: 'get',
    path: '/runs',
    summary: 'Runs, newest first.',
    query: {
      feed: { kind: 'text', max: 64, doc: 'Only runs of this feed.' },
      state: { kind: 'choice', choices: runStates, doc: 'Only runs in this state.' },
      kind: { kind: 'choice', choices: runKinds, doc: 'Only runs of this kind.' },
      ...paging,
    },
    success: { status: 200, doc: 'A page of runs.', schema: 'RunList' },
    problems: ['invalid-request'],
    async handle({ sync }, { context, query: { feed, state, kind, limit, cursor } }) {
      return answerOf(await sync.runs(context, { ...present({ feed, state, kind, cursor }), limit }));
    },
  }),
  route({
    id: 'getRun',
    action: 'runs.read',
    method: 'get',
    path: '/runs/:id',
    summary: 'One run with its counts, filters and problems; while it runs, with its progress.',
    query: {},
    clients: true,
    success: { status: 200, doc: 'The run.', schema: 'Run' },
    problems: ['unknown-object'],
    async handle({ sync }, { context, id }) {
      const run = await runFor(sync, context, id);
      return run === undefined ? noRun(id) : answered(run);
    },
  }),
  route({
    id: 'approveRun',
    action: 'runs.decide',
    method: 'post',
    path: '/runs/:id/approve',
    fresh: true,
    summary: 'Lets a held run go on; it is planned again against the roster as it is now.',
    query: {},
    success: { status: 200, doc: 'The run, queued again.', schema: 'Run' },
    problems: ['confirmation-needed', 'unknown-object', 'conflict'],
    async handle({ sync }, { context, id }) {
      return answerOf(await sync.approve(context, id));
    },
  }),
  route({
    id: 'rejectRun',
    action: 'runs.decide',
    method: 'post',
    path: '/runs/:id/reject',
    summary: 'Ends a held run without any change.',
    query: {},
    success: { status: 200, doc: 'The run, rejected.', schema: 'Run' },
    problems: ['unknown-object', 'conflict'],
    async handle({ sync }, { context, id }) {
      return answerOf(await sync.reject(context, id));
    },
  }),
  route({
    id: 'mergePairs',
    action: 'runs.decide',
    method: 'post',
    path: '/runs/:id/merge',
    summary:
      'Makes pairs of records one: of a held run when it is approved, of a run that is done at once. The known record takes over id, data and memberships of the new one.',
    query: {},
    body: 'Merge',
    success: { status: 200, doc: 'The run.', schema: 'Run' },
    problems: [
      'invalid-request',
      'unknown-object',
      'conflict',
      'unreadable-input',
      'too-large',
      'unsupported-media-type',
    ],
    async handle({ sync }, { context, id, body }) {
      // The schema has exactly one of the two.
      return answerOf(await sync.merge(context, id, body as { newIds: string[] } | { all: true }));
    },
  }),
];
