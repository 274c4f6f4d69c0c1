import type { MailWishes } from '../../roster/index.ts';
import { answerOf } from '../answer.ts';
import { route } from '../route.ts';

/** What persons want of mails (`feeds.md` 3.9, 3.15). */
export const preferenceRoutes = [
  route({
    id: 'getMailWishes',
    action: 'preferences.read',
    method: 'get',
    path: '/persons/:id/mail-wishes',
    summary: 'Whether a person wants no mails, and how often; `kept`: no file changes it.',
    query: {},
    success: { status: 200, doc: 'What the person wants.', schema: 'MailWishes' },
    problems: ['unknown-object'],
    async handle({ preferences }, { context, id }) {
      return answerOf(await preferences.get(context, id));
    },
  }),
  route({
    id: 'putMailWishes',
    action: 'preferences.write',
    method: 'put',
    path: '/persons/:id/mail-wishes',
    summary: 'Sets what a person wants of mails, and keeps it from files.',
    query: {},
    body: 'MailWishesChange',
    success: { status: 200, doc: 'What the person wants now.', schema: 'MailWishes' },
    problems: ['invalid-request', 'unreadable-input', 'too-large', 'unsupported-media-type', 'unknown-object'],
    async handle({ preferences }, { context, id, body }) {
      return answerOf(await preferences.put(context, id, body as Partial<MailWishes>));
    },
  }),
  route({
    id: 'linkMailWishes',
    action: 'preferences.link',
    method: 'post',
    path: '/persons/:id/mail-wishes-link',
    summary:
      'Makes a link by which a person reads and changes the own wishes without an account; for the foot of a mail.',
    query: { days: { kind: 'integer', min: 1, max: 400, fallback: 90, doc: 'How long it holds.' } },
    success: { status: 201, doc: 'The link; `url` is for GET and PUT.', schema: 'MailWishesLink' },
    problems: ['invalid-request', 'unknown-object'],
    async handle({ preferences, publicUrl }, { context, id, query: { days }, request }) {
      const made = await preferences.link(context, id, days);
      if (!made.ok) return made;
      const base = publicUrl?.replace(/\/+$/, '') ?? `${request.protocol}://${request.get('host') ?? ''}`;
      return { status: 201, body: { ...made.value, url: `${base}/preferences/${made.value.token}` } };
    },
  }),
  route({
    id: 'revokeMailWishesLinks',
    action: 'preferences.write',
    method: 'delete',
    path: '/persons/:id/mail-wishes-link',
    summary: 'Ends all links of a person that were made before.',
    query: {},
    success: { status: 204, doc: 'They are ended.' },
    problems: ['unknown-object'],
    async handle({ preferences }, { context, id }) {
      const revoked = await preferences.revoke(context, id);
      return revoked.ok ? { status: 204 } : revoked;
    },
  }),
];
