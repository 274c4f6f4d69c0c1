import { answered, answerOf } from '../answer.ts';
import { route } from '../route.ts';

/** Settings of the tenant. */
export const settingsRoutes = [
  route({
    id: 'getSettings',
    action: 'settings.read',
    method: 'get',
    path: '/settings',
    summary: 'The settings of the tenant.',
    query: {},
    success: { status: 200, doc: 'The settings.', schema: 'Settings' },
    problems: [],
    async handle({ tenants }, { context }) {
      return answered(await tenants.settings(context.tenant));
    },
  }),
  route({
    id: 'putSettings',
    action: 'settings.write',
    method: 'put',
    path: '/settings',
    summary: 'Changes the settings that are named, the others stay.',
    query: {},
    body: 'SettingsChange',
    success: { status: 200, doc: 'All settings as they are now.', schema: 'Settings' },
    problems: ['invalid-request', 'unreadable-input', 'too-large', 'unsupported-media-type'],
    async handle({ tenants }, { context, body }) {
      return answerOf(await tenants.putSettings(context, body));
    },
  }),
];
