import { auditLines, readAuditQuery } from '../../roster/index.ts';
import { answered, answerOf, streamed } from '../answer.ts';
import { paging, present } from '../parameters.ts';
import { route } from '../route.ts';

const period = {
  since: { kind: 'text', max: 40, doc: 'Only entries from this time on: a day, or an ISO 8601 time with a zone.' },
  until: { kind: 'text', max: 40, doc: 'Only entries before this time.' },
} as const;
const filter = {
  ...period,
  action: { kind: 'text', max: 64, doc: 'Only this action.' },
  subject: {
    kind: 'text',
    max: 1024,
    doc: 'Only what was done to this: a guid, a name of a feed or credential, or what was asked for.',
  },
  who: { kind: 'text', max: 1100, doc: 'Only this writer, as `admin:ann` or `credential:library`.' },
} as const;

/** The audit log: listed, exported, checked. */
export const auditRoutes = [
  route({
    id: 'listAudit',
    action: 'audit.read',
    method: 'get',
    path: '/audit',
    summary: 'Entries of the audit log, newest first: who did what to whom, when, from where and why.',
    query: { ...filter, ...paging },
    success: { status: 200, doc: 'A page of entries.', schema: 'AuditList' },
    problems: ['invalid-request'],
    async handle({ audit }, { context, query: { limit, cursor, ...query } }) {
      const filter = readAuditQuery(present(query));
      if (!filter.ok) return filter;
      return answerOf(await audit.list(context, { ...filter.value, ...present({ cursor }), limit }));
    },
  }),
  route({
    id: 'exportAudit',
    action: 'audit.read',
    method: 'get',
    path: '/audit/export',
    summary: 'Entries of the audit log as JSON lines, oldest first.',
    query: filter,
    success: { status: 200, doc: 'One entry a line, as it is made.', content: 'application/x-ndjson' },
    problems: ['invalid-request'],
    async handle({ audit }, { context, query }) {
      const filter = readAuditQuery(present(query));
      if (!filter.ok) return filter;
      return streamed(auditLines(audit, context, filter.value), 'application/x-ndjson', 'audit.jsonl');
    },
  }),
  route({
    id: 'verifyAudit',
    action: 'audit.read',
    method: 'get',
    path: '/audit/verify',
    summary: 'Looks through the whole audit log for entries that were changed, taken out, put in or cut off.',
    query: {
      sequence: {
        kind: 'integer',
        min: 0,
        max: 999_999_999,
        fallback: 0,
        doc: 'With `hash`: an entry that was noted elsewhere.',
      },
      hash: { kind: 'text', max: 64, doc: 'The hash of that entry.' },
    },
    success: { status: 200, doc: 'What was found; `fault` is null where nothing is wrong.', schema: 'AuditCheck' },
    problems: ['invalid-request'],
    async handle({ audit }, { context, query: { sequence, hash } }) {
      return answered(await audit.verify(context, hash === undefined ? undefined : { sequence, hash }));
    },
  }),
];
