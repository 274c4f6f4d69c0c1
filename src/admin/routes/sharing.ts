import type { Sharing } from '../../roster/index.ts';
import { answerOf } from '../answer.ts';
import { route } from '../route.ts';

/** What of the tenant a OneRoster client may see. */
export const sharingRoutes = [
  route({
    id: 'getSharing',
    action: 'credentials.read',
    method: 'get',
    path: '/credentials/:name/sharing',
    summary: 'What of the tenant a OneRoster client may see; no rules: all of it.',
    query: {},
    success: { status: 200, doc: 'The rules.', schema: 'Sharing' },
    problems: ['unknown-object'],
    async handle({ credentials }, { context, id }) {
      return answerOf(await credentials.sharing(context, id));
    },
  }),
  route({
    id: 'putSharing',
    action: 'credentials.write',
    method: 'put',
    path: '/credentials/:name/sharing',
    summary: 'Sets what of the tenant a OneRoster client may see, all rules at once; its next request goes by them.',
    query: {},
    body: 'Sharing',
    success: { status: 200, doc: 'The rules as they are now.', schema: 'Sharing' },
    problems: [
      'invalid-request',
      'unreadable-input',
      'too-large',
      'unsupported-media-type',
      'unknown-object',
      'conflict',
    ],
    async handle({ credentials }, { context, id, body }) {
      return answerOf(await credentials.putSharing(context, id, body as Sharing));
    },
  }),
  route({
    id: 'deleteSharing',
    action: 'credentials.write',
    method: 'delete',
    path: '/credentials/:name/sharing',
    summary: 'Takes all rules away: the client may see all of the tenant.',
    query: {},
    success: { status: 204, doc: 'There are no rules.' },
    problems: ['unknown-object', 'conflict'],
    async handle({ credentials }, { context, id }) {
      const changed = await credentials.putSharing(context, id, {});
      return changed.ok ? { status: 204 } : changed;
    },
  }),
  route({
    id: 'previewSharing',
    action: 'credentials.read',
    method: 'get',
    path: '/credentials/:name/preview',
    summary:
      'What a OneRoster client sees: how many objects of each collection, the first of them, and what is left out.',
    query: {},
    success: { status: 200, doc: 'What it sees.', schema: 'SharingPreview' },
    problems: ['unknown-object'],
    async handle({ credentials }, { context, id }) {
      return answerOf(await credentials.previewSharing(context, id));
    },
  }),
];
