import type { Problem } from '../base/problem.ts';
import type { Result } from '../base/result.ts';
import type { RecordType } from '../model/index.ts';
import type { Cascade, ChangeResult } from './change.ts';
import type { Context } from './context.ts';

/** A record in the trash, as the admin API shows it. `id` is the record's guid. */
export interface TrashItem {
  id: string;
  type: RecordType;
  /** The id by which its sender knows it. */
  sourcedId: string;
  name: string;
  trashedAt: string;
  trashedBy: string;
  run: string | null;
}

/** A course in the archive (decisions 2.4). `id` is the record's guid. */
export interface ArchivedItem extends Omit<TrashItem, 'trashedAt' | 'trashedBy'> {
  archivedAt: string;
  archivedBy: string;
}

/** Which of the trash: all conditions hold. */
export interface TrashSearch {
  /** The beginning of a name or id, in any case; of a membership also of its ends' ids, or `member in group`. */
  readonly q?: string;
  readonly type?: RecordType;
  readonly run?: string;
}

/** What became of one id of a restore. */
export interface RestoreResult {
  id: string;
  restored: boolean;
  /** Records that came back with it, by type. */
  with?: Cascade;
  /** What of the same removal could not come back, and why. */
  notRestored?: Problem[];
  problem?: Problem;
}

/** Memberships that a restore could not bring back yet, and those that it brought back for an earlier one; by guid. */
export interface RestoreDetails {
  /** Went with the same removal, but an end is in the trash. */
  readonly hindered: ReadonlyMap<string, Problem>;
  /** Went with another removal and waited for an end that is back now; counted in the cascade. */
  readonly completed: readonly string[];
}

/** The result of a restore, with what is to be settled among the restores of one call. */
export type RestoreChangeResult = ChangeResult & { readonly details?: RestoreDetails };

/** The trash (decisions 2.2–2.5). */
export interface TrashRoom {
  /**
   * Newest first; `q` looks for the beginning of a name or id in any case, of a membership also by its ends. Records that
   * went along with another removal are listed too.
   */
  list(
    context: Context,
    query: TrashSearch & { limit: number; cursor?: string },
  ): Promise<Result<{ items: TrashItem[]; total: number; next: string | null }>>;
  /** Archived courses, newest first; `q` as in {@link TrashRoom.list}. */
  archived(
    context: Context,
    query: { q?: string; limit: number; cursor?: string },
  ): Promise<Result<{ items: ArchivedItem[]; total: number; next: string | null }>>;
  /**
   * Restores ids (archived courses too), all that a run trashed, or all that the list gives for a search, at most 100,000;
   * one result per id, for a run one per record that did not just come along.
   * Memberships whose second end comes back in the same call are reported with the record that had taken them along.
   */
  restore(
    context: Context,
    what: { ids: readonly string[] } | { run: string } | { search: TrashSearch },
  ): Promise<RestoreResult[]>;
  /** Purges one id; `in-quarantine` before the quarantine ends, unless forced. */
  purge(context: Context, id: string, force: boolean): Promise<Result<{ id: string }>>;
}
