/** What somebody knows of an account; exactly one of the fields is there. */
export interface AccountName {
  /** OneRoster `sourcedId`. */
  readonly sourcedId?: string;
  /** The sender's id in the caller's namespace, or a guid. */
  readonly id?: string;
  /** In any case. */
  readonly username?: string;
  /** In any case. */
  readonly email?: string;
}

/** What an account can be. */
export const accountStates = ['active', 'disabled', 'trashed', 'unknown', 'ambiguous'] as const;

/** How an account stands: only an `active` one is to be let in. */
export interface AccountStatus {
  /**
   * `disabled`: its feed lists the person no more, or says that the account is off; `trashed`: removed, and kept for a time;
   * `unknown`: there is none, or it was purged; `ambiguous`: several have the user name or e-mail.
   */
  readonly status: (typeof accountStates)[number];
  /** trashed: since when; active, disabled: at least since then, the person's last change. ISO 8601. */
  readonly since: string | null;
  readonly guid: string | null;
  readonly sourcedId: string | null;
}

/** An account that has changed, as it stands now; `unknown`: it is gone. */
export interface ChangedAccount extends AccountStatus {
  /** When, ISO 8601. */
  readonly changedAt: string;
}

/** Accounts that have changed after a time. */
export interface ChangedAccounts {
  readonly items: readonly ChangedAccount[];
  /** What to ask with next. */
  readonly until: string;
  /** Whether there are others already. */
  readonly more: boolean;
}

/** A person who has an identifier. */
export interface IdentifiedPerson {
  readonly guid: string;
  readonly imsId: string;
  readonly sourcedId: string;
  readonly state: string;
  /** What of the person the identifier is. */
  readonly types: readonly string[];
}

/** A person who has an e-mail: guid and keys. */
export interface EmailHolder {
  readonly guid: string;
  readonly keys: readonly string[];
}
