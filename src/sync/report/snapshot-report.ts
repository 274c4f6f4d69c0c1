import { failed, ok, type Result } from '../../base/result.ts';
import type { Context, Roster } from '../../roster/index.ts';
import { noFeed } from '../feeds/feeds.ts';
import type { ChangeAction, ChangeItem, CountedType, ProblemItem, Run } from '../run.ts';
import type { Paging, Sync } from '../types.ts';

/** What a snapshot has shown of a course or a student (`feeds.md` 1.14). */
export interface SnapshotFinding {
  /**
   * `new`, `old` (not sent any more), `left-out` (its course is switched off, or a pattern leaves it out), `moved` (to other
   * courses), `conflicting` (the row cannot be used, or another one says otherwise).
   */
  finding: 'new' | 'old' | 'left-out' | 'moved' | 'conflicting';
  of: 'course' | 'student';
  id: string;
  /** Line of the body, where it is known. */
  line: number | null;
  detail: string | null;
}

/** A page of findings, and the run that they are of; null: there is none yet. */
export interface SnapshotReport {
  readonly run: string | null;
  readonly items: readonly SnapshotFinding[];
  readonly next: string | null;
}

/** Where a report is read from. */
export interface SnapshotReads {
  readonly sync: Pick<Sync, 'feed' | 'run' | 'runs' | 'problems' | 'changes'>;
  readonly roster: Pick<Roster, 'find'>;
}
type Page = Result<{ readonly items: SnapshotFinding[]; readonly next: string | null }>;
/** A part of the report; parts are read one after the other. */
type Part = (reads: SnapshotReads, context: Context, run: string, paging: Paging) => Promise<Page>;

/** Students who leave courses in one run that are looked at. */
const mostLeaving = 100_000;
const pageSize = 1_000;
/** States of a run whose body was read. */
const read: ReadonlySet<string> = new Set(['held', 'done', 'rejected', 'expired', 'undone']);

function problemPart(
  kind: string,
  type: CountedType | undefined,
  find: (item: ProblemItem) => Omit<SnapshotFinding, 'id' | 'line'>,
): Part {
  return async ({ sync }, context, run, paging) => {
    const page = await sync.problems(context, run, { ...paging, kind, ...(type === undefined ? {} : { type }) });
    if (!page.ok) return page;
    const items = page.value.items.map((item) => ({ ...find(item), id: item.id ?? item.field ?? '', line: item.line }));
    return ok({ items, next: page.value.next });
  };
}

function changePart(
  type: CountedType,
  action: ChangeAction,
  finding: SnapshotFinding['finding'],
  isWanted = (_item: ChangeItem) => true,
): Part {
  return async ({ sync }, context, run, paging) => {
    const page = await sync.changes(context, run, { ...paging, type, action });
    if (!page.ok) return page;
    const of = type === 'group' ? ('course' as const) : ('student' as const);
    const items = page.value.items
      .filter(isWanted)
      .map(({ id, line, action: detail }) => ({ finding, of, id, line, detail }));
    return ok({ items, next: page.value.next });
  };
}

const isCourse = ({ before, after }: ChangeItem) => (after ?? before)?.['kind'] === 'class';
const conflicting = ({ message }: ProblemItem) => ({ finding: 'conflicting', of: 'student', detail: message }) as const;
const course =
  (finding: SnapshotFinding['finding']) =>
  ({ message }: ProblemItem) =>
    ({ finding, of: 'course', detail: message }) as const;

const parts: readonly Part[] = [
  problemPart('warning.course-new', undefined, course('new')),
  changePart('group', 'created', 'new', isCourse),
  problemPart('warning.reported-missing', 'group', course('old')),
  changePart('group', 'archived', 'old', isCourse),
  problemPart('warning.course-not-enrolled', undefined, course('left-out')),
  problemPart('warning.course-filtered', undefined, course('left-out')),
  changePart('person', 'created', 'new'),
  changePart('person', 'disabled', 'old'),
  moved,
  problemPart('rejected.email-taken', undefined, conflicting),
  problemPart('warning.rows-disagree', undefined, conflicting),
  problemPart('rejected.no-email', undefined, conflicting),
  problemPart('rejected.invalid-data', undefined, conflicting),
  problemPart('rejected.unreadable', undefined, conflicting),
  problemPart('rejected.too-large', undefined, conflicting),
];

/** Who left a course and came into another one; given at once. */
async function moved({ sync, roster }: SnapshotReads, context: Context, run: string): Promise<Page> {
  const left = new Map<string, number | null>();
  const came = new Map<string, number | null>();
  const memberOf = ({ before, after }: ChangeItem) => {
    const member = (after ?? before)?.['member'];
    return typeof member === 'string' ? member : '';
  };
  for await (const item of membershipChanges(sync, context, run, 'trashed')) {
    if (left.size >= mostLeaving) break;
    left.set(memberOf(item), item.line);
  }
  if (left.size === 0) return ok({ items: [], next: null });
  for (const action of ['created', 'restored'] as const) {
    for await (const item of membershipChanges(sync, context, run, action)) {
      const member = memberOf(item);
      if (left.has(member) && !came.has(member)) came.set(member, item.line);
    }
  }
  const guids = [...came.keys()];
  const items: SnapshotFinding[] = [];
  for (let at = 0; at < guids.length; at += pageSize) {
    const part = guids.slice(at, at + pageSize);
    const persons = await roster.find(context, 'person', part);
    for (const [place, guid] of part.entries()) {
      const id = persons[place]?.imsId ?? guid;
      items.push({ finding: 'moved', of: 'student', id, line: came.get(guid) ?? null, detail: null });
    }
  }
  return ok({ items, next: null });
}

async function* membershipChanges(
  sync: SnapshotReads['sync'],
  context: Context,
  run: string,
  action: ChangeAction,
): AsyncGenerator<ChangeItem> {
  for (let cursor: string | undefined; ; ) {
    const paging = { limit: pageSize, ...(cursor === undefined ? {} : { cursor }) };
    const page = await sync.changes(context, run, { ...paging, type: 'membership', action });
    if (!page.ok) return;
    yield* page.value.items;
    if (page.value.next === null) return;
    cursor = page.value.next;
  }
}

/**
 * What a feed's snapshot has shown of courses and students: of a run, else of the last one whose body was read. A page may hold
 * more than asked for where students moved, and fewer where changes are no courses. Problems: unknown-object, invalid-request (cursor).
 */
export async function snapshotReport(
  reads: SnapshotReads,
  context: Context,
  feed: string,
  { run: named, limit, cursor }: Paging & { readonly run?: string },
): Promise<Result<SnapshotReport>> {
  const { sync } = reads;
  if ((await sync.feed(context, feed)) === undefined) return noFeed(feed);
  const run = named === undefined ? await lastRun(sync, context, feed) : await sync.run(context, named);
  if (named !== undefined && (run === undefined || run.feed !== feed || run.protocol !== 'srs-snapshot')) {
    const id = named.slice(0, 64);
    return failed('unknown-object', `There is no run ${id} of snapshots of this feed.`, { id });
  }
  if (run === undefined) return ok({ run: null, items: [], next: null });
  const [, place = '', inner] = /^(\d{1,2})(?:~(.+))?$/.exec(cursor ?? '0') ?? [];
  let at = place === '' ? parts.length : Number(place);
  if (at >= parts.length) {
    return failed('invalid-request', 'The cursor is not one of this list; begin anew without it.', { field: 'cursor' });
  }
  const items: SnapshotFinding[] = [];
  for (let within = inner; at < parts.length; at += 1, within = undefined) {
    const part = parts[at] as Part;
    const left = { limit: limit - items.length, ...(within === undefined ? {} : { cursor: within }) };
    const page = await part(reads, context, run.id, left);
    if (!page.ok) return page;
    items.push(...page.value.items);
    const { next } = page.value;
    if (next !== null) return ok({ run: run.id, items, next: `${at}~${next}` });
    if (items.length >= limit && at + 1 < parts.length) return ok({ run: run.id, items, next: String(at + 1) });
  }
  return ok({ run: run.id, items, next: null });
}

async function lastRun(sync: SnapshotReads['sync'], context: Context, feed: string): Promise<Run | undefined> {
  const page = await sync.runs(context, { feed, kind: 'import', limit: 100 });
  if (!page.ok) return undefined;
  return page.value.items.find(({ state, protocol }) => protocol === 'srs-snapshot' && read.has(state));
}
