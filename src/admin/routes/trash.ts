import { recordTypes } from '../../model/index.ts';
import type { TrashSearch } from '../../roster/index.ts';
import { endedRun } from '../../sync/index.ts';
import { answered, answerOf } from '../answer.ts';
import { paging, present } from '../parameters.ts';
import { route } from '../route.ts';

/** The trash: searched, restored from, purged (decisions 2.2 to 2.5). */
export const trashRoutes = [
  route({
    id: 'listTrash',
    action: 'trash.read',
    method: 'get',
    path: '/trash',
    summary: 'What is in the trash, newest first, with when, by whom and by which run.',
    query: {
      q: {
        kind: 'text',
        max: 256,
        doc: 'The beginning of a name or id, in any case; of a membership also `member in group`, or the beginning of either id.',
      },
      type: { kind: 'choice', choices: recordTypes, doc: 'Only records of this type.' },
      run: { kind: 'text', max: 64, doc: 'Only what this run removed.' },
      ...paging,
    },
    success: { status: 200, doc: 'A page of the trash.', schema: 'TrashList' },
    problems: ['invalid-request'],
    async handle({ trash }, { context, query: { q, type, run, limit, cursor } }) {
      return answerOf(await trash.list(context, { ...present({ q, type, run, cursor }), limit }));
    },
  }),
  route({
    id: 'listArchived',
    action: 'records.read',
    method: 'get',
    path: '/archived',
    summary: 'Archived courses, newest first; they are restored as records in the trash are.',
    query: {
      q: { kind: 'text', max: 256, doc: 'The beginning of a title or id, in any case.' },
      ...paging,
    },
    success: { status: 200, doc: 'A page of the archive.', schema: 'ArchivedList' },
    problems: ['invalid-request'],
    async handle({ trash }, { context, query: { q, limit, cursor } }) {
      return answerOf(await trash.archived(context, { ...present({ q, cursor }), limit }));
    },
  }),
  route({
    id: 'restoreTrash',
    action: 'trash.restore',
    method: 'post',
    path: '/trash/restore',
    summary:
      'Brings records back with what went with them: those named, all that a run removed, or all that a search finds.',
    query: {},
    body: 'Restore',
    success: {
      status: 200,
      doc: 'One result per record: restored or not, what came with it, what could not and why.',
      schema: 'RestoreResults',
    },
    problems: [
      'invalid-request',
      'unreadable-input',
      'unknown-object',
      'conflict',
      'too-large',
      'unsupported-media-type',
    ],
    async handle({ sync, trash }, { context, body }) {
      // The schema has exactly one of the three.
      const what = body as { ids: string[] } | { run: string } | { search: TrashSearch };
      const named = 'run' in what ? what.run : 'search' in what ? what.search.run : undefined;
      const run = named === undefined ? undefined : await endedRun(sync, context, named);
      if (run?.ok === false) return run;
      return answered({ items: await trash.restore(context, what) });
    },
  }),
  route({
    id: 'purgeTrash',
    action: 'trash.purge',
    method: 'delete',
    path: '/trash/:id',
    fresh: true,
    summary: 'Deletes a record in the trash for good; before its quarantine ends only by force.',
    query: { force: { kind: 'flag', doc: 'Purge although the quarantine is not over.' } },
    success: { status: 204, doc: 'It is gone.' },
    problems: ['confirmation-needed', 'unknown-object', 'not-in-trash', 'in-quarantine', 'conflict', 'invalid-request'],
    async handle({ trash }, { context, id, query }) {
      const purged = await trash.purge(context, id, query.force);
      return purged.ok ? { status: 204 } : purged;
    },
  }),
];
