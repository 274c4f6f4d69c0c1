import { answered, answerOf } from '../answer.ts';
import { route } from '../route.ts';

/** Credentials and what they may do; never a secret. */
export const credentialRoutes = [
  route({
    id: 'listCredentials',
    method: 'get',
    path: '/credentials',
    summary: 'All credentials that have a name, without their secrets.',
    query: {},
    success: { status: 200, doc: 'The credentials.', schema: 'CredentialList' },
    problems: [],
    async handle({ credentials }, { context }) {
      return answered(await credentials.list(context));
    },
  }),
  route({
    id: 'allowDigest',
    method: 'put',
    path: '/credentials/:name/digest',
    summary: 'Lets a SOAP user log in by PasswordDigest; the password is then kept encrypted beside its hash.',
    query: {},
    body: 'OwnPassword',
    success: { status: 200, doc: 'The credential as it is now.', schema: 'Credential' },
    problems: [
      'unknown-object',
      'invalid-data',
      'invalid-request',
      'conflict',
      'unreadable-input',
      'too-large',
      'unsupported-media-type',
    ],
    async handle({ credentials }, { context, id, body }) {
      const { password } = body as { readonly password: string };
      return answerOf(await credentials.allowDigest(context, id, password));
    },
  }),
  route({
    id: 'denyDigest',
    method: 'delete',
    path: '/credentials/:name/digest',
    summary: 'Takes PasswordDigest away from a SOAP user and forgets the encrypted password.',
    query: {},
    success: { status: 200, doc: 'The credential as it is now.', schema: 'Credential' },
    problems: ['unknown-object', 'conflict'],
    async handle({ credentials }, { context, id }) {
      return answerOf(await credentials.denyDigest(context, id));
    },
  }),
];
