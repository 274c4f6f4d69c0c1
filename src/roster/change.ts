import type { NoticeKind, Problem } from '../base/problem.ts';
import type { DataOf, RecordType, SourcedId } from '../model/index.ts';

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
  /** membership: types of roles to take away from those that are there. */
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
  /** membership: only the roles of these types go; the membership goes when none is left. */
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
}

/** Deletes a trashed record for good (decisions 2.5); refused inside the quarantine unless forced. */
export interface PurgeChange<T extends RecordType = RecordType> extends ChangeBase<T> {
  readonly op: 'purge';
  readonly force?: boolean;
}

/** One change for `roster.execute`. */
export type Change<T extends RecordType = RecordType> =
  | WriteChange<T>
  | RemoveChange<T>
  | ReleaseChange<T>
  | RestoreChange<T>
  | RenameChange<T>
  | PurgeChange<T>;

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

/** How many other records a change took along or brought back, by type. */
export type Cascade = Readonly<Record<RecordType, number>>;

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
      readonly remarks?: readonly Remark[];
      /** On `restored`: what could not come back, and why. */
      readonly notRestored?: readonly Problem[];
    }
  | { readonly ok: false; readonly problem: Problem };
