import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

/** A mail as it came. */
export interface CaughtMail {
  /** Addresses of the envelope. */
  readonly to: readonly string[];
  readonly from: string;
  readonly source: string;
  readonly parsed: ParsedMail;
}

/** A mail server that keeps what it gets. */
export interface MailServer {
  /** `smtp://` with user and password. */
  readonly url: string;
  readonly mails: CaughtMail[];
  /** Addresses that it does not take. */
  readonly refused: Set<string>;
  close(): Promise<void>;
}

/** Starts a mail server on a port of this machine. */
export async function startMailServer(): Promise<MailServer> {
  const mails: CaughtMail[] = [];
  const refused = new Set<string>();
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth({ username, password }, _session, done) {
      if (username === 'gateway' && password === 'secret-of-mails') done(null, { user: 'gateway' });
      else done(new Error('wrong password'));
    },
    onRcptTo({ address }, _session, done) {
      done(refused.has(address) ? Object.assign(new Error(`no ${address} here`), { responseCode: 550 }) : null);
    },
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const source = Buffer.concat(chunks);
        void simpleParser(source).then((parsed) => {
          const to = envelope.rcptTo.map(({ address }) => address);
          const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
          mails.push({ to, from, source: source.toString('utf8'), parsed });
          done();
        }, done);
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://gateway:secret-of-mails@127.0.0.1:${port}`,
    mails,
    refused,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
