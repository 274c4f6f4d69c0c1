import { unmappedCsv } from '../../sync/index.ts';
import { answerOf, streamed } from '../answer.ts';
import { paging, present } from '../parameters.ts';
import { route } from '../route.ts';

const csv = 'text/csv; charset=utf-8';

/** What the settings of a list say nothing of. */
export const unmappedRoutes = [
  route({
    id: 'listUnmapped',
    action: 'reports.read',
    method: 'get',
    path: '/feeds/:name/unmapped',
    summary:
      'Columns and values of the last file of a list that the feed’s settings say nothing of, with their rows and the setting that an entry is to be added to. A file of a held or dry run counts too.',
    query: paging,
    success: {
      status: 200,
      doc: 'A page of columns and values, and the run that has read them.',
      schema: 'UnmappedList',
    },
    problems: ['invalid-request', 'unknown-object', 'forbidden', 'conflict'],
    async handle({ sync }, { context, id, query: { limit, ...rest } }) {
      return answerOf(await sync.unmapped(context, id, { ...present(rest), limit }));
    },
  }),
  route({
    id: 'downloadUnmapped',
    action: 'reports.read',
    method: 'get',
    path: '/feeds/:name/unmapped.csv',
    summary: 'The same as CSV: column, value, rows, line, setting, entry (as JSON).',
    query: {},
    success: { status: 200, doc: 'The columns and values.', content: csv },
    problems: ['unknown-object', 'forbidden', 'conflict'],
    async handle({ sync }, { context, id }) {
      const text = await unmappedCsv(sync, context, id);
      return text.ok ? streamed(text.value, csv, `unmapped-${id}.csv`) : text;
    },
  }),
];
