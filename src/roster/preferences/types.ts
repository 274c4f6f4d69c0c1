import type { Result } from '../../base/result.ts';
import type { mailFrequencies } from '../../model/index.ts';
import type { Caller, Context } from '../context.ts';

/** What a person wants of mails. */
export interface MailWishes {
  /** Whether no mails are to be sent. */
  readonly optOut: boolean;
  readonly frequency: (typeof mailFrequencies)[number];
}

/** {@link MailWishes} of a person. */
export interface PersonMailWishes extends MailWishes {
  readonly guid: string;
  /** Whether the person or an administrator has said so: no file changes it any more. */
  readonly kept: boolean;
}

/** A link by which a person reads and changes the own wishes without an account. */
export interface MailWishesLink {
  readonly guid: string;
  /** What stands behind `/preferences/`. */
  readonly token: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** Wishes of persons about mails (`feeds.md` 3.9, 3.15); ids are guids, senders' ids or OneRoster ids. Problem of all: unknown-object. */
export interface PreferencesRoom {
  get(context: Context, id: string): Promise<Result<PersonMailWishes>>;
  /** Sets them and keeps them from files. */
  put(context: Context, id: string, wishes: Partial<MailWishes>): Promise<Result<PersonMailWishes>>;
  link(context: Context, id: string, days: number): Promise<Result<MailWishesLink>>;
  /** Ends all links of a person that were made before. */
  revoke(context: Context, id: string): Promise<Result<PersonMailWishes>>;
  /** By the person's link. */
  read(token: string): Promise<Result<MailWishes>>;
  /** By the person's link; it goes on record. */
  write(token: string, wishes: Partial<MailWishes>, caller: Caller): Promise<Result<MailWishes>>;
}
