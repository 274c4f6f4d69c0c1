import type { Result } from '../base/result.ts';
import type { RecordState, RecordType } from '../model/index.ts';
import type { Context } from './context.ts';

/** One record as the admin API shows it; times are ISO 8601 in UTC. */
export interface RecordView {
  type: RecordType;
  guid: string;
  /** The ids by which IMS and OneRoster see it, and all others that find it. */
  ids: { ims: string; oneRoster: string; others: string[] };
  state: RecordState;
  owner: string;
  claims: { feed: string; since: string }[];
  locks: string[];
  /** In the trash, or archived: when, by whom, by which run, and the state before. */
  trash: { at: string; by: string; run: string | null; from: RecordState } | null;
  /** Canonical data; passwords are masked. */
  data: Record<string, unknown>;
  createdAt: string;
  updatedAt: string;
}

/** What is locked on a record against feeds (`feeds.md` 0.6). */
export interface RecordLocks {
  type: RecordType;
  guid: string;
  locks: string[];
  /** Names of all fields that may be locked. */
  lockable: string[];
}

/** Single records, for administrators. `id` is a guid, a sender's id or a OneRoster `sourcedId`. */
export interface RecordsRoom {
  /** `unknown-object` where there is none, `invalid-request` where several types have the id and none is named. */
  show(context: Context, id: string, type?: RecordType): Promise<Result<RecordView>>;
  locks(context: Context, id: string, type?: RecordType): Promise<Result<RecordLocks>>;
  /** Locks exactly these fields from now on, none for an empty list; problems also as a `lock` change has them. */
  lock(context: Context, id: string, fields: readonly string[], type?: RecordType): Promise<Result<RecordLocks>>;
}
