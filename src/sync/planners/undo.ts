import { type RosterType, rosterTypes, type StoredRecord } from '../../model/index.ts';
import type { Outcome, RevertChange } from '../../roster/index.ts';
import { type CountedType, countedTypeOf } from '../run.ts';
import type { Planned, Step } from '../spool.ts';
import { planResult } from './plan-result.ts';
import type { PlanDeps, Planner } from './planner.ts';
import { openRunShelf, type RunShelf, type Touched } from './run-shelf.ts';

/** Records that are looked at together. */
const atOnce = 500;
/** Made records of which somebody else's change must be looked for in the change log at one go. */
const doubtfulAtOnce = 100_000;

/** What becomes of a record that is put back, as it is counted. */
const putBack = ['updated', 'renamed', 'restored', 'trashed', 'archived', 'disabled'] as const;
type PutBack = (typeof putBack)[number];

/** A record that the run made and that has been written since. */
interface Made {
  readonly touched: Touched;
  readonly record: StoredRecord;
}

/** The run that is to be undone. */
export interface UndoneRun {
  readonly id: string;
  /** Earlier undos of it and the undos of those: together they have changed nothing. */
  readonly cancelled?: readonly string[];
}

/**
 * Makes the planner of an undo (decisions 4.4): what the run made goes to the trash, all else goes back to what it was,
 * field by field, where nobody has changed it since; each conflict is remarked and left as it is. What the run changed
 * several times is put back once. Memory does not grow with the run.
 */
export function makeUndoPlanner(run: UndoneRun): Planner {
  return async (deps) => {
    const shelf = await openRunShelf(deps.workFolder);
    try {
      for await (const stretch of deps.roster.changesOfRun(deps.context, run.id)) await shelf.add(stretch);
      return await planUndo(deps, [run.id, ...(run.cancelled ?? [])], shelf);
    } finally {
      await shelf.remove();
    }
  };
}

async function planUndo(deps: PlanDeps, runs: readonly string[], shelf: RunShelf) {
  let records = 0;
  const moved = new Set<string>();
  const free = (key: string) => moved.add(key);
  const makers = {
    early: makeMadePlanner(deps, runs, shelf, true, free),
    late: makeMadePlanner(deps, runs, shelf, false),
  };
  // A key that the run gave to what it made must be free before its former owner is put back.
  for (const type of shelf.lostKeys.size > 0 ? rosterTypes : []) {
    for await (const part of parts(shelf, type)) {
      for (const { after } of part) for (const key of keysIn(after)) if (shelf.lostKeys.has(key)) moved.add(key);
      await makers.early.plan(part.filter(isUnmade));
    }
    await makers.early.end();
  }
  // What goes to the trash goes members first, so that nothing takes another along.
  for (const type of ['membership', 'person', 'group'] as const) {
    for await (const part of parts(shelf, type)) {
      await makers.late.plan(part.filter(isUnmade));
      await makers.late.purged(part.filter(({ before, lost }) => lost === true && before === 'absent'));
      await planOthers(
        deps,
        part.filter((touched) => !isUnmade(touched)),
        moved,
      );
      records += part.length;
      await deps.progress(records);
    }
    await makers.late.end();
  }
  return planResult(records);
}

async function* parts(shelf: RunShelf, type: RosterType): AsyncGenerator<Touched[]> {
  let waiting: Touched[] = [];
  for await (const compartment of shelf.read(type)) {
    waiting = waiting.concat(compartment);
    let from = 0;
    for (; waiting.length - from >= atOnce; from += atOnce) yield waiting.slice(from, from + atOnce);
    waiting = waiting.slice(from);
  }
  if (waiting.length > 0) yield waiting;
}

const isPutBack = (outcome: Outcome): outcome is PutBack => (putBack as readonly Outcome[]).includes(outcome);

/** Whether the run made the record, of which only the name was known before at most. */
const isUnmade = ({ before, lost }: Touched) =>
  lost !== true && (before === 'absent' || before['state'] === 'expected');

/**
 * Plans the end of what the run made: early that of records which have a key that others lost, late that of the rest.
 * `free` is told each key that one has which goes.
 */
function makeMadePlanner(
  deps: PlanDeps,
  runs: readonly string[],
  shelf: RunShelf,
  early: boolean,
  free: (key: string) => void = () => undefined,
) {
  let doubtful: Made[] = [];
  let gone: Touched[] = [];

  async function settle(): Promise<void> {
    const made = doubtful;
    const missing = gone;
    const all = [...made.map(({ touched }) => touched), ...missing];
    const [first] = all;
    if (first === undefined) return;
    doubtful = [];
    gone = [];
    const since = all.reduce((least, { sequence }) => Math.min(least, sequence), Number.MAX_SAFE_INTEGER);
    const guids = new Set(all.map(({ guid }) => guid));
    const changed = await deps.roster.changedSince(deps.context, since, runs, guids);
    // What the run itself has purged, and what never arrived, was never there for others.
    for (const touched of missing) if (changed.get(touched.guid)?.has('state') === true) noteLost(deps, touched);
    const planned: Planned[] = [];
    for (const { touched, record } of made) {
      const fields = changed.get(touched.guid);
      if (fields === undefined) planned.push(planTrash(touched, record));
      else {
        const names = [...fields].sort().join(', ');
        const text = `Somebody has changed the ${touched.type} ${record.imsId} since the run made it (${names}); it stays.`;
        note(deps, 'warning.undo-conflict', touched, record.imsId, text);
      }
    }
    await deps.spool.add(early ? first.type : 'removals', planned);
  }

  function planTrash(touched: Touched, record: StoredRecord): Planned {
    for (const key of record.keys) free(key);
    return plan(deps, revertOf(touched, false), countedOf(record), 'trashed', record.imsId);
  }

  return {
    async plan(made: readonly Touched[]): Promise<void> {
      const [first] = made;
      if (first === undefined) return;
      const guids = made.map(({ guid }) => guid);
      const found = await deps.roster.find(deps.context, first.type, guids, { trashed: true });
      const planned: Planned[] = [];
      made.forEach((touched, at) => {
        const record = found[at];
        if (record === undefined && !early) gone.push(touched);
        // What is in the trash, was only named, or is the gateway's own needs nothing.
        if (record === undefined || record.state === 'trashed' || record.made === true) return;
        if (record.keys.some((key) => shelf.lostKeys.has(key)) !== early) return;
        if (record.sequence === touched.sequence) planned.push(planTrash(touched, record));
        else doubtful.push({ touched, record });
      });
      await deps.spool.add(early ? first.type : 'removals', planned);
      if (doubtful.length + gone.length >= doubtfulAtOnce) await settle();
    },
    /** Of what the run made and what is purged, tells what others have purged since. */
    async purged(lost: readonly Touched[]): Promise<void> {
      gone.push(...lost);
      if (doubtful.length + gone.length >= doubtfulAtOnce) await settle();
    },
    end: settle,
  };
}

/** Plans the return of records that were there before the run, as a rehearsal finds it possible. */
async function planOthers(deps: PlanDeps, others: readonly Touched[], moved: ReadonlySet<string>): Promise<void> {
  const kept = others.filter((touched) => {
    if (touched.lost === true && touched.before !== 'absent') noteLost(deps, touched);
    return touched.lost !== true;
  });
  if (kept.length === 0) return;
  const taking = await takingAmong(deps, kept, moved);
  const changes = kept.map((touched) => revertOf(touched, taking.has(touched)));
  const results = await deps.roster.rehearse(deps.context, changes);
  const sessions = await sessionsAmong(deps, kept);
  const planned = new Map<Step, Planned[]>();
  kept.forEach((touched, at) => {
    const result = results[at];
    if (result === undefined) return;
    if (!result.ok) {
      if (result.problem.code === 'unknown-object') noteLost(deps, touched);
      else note(deps, 'warning.undo-conflict', touched, touched.guid, result.problem.text);
      return;
    }
    for (const remark of result.remarks ?? []) {
      if (remark.kind !== 'warning.undo-conflict') continue;
      note(deps, 'warning.undo-conflict', touched, remark.id ?? touched.guid, remark.text);
    }
    const change = changes[at] ?? revertOf(touched, false);
    // Who owns or lists a record goes back too, and is no change of it.
    if (result.written === true) add(planned, touched.type, { change, line: 0, id: touched.guid });
    if (!isPutBack(result.outcome)) return;
    const counted = countedTypeOf(touched.type, sessions.has(touched.guid) ? 'session' : undefined);
    const step = leavesLife(touched) ? 'removals' : touched.type;
    add(planned, step, plan(deps, change, counted, result.outcome, touched.guid));
  });
  for (const [step, list] of planned) await deps.spool.add(step, list);
}

/**
 * Records whose ids the run gave to each other, or to what it made and what goes now, and which nobody has given others
 * since: they take them back.
 */
async function takingAmong(
  deps: PlanDeps,
  touched: readonly Touched[],
  moved: ReadonlySet<string>,
): Promise<ReadonlySet<Touched>> {
  const taking = new Set<Touched>();
  for (const one of moved.size === 0 ? [] : touched) {
    if (one.before === 'absent' || !('keys' in one.after)) continue;
    const [found, left] = [keysIn(one.before), keysIn(one.after)];
    const lost = found.filter((key) => !left.includes(key));
    const gained = left.filter((key) => !found.includes(key));
    if (!lost.every((key) => moved.has(key)) || ![...lost, ...gained].some((key) => moved.has(key))) continue;
    const [record] = await deps.roster.find(deps.context, one.type, [one.guid], { trashed: true });
    if (record === undefined || !sameKeys(record.keys, left)) continue;
    if ('imsId' in one.after && record.imsId !== (one.after['imsId'] ?? one.guid)) continue;
    taking.add(one);
  }
  return taking;
}

const keysIn = (fields: Touched['after']) => (fields['keys'] as readonly string[] | null | undefined) ?? [];

const sameKeys = (a: readonly string[], b: readonly string[]) => [...a].sort().join() === [...b].sort().join();

/** Guids of the academic sessions among groups. */
async function sessionsAmong(deps: PlanDeps, touched: readonly Touched[]): Promise<ReadonlySet<string>> {
  const groups = touched.filter(({ type }) => type === 'group').map(({ guid }) => guid);
  if (groups.length === 0) return new Set();
  const found = await deps.roster.find(deps.context, 'group', groups, { trashed: true });
  return new Set(found.flatMap((group) => (group?.data.kind === 'session' ? group.guid : [])));
}

/** Whether the run brought it to life, so that its undo is a removal. */
function leavesLife({ before }: Touched): boolean {
  const state = before === 'absent' ? undefined : before['state'];
  return state === 'trashed' || state === 'disabled' || state === 'archived';
}

function revertOf({ type, guid, before, after }: Touched, takes: boolean): RevertChange {
  return { op: 'revert', type, key: guid, before, after, ...(takes ? { takes } : {}) };
}

function plan({ counts }: PlanDeps, change: RevertChange, counted: CountedType, outcome: PutBack, id: string): Planned {
  counts[counted][outcome] += 1;
  const session = counted === 'academicSession' ? { session: true } : {};
  return { change, line: 0, id, ...session };
}

function countedOf(record: StoredRecord): CountedType {
  return countedTypeOf(record.type, 'kind' in record.data ? record.data.kind : undefined);
}

function noteLost(deps: PlanDeps, touched: Touched): void {
  const text = `The ${touched.type} ${touched.guid} was purged since the run; what it was is not known any more.`;
  note(deps, 'warning.undo-lost', touched, touched.guid, text);
}

function note(
  { remarks }: PlanDeps,
  kind: 'warning.undo-conflict' | 'warning.undo-lost',
  { type }: Touched,
  id: string,
  message: string,
): void {
  remarks.add(kind, { id, type, message });
}

function add(planned: Map<Step, Planned[]>, step: Step, one: Planned): void {
  const list = planned.get(step);
  if (list === undefined) planned.set(step, [one]);
  else list.push(one);
}
