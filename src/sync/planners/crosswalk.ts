import { key, oneRosterTypeOf, type RecordType, type Space, type StoredRecord } from '../../model/index.ts';
import type { RenameChange } from '../../roster/index.ts';
import { UnreadableFile } from '../reader.ts';
import { type CountedType, countedTypeOf } from '../run.ts';
import { batchSize, type Planned } from '../spool.ts';
import { inOrder } from './crosswalk-order.ts';
import { type CrosswalkRow, crosswalkRows } from './crosswalk-rows.ts';
import { makeIdMarks, marks } from './id-marks.ts';
import { planResult } from './plan-result.ts';
import type { PlanDeps, Planner } from './planner.ts';

/** Rows that are looked at together. */
const atOnce = batchSize / 2;
/** Rows whose old or new id another row has too; such rows are held in memory. */
const mostLinked = 200_000;

/** A row with the record that it means. */
interface Found {
  readonly row: CrosswalkRow;
  readonly record: StoredRecord;
}

/**
 * Makes the planner that gives records new ids (decisions 1.5): from a CSV of old and new ids a Plan of renames in the
 * feed's namespace, chains (a to b, b to c) and swaps among them. The file is read twice; memory holds 13 bytes an id.
 */
export function makeCrosswalkPlanner(read: () => AsyncIterable<Uint8Array>): Planner {
  return async (deps) => {
    const ids = await makeIdMarks();
    for await (const row of crosswalkRows(read())) {
      if (row.problem !== undefined || row.oldId === row.newId) continue;
      ids.mark(nameOf(row.type, row.oldId), marks.old);
      ids.mark(nameOf(row.type, row.newId), marks.new);
    }
    const linked: CrosswalkRow[] = [];
    let waiting: CrosswalkRow[] = [];
    let records = 0;
    const settle = async () => {
      const rows = waiting;
      waiting = [];
      await planRows(deps, rows);
      await deps.progress(records);
    };
    for await (const row of crosswalkRows(read())) {
      records += 1;
      deps.counts[row.type].inFile += 1;
      const from = ids.of(nameOf(row.type, row.oldId));
      const to = ids.of(nameOf(row.type, row.newId));
      if (row.problem !== undefined) reject(deps, row, row.problem);
      else if (row.oldId === row.newId) deps.counts[row.type].unchanged += 1;
      else if (from.oldTwice)
        reject(deps, row, `The old id ${row.oldId} stands in more than one row; none of them is used.`);
      else if (to.newTwice)
        reject(deps, row, `The new id ${row.newId} stands in more than one row; none of them is used.`);
      else if (from.new || to.old) linked.push(row);
      else waiting.push(row);
      if (linked.length > mostLinked) {
        const text = `More than ${mostLinked} rows have an old id that is the new id of another row; split the file.`;
        throw new UnreadableFile('too-large', text, row.line);
      }
      if (waiting.length >= atOnce) await settle();
    }
    await settle();
    await planLinked(deps, linked);
    return planResult(records);
  };
}

const nameOf = (type: RecordType, id: string) => `${type} ${id}`;

/** Plans rows that have nothing to do with each other. */
async function planRows(deps: PlanDeps, rows: readonly CrosswalkRow[]): Promise<Found[]> {
  const found = await find(deps, rows, new Map());
  const asked = found.filter(({ row, record }) => !isDone(deps, row, record));
  const results = await deps.roster.rehearse(
    deps.context,
    asked.map((one) => rename(deps, one, false)),
  );
  const done: Found[] = [];
  const planned = asked.filter(({ row }, at) => {
    const result = results[at];
    if (result?.ok === false) reject(deps, row, result.problem.text);
    else if (result?.outcome !== 'renamed') deps.counts[row.type].unchanged += 1;
    return result?.ok === true && result.outcome === 'renamed';
  });
  done.push(...planned);
  await add(deps, planned, false);
  return done;
}

/**
 * Plans rows whose ids other rows have too. A chain is begun at its end; what follows takes the id over from a record
 * that has another one then, and is rejected where that one keeps it.
 */
async function planLinked(deps: PlanDeps, linked: readonly CrosswalkRow[]): Promise<void> {
  if (linked.length === 0) return;
  const found = await find(deps, linked, await renamedBefore(deps));
  const byRow = new Map(found.map((one) => [one.row, one]));
  for (const { rows, isCycle } of inOrder(found.map(({ row }) => row))) {
    const members = rows.flatMap((row) => byRow.get(row) ?? []);
    const todo = members.filter(({ row, record }) => !isDone(deps, row, record));
    if (isCycle) {
      await add(deps, todo, true);
      continue;
    }
    const [end, ...others] = todo;
    if (end === undefined) continue;
    // Where the end was renamed by an earlier attempt at this run, the next one takes over from it.
    const isEnd = end.row === rows[0];
    if (!isEnd) await add(deps, todo, true);
    else if ((await planRows(deps, [end.row])).length > 0) await add(deps, others, true);
    else {
      for (const { row } of others)
        reject(
          deps,
          row,
          `The new id ${row.newId} stays in use, since the row of the record that has it was rejected.`,
        );
    }
  }
}

/** What this run has renamed in an earlier attempt, by the ids of before. */
async function renamedBefore(deps: PlanDeps): Promise<ReadonlyMap<string, string>> {
  const renamed = new Map<string, string>();
  const { run } = deps.context;
  if (run === undefined) return renamed;
  for await (const { entries } of deps.roster.changesOfRun(deps.context, run)) {
    for (const { type, guid, before } of entries) {
      if (before === 'absent' || !('imsId' in before)) continue;
      const name = nameOf(type, typeof before['imsId'] === 'string' ? before['imsId'] : guid);
      if (!renamed.has(name)) renamed.set(name, guid);
    }
  }
  return renamed;
}

/** The records that rows mean; rows of others are rejected. */
async function find(
  deps: PlanDeps,
  rows: readonly CrosswalkRow[],
  renamed: ReadonlyMap<string, string>,
): Promise<Found[]> {
  const found: Found[] = [];
  for (const type of ['person', 'group', 'membership'] as const) {
    const ofType = rows.filter((row) => row.type === type);
    const spaces = spacesOf(type);
    for (let at = 0; at < ofType.length; at += atOnce) {
      const part = ofType.slice(at, at + atOnce);
      const asked = part.flatMap((row) => {
        const known = renamed.get(nameOf(type, row.oldId));
        return spaces.map((space) => known ?? key(space, deps.feed.namespace, row.oldId));
      });
      const records = await deps.roster.find(deps.context, type, asked);
      part.forEach((row, index) => {
        const record = records
          .slice(index * spaces.length, (index + 1) * spaces.length)
          .find((one) => one !== undefined && one.made !== true);
        if (record !== undefined) found.push({ row, record: record as StoredRecord });
        else reject(deps, row, `There is no ${type} ${row.oldId}, or it is in the trash.`);
      });
    }
  }
  return found;
}

/** Whether the record has the new id already. */
function isDone(deps: PlanDeps, row: CrosswalkRow, record: StoredRecord): boolean {
  if (record.imsId !== row.newId) return false;
  deps.counts[row.type].unchanged += 1;
  return true;
}

async function add(deps: PlanDeps, all: readonly Found[], takes: boolean): Promise<void> {
  for (const type of ['person', 'group', 'membership'] as const) {
    const planned = all
      .filter(({ row }) => row.type === type)
      .map((one): Planned => {
        const counted = countedOf(one.record);
        deps.counts[counted].renamed += 1;
        if (counted !== type) {
          deps.counts[type].inFile -= 1;
          deps.counts[counted].inFile += 1;
        }
        const session = counted === 'academicSession' ? { session: true } : {};
        return { change: rename(deps, one, takes), line: one.row.line, id: one.row.oldId, ...session };
      });
    await deps.spool.add(type, planned);
  }
}

function rename(deps: PlanDeps, { row, record }: Found, takes: boolean): RenameChange {
  const newKey = key(spaceOf(deps, record), deps.feed.namespace, row.newId);
  return { op: 'rename', type: row.type, key: record.guid, newKey, ...(takes ? { takes } : {}) };
}

function countedOf(record: StoredRecord): CountedType {
  return countedTypeOf(record.type, 'kind' in record.data ? record.data.kind : undefined);
}

/** Spaces in which an id of a type may have been sent. */
function spacesOf(type: RecordType): readonly Space[] {
  if (type === 'person') return ['person', 'user'];
  if (type === 'membership') return ['membership', 'enrollment'];
  return ['group', 'class', 'course', 'org', 'academicSession'];
}

/** The space in which the feed's files name the record. */
function spaceOf({ feed }: PlanDeps, record: StoredRecord): Space {
  if (feed.protocol !== 'oneroster-csv') return record.type;
  if (record.type === 'person') return 'user';
  if (record.type === 'membership') return 'enrollment';
  return oneRosterTypeOf((record as StoredRecord<'group'>).data.kind) ?? 'class';
}

function reject({ counts, remarks, fileName }: PlanDeps, row: CrosswalkRow, message: string): void {
  counts[row.type].rejected += 1;
  const { type, line } = row;
  const kind = row.oldId === '' || row.newId === '' ? 'rejected.missing-id' : 'rejected.invalid-data';
  remarks.add(kind, { file: fileName, line, ...(row.oldId === '' ? {} : { id: row.oldId }), type, message });
}
