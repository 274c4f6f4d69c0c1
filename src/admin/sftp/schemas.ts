import { count, object, orNull, text } from '../schema-parts.ts';

/** What senders need to know of the SFTP server. */
export const sftpSchemas = {
  SftpServer: object({
    port: orNull(count),
    hostKeys: { type: 'array', items: object({ type: text, fingerprint: text, publicKey: text }) },
  }),
} as const;
