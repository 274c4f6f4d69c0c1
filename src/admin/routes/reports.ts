import type { Failed, Result } from '../../base/result.ts';
import {
  certificationCsv,
  certificationLog,
  changeActions,
  changesCsv,
  countedTypes,
  problemsCsv,
} from '../../sync/index.ts';
import { runFor } from '../access/authenticate.ts';
import { type Answer, answerOf, streamed } from '../answer.ts';
import { paging, present } from '../parameters.ts';
import { route } from '../route.ts';
import { runEvents } from '../run-events.ts';
import { noRun } from './runs.ts';

const csv = 'text/csv; charset=utf-8';
const type = { kind: 'choice', choices: countedTypes, doc: 'Only records of this type.' } as const;
const changeFilter = {
  type,
  action: { kind: 'choice', choices: changeActions, doc: 'Only what became this.' },
} as const;
const problemFilter = { type, kind: { kind: 'text', max: 64, doc: 'Only problems of this kind.' } } as const;

/** What a run did, as lists, logs and events. */
export const reportRoutes = [
  route({
    id: 'listChanges',
    action: 'reports.read',
    method: 'get',
    path: '/runs/:id/changes',
    summary:
      'What a run changed, or of a held or dry run would change, before and after. What it made is shown as it is now; what was purged since is left out. Passwords are masked.',
    query: { ...changeFilter, ...paging },
    success: {
      status: 200,
      doc: 'A page of changes; it may be shorter than asked for where `next` goes on.',
      schema: 'ChangeList',
    },
    problems: ['invalid-request', 'unknown-object'],
    async handle({ sync }, { context, id, query: { limit, ...rest } }) {
      return answerOf(await sync.changes(context, id, { ...present(rest), limit }));
    },
  }),
  route({
    id: 'downloadChanges',
    action: 'reports.read',
    method: 'get',
    path: '/runs/:id/changes.csv',
    summary: 'The same as CSV: type, action, id, guid, name, line, before, after (the last two as JSON).',
    query: changeFilter,
    success: { status: 200, doc: 'The changes.', content: csv },
    problems: ['unknown-object'],
    async handle({ sync }, { context, id, query }) {
      return download(await changesCsv(sync, context, id, present(query)), `changes-${id}.csv`);
    },
  }),
  route({
    id: 'listProblems',
    action: 'reports.read',
    method: 'get',
    path: '/runs/:id/problems',
    summary: 'Problems and remarks of a run with file, line, id and field.',
    query: { ...problemFilter, ...paging },
    clients: true,
    success: { status: 200, doc: 'A page of problems.', schema: 'RunProblemList' },
    problems: ['invalid-request', 'unknown-object'],
    async handle({ sync }, { context, id, query: { limit, ...rest } }) {
      if ((await runFor(sync, context, id)) === undefined) return noRun(id);
      return answerOf(await sync.problems(context, id, { ...present(rest), limit }));
    },
  }),
  route({
    id: 'downloadProblems',
    action: 'reports.read',
    method: 'get',
    path: '/runs/:id/problems.csv',
    summary: 'The same as CSV: file, line, id, field, code, message, type.',
    query: problemFilter,
    success: { status: 200, doc: 'The problems.', content: csv },
    problems: ['unknown-object'],
    async handle({ sync }, { context, id, query }) {
      return download(await problemsCsv(sync, context, id, present(query)), `problems-${id}.csv`);
    },
  }),
  route({
    id: 'listPairs',
    action: 'reports.read',
    method: 'get',
    path: '/runs/:id/pairs',
    summary: 'Pairs of records that are probably one: probable key changes, and on the first run of a feed matches.',
    query: paging,
    success: { status: 200, doc: 'A page of pairs.', schema: 'PairList' },
    problems: ['invalid-request', 'unknown-object'],
    async handle({ sync }, { context, id, query: { limit, ...rest } }) {
      return answerOf(await sync.pairs(context, id, { ...present(rest), limit }));
    },
  }),
  route({
    id: 'getLog',
    action: 'reports.read',
    method: 'get',
    path: '/runs/:id/log',
    summary: 'The log of an ended run as certifications of OneRoster CSV ask for it.',
    query: {},
    success: { status: 200, doc: 'The log.', schema: 'CertificationLog' },
    problems: ['unknown-object', 'conflict'],
    async handle({ sync }, { context, id }) {
      return answerOf(await certificationLog(sync, context, id));
    },
  }),
  route({
    id: 'downloadLog',
    action: 'reports.read',
    method: 'get',
    path: '/runs/:id/log.csv',
    summary: 'The same as CSV: Test Identifier, Test Date, Status, CSV Files Imported, CSV Files Rejected, Comment.',
    query: {},
    success: { status: 200, doc: 'The log.', content: csv },
    problems: ['unknown-object', 'conflict'],
    async handle({ sync }, { context, id }) {
      const log = await certificationLog(sync, context, id);
      if (!log.ok) return log;
      return download({ ok: true, value: only(certificationCsv(log.value)) }, `log-${id}.csv`);
    },
  }),
  route({
    id: 'watchRun',
    action: 'runs.read',
    method: 'get',
    path: '/runs/:id/events',
    summary:
      'Server-sent events: `progress` with the run while it is queued or works, `end` with the run when it waits for a person or is over.',
    query: {},
    success: {
      status: 200,
      doc: 'The events; the data of each is the run.',
      content: 'text/event-stream; charset=utf-8',
    },
    problems: ['unknown-object'],
    async handle({ sync }, { context, id, request }) {
      const run = await sync.run(context, id);
      if (run === undefined) return noRun(id);
      const events = runEvents(sync, context, id, request.res);
      const answer = streamed(events, 'text/event-stream; charset=utf-8');
      return { ...answer, headers: { ...answer.headers, 'X-Accel-Buffering': 'no' } };
    },
  }),
];

function download(text: Result<AsyncIterable<string>>, name: string): Answer | Failed {
  return text.ok ? streamed(text.value, csv, name) : text;
}

async function* only(text: string): AsyncGenerator<string> {
  yield text;
}
