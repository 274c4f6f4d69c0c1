import { answerOf } from '../answer.ts';
import { route } from '../route.ts';

/** The gateway's own SFTP server. */
export const sftpRoutes = [
  route({
    id: 'getSftpServer',
    action: 'feeds.read',
    method: 'get',
    path: '/sftp',
    summary:
      'The port of the SFTP server, null where this gateway has none, and the fingerprints of its host keys, by which senders know it again.',
    query: {},
    success: { status: 200, doc: 'The port and the host keys.', schema: 'SftpServer' },
    problems: ['conflict'],
    async handle({ sftpDrop }) {
      return answerOf(await sftpDrop.info());
    },
  }),
];
