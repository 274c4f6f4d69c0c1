import { failed } from '../../base/result.ts';
import { answered, answerOf } from '../answer.ts';
import { route } from '../route.ts';
import { dropCookie, tokenIn } from './cookie.ts';
import { startedAnswer } from './started.ts';

const bodyProblems = ['invalid-request', 'unreadable-input', 'too-large', 'unsupported-media-type'] as const;
const noSession = failed('conflict', 'This works in a session only: sign in at /api/v1/session.');

/** What people do with their own session and account, and admins with those of others. */
export const sessionRoutes = [
  route({
    id: 'getSession',
    action: 'account.own',
    method: 'get',
    path: '/session',
    summary: 'Who one is, and the token that requests which change something carry in X-CSRF-Token.',
    query: {},
    success: { status: 200, doc: 'The own session.', schema: 'OwnSession' },
    problems: ['conflict'],
    async handle({ sessions }, { context, request }) {
      const session = await sessions.own(context);
      const found = await sessions.find(tokenIn(request) ?? '', context.caller);
      if (session === undefined || !found.ok) return noSession;
      return answered({ ...session, csrfToken: found.value.csrfToken });
    },
  }),
  route({
    id: 'endSession',
    action: 'account.own',
    method: 'delete',
    path: '/session',
    summary: 'Signs out: the session is over on the server, whoever has its cookie.',
    query: {},
    success: { status: 204, doc: 'It is over.' },
    problems: [],
    async handle({ sessions }, { context }) {
      await sessions.end(context);
      return { status: 204, headers: { 'Set-Cookie': dropCookie } };
    },
  }),
  route({
    id: 'confirmSession',
    action: 'account.own',
    method: 'post',
    path: '/session/confirm',
    summary:
      'Proves anew who one is, for ten minutes of what destroys something; cookie and X-CSRF-Token are others then.',
    query: {},
    body: 'Proof',
    success: { status: 200, doc: 'The session as it goes on.', schema: 'OwnSession' },
    problems: [...bodyProblems, 'conflict'],
    async handle({ sessions }, { context, body }) {
      const { password, code } = body as { readonly password: string; readonly code?: string };
      const confirmed = await sessions.confirm(context, { password, code });
      return confirmed.ok ? startedAnswer(confirmed.value, 200) : confirmed;
    },
  }),
  route({
    id: 'beginTotp',
    action: 'account.own',
    method: 'post',
    path: '/session/totp',
    summary: 'Begins to set up a second factor (RFC 6238): a secret for an app, told in this answer only.',
    query: {},
    success: { status: 200, doc: 'The secret, also as an address for apps.', schema: 'BegunTotp' },
    problems: ['conflict', 'already-exists', 'confirmation-needed'],
    fresh: true,
    handle: async ({ sessions }, { context }) => answerOf(await sessions.beginTotp(context)),
  }),
  route({
    id: 'confirmTotp',
    action: 'account.own',
    method: 'put',
    path: '/session/totp',
    summary: 'Ends the setting up by a code of the app; answers ten codes for who loses the device, told this once.',
    query: {},
    body: 'Code',
    success: { status: 200, doc: 'The recovery codes; each works once.', schema: 'RecoveryCodes' },
    problems: [...bodyProblems, 'conflict', 'invalid-data'],
    async handle({ sessions }, { context, body }) {
      return answerOf(await sessions.confirmTotp(context, (body as { readonly code: string }).code));
    },
  }),
  route({
    id: 'endTotp',
    action: 'account.own',
    method: 'delete',
    path: '/session/totp',
    summary: 'Takes the own second factor away.',
    query: {},
    success: { status: 204, doc: 'It is gone.' },
    problems: ['conflict', 'confirmation-needed'],
    fresh: true,
    async handle({ sessions }, { context }) {
      const done = await sessions.endTotp(context);
      return done.ok ? { status: 204 } : done;
    },
  }),
  route({
    id: 'listSessions',
    action: 'sessions.read',
    method: 'get',
    path: '/sessions',
    summary: 'Who is signed in, newest first.',
    query: {},
    success: { status: 200, doc: 'The sessions that have not ended.', schema: 'SessionList' },
    problems: [],
    handle: async ({ sessions }, { context }) => answered(await sessions.list(context)),
  }),
  route({
    id: 'endOtherSession',
    action: 'sessions.end',
    method: 'delete',
    path: '/sessions/:id',
    summary: 'Ends a session.',
    query: {},
    success: { status: 204, doc: 'It is over.' },
    problems: ['unknown-object'],
    async handle({ sessions }, { context, id }) {
      const gone = await sessions.endById(context, id);
      return gone.ok ? { status: 204 } : gone;
    },
  }),
];
