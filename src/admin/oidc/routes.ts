import { answerOf } from '../answer.ts';
import { route } from '../route.ts';

/** By which provider people of the tenant sign in. */
export const providerRoutes = [
  route({
    id: 'getProvider',
    action: 'settings.read',
    method: 'get',
    path: '/sign-in/oidc',
    summary: 'By which provider of OpenID Connect people sign in, and which groups have which role.',
    query: {},
    success: { status: 200, doc: 'The settings, without the client’s secret.', schema: 'Provider' },
    problems: ['unknown-object'],
    handle: async ({ providers }, { context }) => answerOf(await providers.settings(context)),
  }),
  route({
    id: 'putProvider',
    action: 'settings.write',
    method: 'put',
    path: '/sign-in/oidc',
    fresh: true,
    summary: 'Sets the provider as a whole; `clientSecret` may be left out while issuer and client stay the same.',
    query: {},
    body: 'ProviderSettings',
    success: { status: 200, doc: 'The settings as they are now.', schema: 'Provider' },
    problems: ['confirmation-needed', 'invalid-request', 'unreadable-input', 'too-large', 'unsupported-media-type'],
    handle: async ({ providers }, { context, body }) => answerOf(await providers.putSettings(context, body)),
  }),
  route({
    id: 'deleteProvider',
    action: 'settings.write',
    method: 'delete',
    path: '/sign-in/oidc',
    fresh: true,
    summary: 'Ends sign-in by the provider.',
    query: {},
    success: { status: 204, doc: 'It is ended.' },
    problems: ['confirmation-needed', 'unknown-object'],
    async handle({ providers }, { context }) {
      const removed = await providers.removeSettings(context);
      return removed.ok ? { status: 204 } : removed;
    },
  }),
];
