import { mailFrequencies } from '../../model/index.ts';
import { flag, object, text, time } from '../schema-parts.ts';

const wishes = { optOut: flag, frequency: { enum: [...mailFrequencies] } };

/** What persons want of mails. */
export const preferenceSchemas = {
  MailWishesChange: { ...object(wishes, Object.keys(wishes)), minProperties: 1 },
  MailWishes: object({ guid: text, ...wishes, kept: flag }),
  MailWishesLink: object({ guid: text, token: text, url: text, expiresAt: time }),
} as const;
