import { snapshotReport, snapshotReportCsv } from '../../sync/index.ts';
import { answerOf, streamed } from '../answer.ts';
import { paging, present } from '../parameters.ts';
import { route } from '../route.ts';

const csv = 'text/csv; charset=utf-8';
const run = {
  run: { kind: 'text', max: 64, doc: 'A run of the feed; unset: the last one whose snapshot was read.' },
} as const;

/** What snapshots have shown of courses and students (`feeds.md` 1.14). */
export const snapshotRoutes = [
  route({
    id: 'readSnapshotReport',
    action: 'snapshots.read',
    method: 'get',
    path: '/feeds/:name/snapshot-report',
    summary:
      'New and old courses, courses that are left out, and new, old, moved and conflicting students of a snapshot. A page may hold fewer than asked for; `next` says whether there are more.',
    query: { ...paging, ...run },
    success: { status: 200, doc: 'A page of findings, and the run that they are of.', schema: 'SnapshotReport' },
    problems: ['invalid-request', 'unknown-object', 'forbidden'],
    async handle({ sync, roster }, { context, id, query: { limit, ...rest } }) {
      return answerOf(await snapshotReport({ sync, roster }, context, id, { ...present(rest), limit }));
    },
  }),
  route({
    id: 'downloadSnapshotReport',
    action: 'snapshots.read',
    method: 'get',
    path: '/feeds/:name/snapshot-report.csv',
    summary: 'The same as CSV: finding, of, id, line, detail.',
    query: run,
    success: { status: 200, doc: 'The findings.', content: csv },
    problems: ['unknown-object', 'forbidden'],
    async handle({ sync, roster }, { context, id, query }) {
      const text = await snapshotReportCsv({ sync, roster }, context, id, present(query));
      return text.ok ? streamed(text.value, csv, `snapshot-${id}.csv`) : text;
    },
  }),
];
