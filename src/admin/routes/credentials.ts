import type { CredentialChange, NewCredential } from '../../roster/index.ts';
import { answered, answerOf } from '../answer.ts';
import { route } from '../route.ts';

const bodyProblems = ['invalid-request', 'unreadable-input', 'too-large', 'unsupported-media-type'] as const;

/** Credentials and what they may do; a secret is told only where it is made. */
export const credentialRoutes = [
  route({
    id: 'listCredentials',
    action: 'credentials.read',
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
    id: 'createCredential',
    action: 'credentials.write',
    method: 'post',
    path: '/credentials',
    fresh: true,
    summary:
      'Makes a credential of a SOAP user, OneRoster client or admin, an API key or an SFTP account; its secret is told in this answer only. An SFTP account with public keys has none.',
    query: {},
    body: 'NewCredential',
    success: { status: 201, doc: 'The credential with its secret.', schema: 'MadeCredential' },
    problems: ['confirmation-needed', ...bodyProblems, 'already-exists', 'invalid-data'],
    async handle({ credentials }, { context, body }) {
      const made = await credentials.create(context, body as NewCredential);
      return made.ok ? { status: 201, body: made.value } : made;
    },
  }),
  route({
    id: 'changeCredential',
    action: 'credentials.write',
    method: 'put',
    path: '/credentials/:name',
    fresh: true,
    summary:
      'Changes the role, end, networks, feeds or public keys of a credential, or disables it; what is absent stays, null takes a limit away. It holds at once.',
    query: {},
    body: 'CredentialChange',
    success: { status: 200, doc: 'The credential as it is now.', schema: 'Credential' },
    problems: ['confirmation-needed', ...bodyProblems, 'unknown-object', 'invalid-data', 'conflict'],
    async handle({ credentials }, { context, id, body }) {
      return answerOf(await credentials.change(context, id, body as CredentialChange));
    },
  }),
  route({
    id: 'renewSecret',
    action: 'credentials.write',
    method: 'post',
    path: '/credentials/:name/secret',
    fresh: true,
    summary:
      'Gives a credential another secret, told in this answer only; the old one ends at once with its tokens, digests and signatures.',
    query: {},
    success: { status: 200, doc: 'The credential with its new secret.', schema: 'MadeCredential' },
    problems: ['confirmation-needed', 'unknown-object', 'conflict'],
    async handle({ credentials }, { context, id }) {
      return answerOf(await credentials.renew(context, id));
    },
  }),
  route({
    id: 'deleteCredential',
    action: 'credentials.write',
    method: 'delete',
    path: '/credentials/:name',
    fresh: true,
    summary: 'Deletes a credential and its tokens at once; what it has written stays.',
    query: {},
    success: { status: 204, doc: 'It is gone.' },
    problems: ['confirmation-needed', 'unknown-object', 'conflict'],
    async handle({ credentials }, { context, id }) {
      const removed = await credentials.remove(context, id);
      return removed.ok ? { status: 204 } : removed;
    },
  }),
  route({
    id: 'putScopes',
    action: 'credentials.write',
    method: 'put',
    path: '/credentials/:name/scopes',
    summary: 'Sets the scopes that a OneRoster client may have, by address or by name; tokens lose others at once.',
    query: {},
    body: 'Scopes',
    success: { status: 200, doc: 'The credential as it is now.', schema: 'Credential' },
    problems: [...bodyProblems, 'unknown-object', 'invalid-data', 'conflict'],
    async handle({ credentials }, { context, id, body }) {
      const { scopes } = body as { readonly scopes: readonly string[] };
      return answerOf(await credentials.putScopes(context, id, scopes));
    },
  }),
  route({
    id: 'allowOauth1',
    action: 'credentials.write',
    method: 'put',
    path: '/credentials/:name/oauth1',
    summary:
      'Lets a OneRoster client sign its requests by OAuth 1.0a; the secret is then kept encrypted beside its hash.',
    query: {},
    body: 'OwnSecret',
    success: { status: 200, doc: 'The credential as it is now.', schema: 'Credential' },
    problems: [...bodyProblems, 'unknown-object', 'invalid-data', 'conflict'],
    async handle({ credentials }, { context, id, body }) {
      const { secret, sha1 } = body as { readonly secret: string; readonly sha1?: boolean };
      return answerOf(await credentials.allowOauth1(context, id, secret, sha1 === true));
    },
  }),
  route({
    id: 'denyOauth1',
    action: 'credentials.write',
    method: 'delete',
    path: '/credentials/:name/oauth1',
    summary: 'Takes signed requests away from a OneRoster client and forgets the encrypted secret.',
    query: {},
    success: { status: 200, doc: 'The credential as it is now.', schema: 'Credential' },
    problems: ['unknown-object', 'conflict'],
    async handle({ credentials }, { context, id }) {
      return answerOf(await credentials.denyOauth1(context, id));
    },
  }),
  route({
    id: 'allowDigest',
    action: 'credentials.write',
    method: 'put',
    path: '/credentials/:name/digest',
    summary: 'Lets a SOAP user log in by PasswordDigest; the password is then kept encrypted beside its hash.',
    query: {},
    body: 'OwnPassword',
    success: { status: 200, doc: 'The credential as it is now.', schema: 'Credential' },
    problems: [...bodyProblems, 'unknown-object', 'invalid-data', 'conflict'],
    async handle({ credentials }, { context, id, body }) {
      const { password } = body as { readonly password: string };
      return answerOf(await credentials.allowDigest(context, id, password));
    },
  }),
  route({
    id: 'denyDigest',
    action: 'credentials.write',
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
