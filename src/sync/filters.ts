import type { Mode } from './reader.ts';
import { type CountedType, type Counts, countedTypes, type FilterVerdict } from './run.ts';
import type { Feed } from './types.ts';

/** A percentage counts from this many changes of a type and action on (decisions 4.3). */
export const percentFrom = 26;

/** What the filters judge. */
export interface Judged {
  readonly feed: Feed;
  readonly mode: Mode;
  readonly counts: Readonly<Record<CountedType, Counts>>;
  /** Completed runs of the feed. */
  readonly completed: number;
  readonly fileBytes: number;
  readonly lastFileBytes: number | undefined;
  /** Rejected records whose key could not be read. */
  readonly unkeyed: number;
}

/** Changes of a type by action; removals of all four kinds count as deletes (`feeds.md` 0.2). */
function changesOf(counts: Counts): Record<'insert' | 'update' | 'delete', number> {
  return {
    insert: counts.created + counts.restored,
    update: counts.updated + counts.renamed,
    delete: counts.trashed + counts.disabled + counts.archived,
  };
}

/**
 * The verdict of every safety filter on a plan; a run is held when one is exceeded. Where a feed has no records of a type,
 * a percentage says nothing, and only the number counts.
 */
export function judge(judged: Judged): FilterVerdict[] {
  const verdicts: FilterVerdict[] = [];
  for (const type of countedTypes) {
    const counts = judged.counts[type];
    const base = counts.totalBefore;
    for (const [action, changes] of Object.entries(changesOf(counts)) as ['insert' | 'update' | 'delete', number][]) {
      if (changes === 0) continue;
      const limit = judged.feed.limits[type][action];
      const active = action !== 'insert' || judged.completed > 0;
      const percent = base > 0 ? Math.round((changes * 10_000) / base) / 100 : undefined;
      const overPercent =
        active && limit.percent !== null && changes >= percentFrom && percent !== undefined && percent > limit.percent;
      const overNumber = active && limit.number !== null && changes > limit.number;
      verdicts.push({
        filter: `${type}.${action}`,
        type,
        action,
        changes,
        base,
        ...(percent === undefined ? {} : { percent }),
        ...(limit.percent === null ? {} : { limitPercent: limit.percent }),
        ...(limit.number === null ? {} : { limitNumber: limit.number }),
        exceeded: overPercent || overNumber,
        reason: reasonOf(type, action, changes, base, percent, limit, overPercent, overNumber),
      });
    }
  }
  return [...verdicts, ...guards(judged)];
}

function reasonOf(
  type: CountedType,
  action: string,
  changes: number,
  base: number,
  percent: number | undefined,
  limit: { percent: number | null; number: number | null },
  overPercent: boolean,
  overNumber: boolean,
): string {
  const share = percent === undefined ? `${changes} where there were none` : `${changes} of ${base} (${percent} %)`;
  if (overPercent) return `${share} ${type} ${action}s; the limit is ${limit.percent} %.`;
  if (overNumber) return `${share} ${type} ${action}s; the limit is ${limit.number}.`;
  return `${share} ${type} ${action}s; within the limits.`;
}

/** Guards that only a full snapshot needs: an empty type, a file much smaller than the last, unreadable records. */
function guards({ feed, mode, counts, fileBytes, lastFileBytes, unkeyed }: Judged): FilterVerdict[] {
  if (mode === 'changes') return [];
  const found: FilterVerdict[] = [];
  const guard = (filter: string, type: CountedType, changes: number, base: number, reason: string) =>
    found.push({ filter, type, action: 'guard', changes, base, exceeded: true, reason });
  if (mode === 'full') {
    for (const type of countedTypes) {
      const { inFile, totalBefore } = counts[type];
      if (inFile === 0 && totalBefore > 0) {
        guard(
          'empty-type',
          type,
          totalBefore,
          totalBefore,
          `The file has no ${type} at all, the feed has ${totalBefore}.`,
        );
      }
    }
    const { smallerFilePercent } = feed;
    if (
      smallerFilePercent !== null &&
      lastFileBytes !== undefined &&
      fileBytes * 100 < lastFileBytes * smallerFilePercent
    ) {
      guard(
        'smaller-file',
        'person',
        fileBytes,
        lastFileBytes,
        `The file has ${fileBytes} bytes, the last one had ${lastFileBytes}; less than ${smallerFilePercent} % of it is held.`,
      );
    }
  }
  const all = countedTypes.reduce((sum, type) => sum + counts[type].inFile, 0);
  const removals = countedTypes.reduce((sum, type) => sum + changesOf(counts[type]).delete, 0);
  if (feed.rejectedPercent !== null && removals > 0 && unkeyed * 100 > all * feed.rejectedPercent) {
    guard(
      'rejected-records',
      'membership',
      unkeyed,
      all,
      `${unkeyed} of ${all} records have no readable id, so what is missing cannot be told; more than ${feed.rejectedPercent} % holds removals.`,
    );
  }
  return found;
}
