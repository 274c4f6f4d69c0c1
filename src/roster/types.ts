import type { Result } from '../base/result.ts';
import type { RecordType, StoredRecord } from '../model/index.ts';
import type { Change, ChangeResult, Checkpoint, Effect, ListedEffect } from './change.ts';
import type { Caller, Context } from './context.ts';
import type {
  FormerPerson,
  ListQuery,
  LogStretch,
  Page,
  PageQuery,
  Parent,
  ReferenceName,
  RelatedFrom,
  RunCursor,
  RunStretch,
  ScanQuery,
  ServedId,
  Tombstone,
  View,
  ViewItem,
} from './query.ts';
import type {
  AccountName,
  AccountStatus,
  ChangedAccounts,
  EmailHolder,
  IdentifiedPerson,
} from './read/accounts/types.ts';

/** The single door for reads and writes of the roster. */
export interface Roster {
  /**
   * Applies changes in order, in one transaction with whatever else waits for the same tenant, and answers one result
   * per change in order. At most 1,000 changes. Expected failures are results; a throw is a defect or a lost database, or
   * comes from the checkpoint.
   */
  execute(context: Context, changes: readonly Change[], checkpoint?: Checkpoint): Promise<ChangeResult[]>;

  /** What {@link Roster.execute} would answer now; reads only, takes no lock, writes nothing. */
  rehearse(context: Context, changes: readonly Change[]): Promise<ChangeResult[]>;

  /**
   * As {@link Roster.rehearse}, with every record that would become another, cascades included: what a held run or a dry
   * run shows. Passwords in it are masked. `listed` are the records that a feed would begin or cease to list, those of
   * which nothing else changes among them.
   */
  preview(
    context: Context,
    changes: readonly Change[],
  ): Promise<{ readonly results: ChangeResult[]; readonly effects: Effect[]; readonly listed: ListedEffect[] }>;

  /** The guids that changes would have in an empty roster, without asking the store (decisions 1.1). */
  guidsOf(context: Context, changes: readonly Change[]): Promise<string[]>;

  /** Whether the tenant has no person, group or membership at all, trashed and expected ones included. */
  isEmpty(context: Context): Promise<boolean>;

  /** Guids of the active memberships of a group that a feed lists. */
  listedMembers(context: Context, group: string, feed: string): Promise<string[]>;

  /** The active memberships of persons, by their guids, that a feed lists, with their groups; at most 1,000 persons. */
  listedMemberships(
    context: Context,
    persons: readonly string[],
    feed: string,
  ): Promise<{ readonly guid: string; readonly group: string }[]>;

  /** Kept counts of the tenant by name, as `view.user` or `feed.default.person`; zero where absent. */
  counts(context: Context): Promise<(name: string) => number>;

  /** Memberships that wait for a group or person, with what they wait for (decisions 1.7). */
  waiting(
    context: Context,
    query: { readonly limit: number; readonly cursor?: string },
  ): Promise<{ items: StoredRecord<'membership'>[]; total: number; next: string | null }>;

  /**
   * Records by key or guid, in order; undefined for what is unknown, expected, or (unless asked) trashed. `asOf`: as they
   * were at the sequence number of a page, or later; groups that were read for it already are not read again.
   */
  find<T extends RecordType>(
    context: Context,
    type: T,
    references: readonly string[],
    options?: { readonly trashed?: boolean; readonly asOf?: number },
  ): Promise<(StoredRecord<T> | undefined)[]>;

  /** Active memberships of a person (as member) or of a group (as group), by guid, oldest first. */
  membershipsOf(
    context: Context,
    end: { readonly person: string } | { readonly group: string },
  ): Promise<StoredRecord<'membership'>[]>;

  /** A page of all records of a type, and the number of all that match. */
  list<T extends RecordType>(
    context: Context,
    type: T,
    query: ListQuery,
  ): Promise<{ readonly items: readonly StoredRecord<T>[]; readonly total: number }>;

  /** Relationships that other records of the type name to these, by the guid of the record meant. */
  related(
    context: Context,
    type: 'person' | 'group',
    guids: readonly string[],
  ): Promise<Map<string, readonly RelatedFrom[]>>;

  /**
   * What changed after a sequence number: persons, groups and memberships whose data, state or ids changed, about `limit`
   * of them; a transaction is never cut in two.
   */
  changesAfter(context: Context, sequence: number, limit: number): Promise<LogStretch>;

  /** All records of a type in batches, in the order of their guids, read as they are met; memory stays flat. */
  scan<T extends RecordType>(context: Context, type: T, query: ScanQuery): AsyncGenerator<readonly StoredRecord<T>[]>;

  /** Active memberships of groups, group by group in the order of the guids, in batches; memory stays flat. */
  membersOf(context: Context, groups: readonly string[]): AsyncGenerator<readonly StoredRecord<'membership'>[]>;

  /** What was purged after a time, while tombstones are kept (decisions 2.5), in batches. */
  purgedAfter(context: Context, time: Date): AsyncGenerator<readonly Tombstone[]>;

  /** What persons had before changes after a time, by the change log, in batches: roles, profiles, demographics. */
  formerPersons(context: Context, time: Date): AsyncGenerator<readonly FormerPerson[]>;

  /** Names of OneRoster metadata that active records of a view have, in order, 400 at the most (OneRoster `metadata`). */
  metadataNames(context: Context, view: View): Promise<string[]>;

  /** What a run has changed, in order, as the change log has it (decisions 3.3), in stretches. */
  changesOfRun(context: Context, run: string, after?: RunCursor): AsyncGenerator<RunStretch>;

  /**
   * Guids of the given records that others than the runs have written after the sequence number, with the stored fields
   * that they changed (derived ones left out).
   */
  changedSince(
    context: Context,
    sequence: number,
    runs: string | readonly string[],
    guids: ReadonlySet<string>,
  ): Promise<Map<string, ReadonlySet<string>>>;

  /**
   * Of some records who has changed them last that is no feed, when, and which fields; records that only feeds have changed of
   * late are left out.
   */
  handChanges(
    context: Context,
    guids: ReadonlySet<string>,
  ): Promise<Map<string, { readonly at: Date; readonly writer: string; readonly fields: readonly string[] }>>;

  /** Persons in use who have one of some e-mails, given in lower case, by e-mail. */
  emailHolders(context: Context, emails: readonly string[]): Promise<Map<string, EmailHolder[]>>;

  /**
   * Persons who have an identifier: user name, e-mail, `identifier`, `userMasterIdentifier` in any case, or a user id of any
   * type, exactly; with `type` only of that. National identity numbers are looked for where `nationalIds` says so.
   */
  byIdentifier(
    context: Context,
    asked: { readonly identifier: string; readonly type?: string; readonly nationalIds: boolean },
  ): Promise<IdentifiedPerson[]>;

  /** How accounts stand, in the order of the names. */
  accountStatus(context: Context, asked: readonly AccountName[]): Promise<AccountStatus[]>;
  /**
   * Accounts of persons that have changed after a time, the oldest first, about `limit` of them: what was changed together is
   * told together. Problem: invalid-request (no time).
   */
  accountsChanged(
    context: Context,
    query: { readonly changedSince: string; readonly limit: number },
  ): Promise<Result<ChangedAccounts>>;

  /** Names of referenced records by guid; expected ones too. */
  names<T extends RecordType>(
    context: Context,
    type: T,
    guids: readonly string[],
  ): Promise<Map<string, ReferenceName<T>>>;

  /** By what id OneRoster shows referenced records, by guid; expected ones too. `asOf` as in {@link Roster.find}. */
  servedIds(
    context: Context,
    type: RecordType,
    guids: readonly string[],
    asOf?: number,
  ): Promise<ReadonlyMap<string, ServedId>>;

  /**
   * The records that a nested path of OneRoster names by `sourcedId`, outermost first; undefined where one is unknown or
   * does not lie in the one before it (a class of another school, a line item of another class).
   */
  parents(
    context: Context,
    named: readonly { readonly view: View; readonly sourcedId: string }[],
  ): Promise<readonly Parent[] | undefined>;

  /** The ids of the orgs and sessions right below others that are there, by the guid of the one above. */
  children(context: Context, guids: readonly string[]): Promise<Map<string, readonly ServedId[]>>;

  /** A page of a OneRoster view, trashed and archived records included. */
  page(context: Context, query: PageQuery): Promise<Page>;

  /** One item of a OneRoster view by `sourcedId`. */
  served(context: Context, view: View, sourcedId: string): Promise<ViewItem | undefined>;

  /** Whether somebody else than a run has read or written records within the last second: runs then work in small pieces. */
  inUse(): boolean;

  /** Resolves when the calls that others wait for now have ended, after so many milliseconds at the latest. */
  settled(longestMs: number): Promise<void>;
}

/** A OneRoster client's token as issued. */
export interface IssuedToken {
  readonly token: string;
  /** Seconds. */
  readonly expiresIn: number;
  readonly scopes: readonly string[];
}

/** The proof that a UsernameToken with PasswordDigest carries; all as it came on the wire. */
export interface PasswordDigest {
  /** Base64 of SHA-1 of nonce, created and password. */
  readonly digest: string;
  /** Base64. */
  readonly nonce: string;
  /** xs:dateTime. */
  readonly created: string;
}

/** What a signed request proves itself with (RFC 5849); the base string is made from the request. */
export interface SignatureProof {
  readonly method: 'HMAC-SHA256' | 'HMAC-SHA1';
  readonly base: string;
  /** Base64. */
  readonly signature: string;
  readonly nonce: string;
  /** Seconds since 1970, as sent. */
  readonly timestamp: string;
}

/** Credentials and tokens. */
export interface Access {
  /** A SOAP user by name and password; problem `unauthenticated` alike for unknown names and wrong passwords. */
  soapUser(name: string, password: string, caller?: Caller): Promise<Result<Context>>;
  /**
   * A SOAP user by name and PasswordDigest (WSS UsernameToken profile 1.0, section 3.1), where the credential allows it;
   * `unauthenticated` alike for whatever is wrong: name, digest, a `created` more than five minutes off, a nonce used before.
   */
  soapDigest(name: string, proof: PasswordDigest, caller?: Caller): Promise<Result<Context>>;
  /** An admin by name and password. */
  admin(name: string, password: string, caller?: Caller): Promise<Result<Context>>;
  /** An admin key (Bearer). */
  adminKey(key: string, caller?: Caller): Promise<Result<Context>>;
  /**
   * The context of an operator of the gateway for a tenant that it names, or for the only one there is; others may name
   * their own only (`forbidden`). `unknown-object`: no such tenant is served.
   */
  forTenant(context: Context, tenant: string | undefined): Promise<Result<Context>>;
  /** A OneRoster client by id and secret; scopes it may ask for are in the context. */
  client(id: string, secret: string, caller?: Caller): Promise<Result<Context>>;
  /**
   * A OneRoster client by the signature of its request (OAuth 1.0a without a token), where the credential allows it;
   * `unauthenticated` alike for whatever is wrong: id, signature, a time more than five minutes off, a nonce used before.
   */
  signedClient(id: string, proof: SignatureProof, caller?: Caller): Promise<Result<Context>>;
  /** An SFTP account by name and password; `unauthenticated` alike for unknown names and wrong passwords. */
  sftpUser(name: string, password: string, caller?: Caller): Promise<Result<Context>>;
  /**
   * An SFTP account by a public key, as it is sent (RFC 4253 section 6.6), whose holder has signed with it: `signed` tells
   * whether that signature is good. `unauthenticated` alike for whatever is wrong.
   */
  sftpKey(name: string, key: Uint8Array, signed: () => boolean, caller?: Caller): Promise<Result<Context>>;
  /** Whether an SFTP account would be let in by a public key, before anybody signs with it (RFC 4252 section 7). */
  hasSftpKey(name: string, key: Uint8Array, caller?: Caller): Promise<boolean>;
  /** Whether an SFTP account that was let in still would be, for the same feed and by the same password or key. */
  sftpHolds(context: Context): Promise<boolean>;
  /** Has `listener` called when a credential was changed, here or, within half a second, elsewhere; the answer ends that. */
  onSftpChange(listener: () => void): () => void;
  /** Issues an opaque token for a context made by {@link Access.client}; stored hashed. `problem forbidden` for scopes it may not have. */
  issueToken(context: Context, scopes: readonly string[]): Promise<Result<IssuedToken>>;
  /** The context of a bearer token, its granted scopes in it. */
  token(token: string, caller?: Caller): Promise<Result<Context>>;
}
