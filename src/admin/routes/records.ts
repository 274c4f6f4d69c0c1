import { type RecordType, recordTypes } from '../../model/index.ts';
import { answerOf } from '../answer.ts';
import { route } from '../route.ts';

const type = { kind: 'choice', choices: recordTypes, doc: 'Its type, where several types have the id.' } as const;

/** Single records, and what is locked on them against feeds. */
export const recordRoutes = [
  route({
    id: 'getRecord',
    action: 'records.read',
    method: 'get',
    path: '/records/:id',
    summary:
      'One record by its guid, its sender’s id or its OneRoster id, with who owns and lists it and what is locked.',
    query: { type },
    success: { status: 200, doc: 'The record; passwords are masked.', schema: 'Record' },
    problems: ['unknown-object', 'invalid-request'],
    async handle({ records }, { context, id, query }) {
      return answerOf(await records.show(context, id, query.type));
    },
  }),
  route({
    id: 'getLocks',
    action: 'records.read',
    method: 'get',
    path: '/records/:id/locks',
    summary: 'Which fields of a record feeds may not change, and which may be locked.',
    query: { type },
    success: { status: 200, doc: 'The locked fields.', schema: 'Locks' },
    problems: ['unknown-object', 'invalid-request'],
    async handle({ records }, { context, id, query }) {
      return answerOf(await records.locks(context, id, query.type));
    },
  }),
  route({
    id: 'putLocks',
    action: 'records.write',
    method: 'put',
    path: '/records/:id/locks',
    summary: 'Locks exactly these fields of a record against feeds; an empty list releases all.',
    query: {},
    body: 'LocksChange',
    success: { status: 200, doc: 'The locked fields as they are now.', schema: 'Locks' },
    problems: [
      'unknown-object',
      'invalid-data',
      'invalid-request',
      'unreadable-input',
      'too-large',
      'unsupported-media-type',
    ],
    async handle({ records }, { context, id, body }) {
      const { fields, type: named } = body as { fields: string[]; type?: RecordType };
      return answerOf(await records.lock(context, id, fields, named));
    },
  }),
];
