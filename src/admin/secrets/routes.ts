import { answered, answerOf } from '../answer.ts';
import { route } from '../route.ts';

/** The key of stored secrets, for operators of the gateway. */
export const secretsRoutes = [
  route({
    id: 'getSecretsStatus',
    action: 'secrets.read',
    method: 'get',
    path: '/secrets',
    summary: 'How many stored secrets are sealed with which key, over all tenants; never a secret or a key.',
    query: {},
    success: { status: 200, doc: 'The counts by key id.', schema: 'SecretsStatus' },
    problems: [],
    async handle({ secrets }) {
      return answered(await secrets.status());
    },
  }),
  route({
    id: 'rotateSecrets',
    action: 'secrets.write',
    method: 'post',
    path: '/secrets/rotate',
    summary:
      'Seals every stored secret with the key that seals now; a gateway that keeps its key in the data folder makes another one first. Goes on with a rotation that was interrupted.',
    query: {},
    success: { status: 200, doc: 'What was sealed anew, and the counts by key id.', schema: 'SecretsRotation' },
    problems: ['storage-full'],
    async handle({ secrets }) {
      return answerOf(await secrets.rotate());
    },
  }),
];
