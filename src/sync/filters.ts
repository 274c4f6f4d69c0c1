import { type CountedType, type Counts, countedTypes, type FilterVerdict } from './run.ts';
import type { Feed, Limits } from './types.ts';

/** A percentage, and the guard of rejected records, count from this many changes or records on (decisions 4.3). */
export const percentFrom = 26;

/** Sizes of a file and of the last one of its kind. */
export interface FileSize {
  readonly name: string;
  readonly bytes: number;
  readonly last: number;
}

/** What the filters judge. */
export interface Judged {
  readonly feed: Feed;
  /** The feed's limits, with what windows change in them, and the names of those windows. */
  readonly limits: Limits;
  readonly raised: readonly string[];
  readonly counts: Readonly<Record<CountedType, Counts>>;
  /** What percentages are of: the feed's active records. */
  readonly base: Readonly<Record<CountedType, number>>;
  /** Types of which the file has all, so that what it does not list is removed. */
  readonly complete: ReadonlySet<CountedType>;
  /** Whether anything that the file does not list is removed. */
  readonly removesMissing: boolean;
  /** Completed runs of the feed. */
  readonly completed: number;
  /** The file, or each of a package that has all records of its kind, with the last one that it can be compared with. */
  readonly sizes: readonly FileSize[];
  /** Rejected records whose key could not be read. */
  readonly unkeyed: number;
}

type Action = 'insert' | 'update' | 'delete';

/** Changes of a type by action; removals of all four kinds count as deletes (`feeds.md` 0.2). */
export function changesOf(counts: Counts): Record<Action, number> {
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
  const verdicts = countedTypes.flatMap((type) =>
    Object.entries(changesOf(judged.counts[type]))
      .filter(([, changes]) => changes > 0)
      .map(([action, changes]) => verdictOf(judged, type, action as Action, changes)),
  );
  return [
    ...verdicts,
    ...emptyTypes(judged),
    ...smallerFile(judged),
    ...rejectedRecords(judged),
    ...unreadableKeys(judged),
  ];
}

function verdictOf(judged: Judged, type: CountedType, action: Action, changes: number): FilterVerdict {
  const base = judged.base[type];
  const limit = judged.limits[type][action];
  // There is nothing to compare the first file's records with.
  const active = action !== 'insert' || judged.completed > 0;
  const percent = base > 0 ? Math.round((changes * 10_000) / base) / 100 : undefined;
  const overPercent =
    active && limit.percent !== null && changes >= percentFrom && percent !== undefined && percent > limit.percent;
  const overNumber = active && limit.number !== null && changes > limit.number;
  const share = percent === undefined ? `${changes} where there were none` : `${changes} of ${base} (${percent} %)`;
  const windows = judged.raised.length > 0 ? ` while the window ${judged.raised.join(', ')} is open` : '';
  const bound = overPercent ? `${limit.percent} %` : `${limit.number}`;
  const measure = overPercent || overNumber ? `the limit is ${bound}` : 'within the limits';
  return {
    filter: `${type}.${action}`,
    type,
    action,
    changes,
    base,
    ...(percent === undefined ? {} : { percent }),
    ...(limit.percent === null ? {} : { limitPercent: limit.percent }),
    ...(limit.number === null ? {} : { limitNumber: limit.number }),
    exceeded: overPercent || overNumber,
    reason: `${share} ${type} ${action}s; ${measure}${windows}.`,
  };
}

/** A type that the file has none of and the feed has some of (`feeds.md` 0.7). */
function emptyTypes({ complete, counts, base }: Judged): FilterVerdict[] {
  return countedTypes
    .filter((type) => complete.has(type) && counts[type].inFile === 0 && base[type] > 0)
    .map((type) =>
      guard('empty-type', type, base[type], base[type], `The file has no ${type} at all, the feed has ${base[type]}.`),
    );
}

function smallerFile({ feed, sizes }: Judged): FilterVerdict[] {
  const percent = feed.smallerFilePercent;
  if (percent === null) return [];
  return sizes
    .filter(({ bytes, last }) => bytes * 100 < last * percent)
    .map(({ name, bytes, last }) => {
      const reason = `${name} has ${bytes} bytes, the last one had ${last}; less than ${percent} % of it is held.`;
      return guard('smaller-file', 'person', bytes, last, reason);
    });
}

/** So many rejected records speak of a file that is not what it should be, whatever its mode. */
function rejectedRecords({ feed, counts }: Judged): FilterVerdict[] {
  const rejected = total(counts, 'rejected');
  const all = total(counts, 'inFile');
  if (feed.rejectedPercent === null || rejected < percentFrom || rejected * 100 <= all * feed.rejectedPercent)
    return [];
  const most = countedTypes.reduce((a, b) => (counts[b].rejected > counts[a].rejected ? b : a));
  const reason = `${rejected} of ${all} records are rejected, most of them of type ${most}; more than ${feed.rejectedPercent} % is held.`;
  return [guard('rejected-records', most, rejected, all, reason)];
}

/** Rejected records whose key cannot be read protect nothing, so that what is missing cannot be told (`feeds.md` 0.3). */
function unreadableKeys({ feed, counts, unkeyed, removesMissing }: Judged): FilterVerdict[] {
  const all = total(counts, 'inFile');
  const removals = countedTypes.some((type) => changesOf(counts[type]).delete > 0);
  if (feed.rejectedPercent === null || !removesMissing || !removals || unkeyed * 100 <= all * feed.rejectedPercent)
    return [];
  const reason = `${unkeyed} of ${all} records have no readable id, so what is missing cannot be told; more than ${feed.rejectedPercent} % holds removals.`;
  return [guard('unreadable-keys', 'membership', unkeyed, all, reason)];
}

function total(counts: Judged['counts'], field: 'rejected' | 'inFile'): number {
  return countedTypes.reduce((sum, type) => sum + counts[type][field], 0);
}

function guard(filter: string, type: CountedType, changes: number, base: number, reason: string): FilterVerdict {
  return { filter, type, action: 'guard', changes, base, exceeded: true, reason };
}
