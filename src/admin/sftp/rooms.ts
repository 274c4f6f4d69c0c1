import type { Result } from '../../base/result.ts';

/** What the SFTP server's route needs. */
export interface SftpServerRoom {
  /** How the server is reached, and the host keys by which senders know it again. */
  info(): Promise<
    Result<{
      readonly port: number | null;
      readonly hostKeys: readonly {
        readonly type: string;
        readonly fingerprint: string;
        readonly publicKey: string;
      }[];
    }>
  >;
}
