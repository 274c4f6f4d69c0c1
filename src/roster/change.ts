import type { NoticeKind, Problem } from '../base/problem.ts';
import type { DataOf, RecordType, RosterType, SourcedId, UserProfile, UserRole } from '../model/index.ts';
import type { Session } from '../store/index.ts';

/** Preconditions of a change. */
export type Must = 'exist' | 'not-exist';

interface ChangeBase<T extends RecordType> {
  readonly type: T;
  /** The record: a key (`model/key.ts`) or a guid. Omitted on a membership that has no id of its own: its ends find it. */
  readonly key?: string;
}

/**
 * Writes a record. `upsert` merges: objects field by field, lists as a whole (relationships are added to), `null` or an
 * empty list clears. `replace` clears what is absent. A trashed record is restored with what its removal took, unless
 * `must` is `not-exist`. References in `data` (membership.group, membership.member, relationships.target …) may be
 * keys; they are resolved to guids, and what is not there yet becomes expected (decisions 1.7). A known membership must
 * have the ends that are named (`invalid-data`); one in the trash leaves its id to other ends, unless `strict` or `must`.
 */
export interface WriteChange<T extends RecordType = RecordType> extends ChangeBase<T> {
  readonly op: 'upsert' | 'replace';
  readonly data: Patch<DataOf[T]>;
  /** The id to keep as IMS id; default: the id part of `key`. */
  readonly imsId?: string;
  /** Sourcedids as sent, kept to be given back. */
  readonly sourcedIds?: readonly SourcedId[];
  readonly must?: Must;
  /** membership: adds the roles to those that are there instead of taking their place. */
  readonly addRoles?: boolean;
  /**
   * person: lists of which `data` has items to be added to those that are there, each in the place of the same one
   * (`isSameUserRole`, `isSameUserProfile`), instead of taking their place; and, here, items to be taken away.
   */
  readonly mergeLists?: { readonly roles?: readonly UserRole[]; readonly userProfiles?: readonly UserProfile[] };
  /** membership: names of roles (types, or senders' ids) to take away from those that are there. */
  readonly withoutRoles?: readonly string[];
  /**
   * References must be to records that are there, and a parent must not be below the group itself; else the change fails
   * with `unknown-object` or `invalid-data` and does nothing.
   */
  readonly strict?: boolean;
  /** group: the parents in `data` take the place of those that are there instead of being added to them. */
  readonly moveParents?: boolean;
  /** A record that no feed lists belongs to the writer from now on. */
  readonly adopt?: boolean;
  /** A feed's hash of the bytes this came from (decisions 4.2): 16 hexadecimal digits. */
  readonly hash?: string;
}

/** Data where any field may be missing, or `null` to be cleared. */
export type Patch<T> = {
  readonly [K in keyof T]?: T[K] extends object | undefined ? T[K] | Patch<T[K]> | null : T[K] | null;
};

/** Ends all claims and moves to the trash, with cascades (decisions 2.2, 2.3). Courses are archived. */
export interface RemoveChange<T extends RecordType = RecordType> extends ChangeBase<T> {
  readonly op: 'remove';
  /** membership: only the roles that these names mean (types, or senders' ids) go; the membership goes when none is left. */
  readonly roles?: readonly string[];
}

/**
 * Ends one feed's claim (the context's writer must be a feed); when it was the last, the record is removed as `as`
 * says (`feeds.md` 0.2).
 */
export interface ReleaseChange<T extends RecordType = RecordType> extends ChangeBase<T> {
  readonly op: 'release';
  readonly as: 'trash' | 'disable' | 'archive' | 'report';
  /** The feed says so in words (`recstatus` 3): a record that no feed lists is removed too. */
  readonly explicit?: boolean;
  /** membership: as on {@link RemoveChange}. */
  readonly roles?: readonly string[];
}

/** Brings a trashed record back with what the same removal took; makes it manual when no feed lists it (decisions 2.2). */
export interface RestoreChange<T extends RecordType = RecordType> extends ChangeBase<T> {
  readonly op: 'restore';
}

/** Gives a record a new key; the old stays as an alias (decisions 1.5). */
export interface RenameChange<T extends RecordType = RecordType> extends ChangeBase<T> {
  readonly op: 'rename';
  readonly newKey: string;
  /**
   * The new key is taken away from a record that has it: the same plan gives that one another. `alias`: only from a
   * record that goes by another id by now.
   */
  readonly takes?: boolean | 'alias';
}

/** Deletes a trashed record for good (decisions 2.5); refused inside the quarantine unless forced. */
export interface PurgeChange<T extends RecordType = RecordType> extends ChangeBase<T> {
  readonly op: 'purge';
  readonly force?: boolean;
  /** Guid of the record that takes over what would go for good with this one: the results of a person. */
  readonly heir?: string;
}

/**
 * Puts a record back as it was before a run, field by field (decisions 4.4): a field that nobody has changed since the
 * run left it gets its earlier value, any other stays and is named in a remark `warning.undo-conflict`. Fields of `data`
 * are compared one by one. What follows from other records (views, derived) is worked out anew; no cascade. The feeds
 * that claim the record look at it again. Outcome: `unchanged` where nothing was put back, or nothing that
 * readers see, as who owns or lists the record (then `written`); `restored`, `trashed`, `archived` or `disabled` where the
 * state went so; `renamed` where the id did; else `updated`. Never brought back to life: what is purged (`unknown-object`). What the run made is to be
 * reverted before the rest, in a change with the same `context.run`: only then are the keys free that it holds.
 */
export interface RevertChange<T extends RecordType = RecordType> extends ChangeBase<T> {
  readonly op: 'revert';
  /** Stored fields as the run found them, `null` for absent; `absent` where the run made the record: it goes to the trash. */
  readonly before: Readonly<Record<string, unknown>> | 'absent';
  /** The same fields as the run left them; for a made record what it was made with, as far as it is known. */
  readonly after: Readonly<Record<string, unknown>>;
  /** Keys that the run gave to other records are taken back from them: the same plan puts those back too. */
  readonly takes?: boolean;
}

/**
 * Locks fields of a record against feeds, or releases them (`feeds.md` 0.6); only an admin does (`forbidden`). Writes of
 * administrators and of credentials are not bound by it: a SOAP or REST credential is no feed.
 */
export interface LockChange<T extends RecordType = RecordType> extends ChangeBase<T> {
  readonly op: 'lock';
  /** Names of top-level fields of the record's data that are locked from now on; an empty list releases all. */
  readonly fields: readonly string[];
}

/** One change for `roster.execute`. */
export type Change<T extends RecordType = RecordType> =
  | WriteChange<T>
  | RemoveChange<T>
  | ReleaseChange<T>
  | RestoreChange<T>
  | RenameChange<T>
  | PurgeChange<T>
  | RevertChange<T>
  | LockChange<T>;

/** What a change did. */
export type Outcome =
  | 'created'
  | 'updated'
  | 'unchanged'
  | 'restored'
  | 'renamed'
  | 'trashed'
  | 'disabled'
  | 'archived'
  | 'released'
  | 'purged';

/** How many other records a change took along or brought back, by type; a purge's `coursework` is what went with it of OneRoster's own. */
export type Cascade = Readonly<Record<RosterType, number>> & { readonly coursework?: number };

/** What a rehearsal found that one record would become, for previews. */
export interface Effect {
  readonly type: RecordType;
  readonly guid: string;
  /** The id by which its sender knows it. */
  readonly id: string;
  /** Title of a group, name of a person. */
  readonly name?: string;
  /** The kind of a group. */
  readonly kind?: string;
  readonly outcome: Exclude<Outcome, 'unchanged' | 'released' | 'purged'>;
  /** Canonical fields that differ, as they are: all of the data where the record goes, null where it is new. */
  readonly before: Readonly<Record<string, unknown>> | null;
  /** The same fields as they would be: all of the data where it is new or comes back, null where it goes. */
  readonly after: Readonly<Record<string, unknown>> | null;
  /** Place of the change that causes it among those rehearsed, where it is known. */
  readonly cause?: number;
}

/** A record that a feed would begin or cease to list, as kept counts have it: what lies in the trash or is archived is listed by none. */
export interface ListedEffect {
  readonly type: RecordType;
  readonly guid: string;
  /** The kind of a group. */
  readonly kind?: string;
  readonly feed: string;
  readonly listed: boolean;
}

/** A remark on a change that was done. */
export interface Remark {
  readonly kind: NoticeKind;
  readonly text: string;
  readonly id?: string;
}

/** The result of one change, at the change's place in the answer. */
export type ChangeResult =
  | {
      readonly ok: true;
      readonly outcome: Outcome;
      readonly guid: string;
      readonly cascade?: Cascade;
      /** Guids of the records that a removal took along, as `type:guid`. */
      readonly took?: readonly string[];
      /** The members that archived courses keep as manual members, as `type:guid`. */
      readonly kept?: readonly string[];
      /** On `unchanged`, of a `revert`: something is put back that is no change of the record, as who owns or lists it. */
      readonly written?: true;
      readonly remarks?: readonly Remark[];
      /** On `restored`: what could not come back, and why. */
      readonly notRestored?: readonly Problem[];
    }
  | { readonly ok: false; readonly problem: Problem };

/**
 * Something of the caller's to be written in the transaction of its changes, when their results are known. Called again
 * where the transaction is tried again; when it throws, nothing of the transaction is written, and the call throws the same.
 */
export type Checkpoint = (session: Session, results: readonly ChangeResult[]) => Promise<void>;
