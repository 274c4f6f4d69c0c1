import { failed, ok, type Result } from '../../base/result.ts';

/** A mail to one address. */
export interface Mail {
  readonly to: string;
  /** No line ends, no text of users. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly date: Date;
  /** Names the mail, without the domain: the same mail sent twice is seen as one. */
  readonly id: string;
  /** Address that ends the subscription by one POST (RFC 8058). */
  readonly unsubscribe?: string;
}

/** Sends mails. */
export interface Mailer {
  /** Resolves when the server has taken the mail. Problem: busy (it was not taken; the server's code, never the address). */
  send(mail: Mail): Promise<Result<null>>;
}

/** Where mails go. */
export interface SmtpSettings {
  /** `smtp://` or `smtps://` with user and password; its query may hold options of nodemailer, as `?requireTLS=true`. */
  readonly url: string;
  /** The sender: an address, or `Name <address>`. */
  readonly from: string;
}

/** Milliseconds that the server has for each step. */
const waitMs = 20_000;

/** Makes a {@link Mailer} for one SMTP server; each mail has a connection of its own. */
export function makeMailer({ url, from }: SmtpSettings): Mailer {
  const domain = /@([A-Za-z0-9.-]+)>?$/.exec(from.trim())?.[1] ?? 'localhost';
  return {
    async send({ to, subject, text, html, date, id, unsubscribe }) {
      // Loaded with the first mail: most gateways of a test, and the command line, send none.
      const { createTransport } = await import('nodemailer');
      const transport = createTransport({
        url,
        connectionTimeout: waitMs,
        greetingTimeout: waitMs,
        socketTimeout: waitMs,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      try {
        await transport.sendMail({
          from,
          to: { name: '', address: to },
          subject,
          text,
          html,
          date,
          messageId: `<${id}@${domain}>`,
          headers: {
            'Auto-Submitted': 'auto-generated',
            ...(unsubscribe === undefined
              ? {}
              : {
                  'List-Unsubscribe': { prepared: true, value: `<${unsubscribe}>` },
                  'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
                }),
          },
        });
        return ok(null);
      } catch (error) {
        const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
        // What the server says may hold the address.
        const said = [code, responseCode].filter((part) => typeof part === 'string' || typeof part === 'number');
        return failed('busy', `The mail server has not taken the mail (${said.join(' ') || 'no code'}).`);
      } finally {
        transport.close();
      }
    },
  };
}
