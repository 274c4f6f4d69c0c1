import { answerOf } from '../answer.ts';
import { paging, present } from '../parameters.ts';
import { route } from '../route.ts';

/** What people should look at before a feed's next file is taken in. */
export const feedReviewRoutes = [
  route({
    id: 'listHandEdits',
    action: 'records.read',
    method: 'get',
    path: '/feeds/:name/hand-edits',
    summary:
      'Records of a feed that were changed by hand since it sent them: its next file changes them again, but for fields that are locked.',
    query: paging,
    success: { status: 200, doc: 'A page of records, by guid.', schema: 'HandEditList' },
    problems: ['unknown-object', 'invalid-request'],
    async handle({ sync }, { context, id, query: { limit, ...rest } }) {
      return answerOf(await sync.handEdits(context, id, { ...present(rest), limit }));
    },
  }),
  route({
    id: 'getChecklist',
    action: 'feeds.read',
    method: 'get',
    path: '/feeds/:name/checklist',
    summary:
      'What a new or changed integration needs, ticked off as far as the gateway sees it: lasting keys, filters, archiving, subscribers, a test run.',
    query: {},
    success: { status: 200, doc: 'The points with their state.', schema: 'Checklist' },
    problems: ['unknown-object'],
    async handle({ sync }, { context, id }) {
      return answerOf(await sync.checklist(context, id));
    },
  }),
];
