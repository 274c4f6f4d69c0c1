import { sha256 } from '../../base/ids.ts';
import type { SubscriberRow } from '../../store/index.ts';
import { htmlText, type MailContent, plainText } from '../mail/content.ts';
import type { Mail } from '../mail/smtp.ts';

/** The mail that asks whether somebody wants mails about a feed; `asked`: when it was asked for. */
export function confirmationMail(
  { tenant, feed, id }: SubscriberRow,
  asked: Date,
  link: string,
): Pick<Mail, 'subject' | 'text' | 'html' | 'id'> {
  const content: MailContent = {
    title: `Feed ${feed}: confirm your subscription`,
    parts: [
      {
        heading: 'What',
        lines: [`Somebody has asked that mails about the feed ${feed} of ${tenant} go to this address.`],
      },
      {
        heading: 'What to do',
        lines: [
          'If it was you, follow the link within two days and press the button there.',
          'If it was not, do nothing: no more mails will come.',
        ],
      },
    ],
    links: [{ words: 'Confirm the subscription', address: link }],
    foot: [],
  };
  return {
    subject: `[Rostergate] ${content.title}`,
    text: plainText(content),
    html: htmlText(content),
    id: sha256(['confirm', tenant, id, asked.toISOString()].join('\n')).slice(0, 40),
  };
}
