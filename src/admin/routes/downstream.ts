import { noDownstream } from '../../sync/index.ts';
import { answered, answerOf } from '../answer.ts';
import { paging, present } from '../parameters.ts';
import { route } from '../route.ts';

const deadLetters = '/downstream/dead-letters';

/** The server to which changes are delivered, and what it refused. */
export const downstreamRoutes = [
  route({
    id: 'getDownstream',
    action: 'downstream.read',
    method: 'get',
    path: '/downstream',
    summary: 'The server to which changes are delivered, how far the delivery is, and why it waits.',
    query: {},
    success: { status: 200, doc: 'Settings and state; never the password.', schema: 'Downstream' },
    problems: ['unknown-object'],
    async handle({ downstreams }, { context }) {
      const report = await downstreams.report(context);
      return report === undefined ? noDownstream() : answered(report);
    },
  }),
  route({
    id: 'putDownstream',
    action: 'downstream.write',
    method: 'put',
    path: '/downstream',
    summary:
      'Changes the settings that are named, the others stay; sets the delivery up if there is none. A new address begins with everything there is; with another scheme, host or port it needs the password in the same call.',
    query: {},
    body: 'DownstreamSettings',
    success: { status: 200, doc: 'Settings and state as they are now.', schema: 'Downstream' },
    problems: ['invalid-request', 'unreadable-input', 'too-large', 'unsupported-media-type'],
    async handle({ downstreams }, { context, body }) {
      return answerOf(await downstreams.put(context, body));
    },
  }),
  route({
    id: 'deleteDownstream',
    action: 'downstream.write',
    method: 'delete',
    path: '/downstream',
    summary: 'Ends the delivery and forgets where it was; the other server keeps what it has.',
    query: {},
    success: { status: 204, doc: 'It is ended.' },
    problems: ['unknown-object'],
    async handle({ downstreams }, { context }) {
      const removed = await downstreams.remove(context);
      return removed.ok ? { status: 204 } : removed;
    },
  }),
  route({
    id: 'resendDownstream',
    action: 'downstream.resend',
    method: 'post',
    path: '/downstream/resend',
    summary: 'Delivers everything anew, and then goes on with the changes.',
    query: {},
    success: { status: 200, doc: 'Settings and state as they are now.', schema: 'Downstream' },
    problems: ['unknown-object'],
    async handle({ downstreams }, { context }) {
      return answerOf(await downstreams.resend(context));
    },
  }),
  route({
    id: 'listDeadLetters',
    action: 'downstream.read',
    method: 'get',
    path: deadLetters,
    summary: 'Records that the other server refused for good, one each, with its reason.',
    query: paging,
    success: { status: 200, doc: 'A page of dead letters.', schema: 'DeadLetterList' },
    problems: ['invalid-request'],
    async handle({ downstreams }, { context, query: { limit, cursor } }) {
      return answered(await downstreams.deadLetters(context, { limit, ...present({ cursor }) }));
    },
  }),
  route({
    id: 'retryDeadLetters',
    action: 'downstream.resend',
    method: 'post',
    path: `${deadLetters}/retry`,
    summary: 'Sends all of these records again, as they are now.',
    query: {},
    success: { status: 200, doc: 'How many were put in line.', schema: 'Retried' },
    problems: ['unknown-object'],
    async handle({ downstreams }, { context }) {
      return answerOf(await downstreams.retry(context, undefined));
    },
  }),
  route({
    id: 'retryDeadLetter',
    action: 'downstream.resend',
    method: 'post',
    path: `${deadLetters}/:id/retry`,
    summary: 'Sends one of these records again, as it is now.',
    query: {},
    success: { status: 200, doc: 'It was put in line.', schema: 'Retried' },
    problems: ['unknown-object'],
    async handle({ downstreams }, { context, id }) {
      return answerOf(await downstreams.retry(context, id));
    },
  }),
  route({
    id: 'dropDeadLetter',
    action: 'downstream.resend',
    method: 'delete',
    path: `${deadLetters}/:id`,
    summary: 'Forgets a dead letter; a later change of its record is delivered all the same.',
    query: {},
    success: { status: 204, doc: 'It is forgotten.' },
    problems: ['unknown-object'],
    async handle({ downstreams }, { context, id }) {
      const dropped = await downstreams.drop(context, id);
      return dropped.ok ? { status: 204 } : dropped;
    },
  }),
];
