import { key, oneRosterTypeOf, type RosterType, type Space, type StoredRecord } from '../../model/index.ts';
import type { RenameChange } from '../../roster/index.ts';
import { UnreadableFile } from '../reader.ts';
import { type CountedType, countedTypeOf } from '../run.ts';
import { batchSize, type Planned } from '../spool.ts';
import { inOrder } from './crosswalk-order.ts';
import { type CrosswalkRow, crosswalkRows, nameOf } from './crosswalk-rows.ts';
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
      ids.mark(nameOf(row, row.oldId), marks.old);
      ids.mark(nameOf(row, row.newId), marks.new);
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
      const from = ids.of(nameOf(row, row.oldId));
      const to = ids.of(nameOf(row, row.newId));
      if (row.problem !== undefined) reject(deps, row, row.problem);
      else if (row.oldId === row.newId) deps.counts[row.type].unchanged += 1;
      else if (from.oldTwice || isNamedApart(ids, row))
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

/** Whether a row of any group has its old id in common with a row of one kind of group. */
function isNamedApart(ids: Awaited<ReturnType<typeof makeIdMarks>>, row: CrosswalkRow): boolean {
  return (
    row.space === 'group' && spacesOf('group').some((space) => space !== 'group' && ids.of(`${space} ${row.oldId}`).old)
  );
}

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

/** Guids of what this run has renamed in an earlier attempt, by type and the id of before. */
async function renamedBefore(deps: PlanDeps): Promise<ReadonlyMap<string, readonly string[]>> {
  const renamed = new Map<string, string[]>();
  const { run } = deps.context;
  if (run === undefined) return renamed;
  const seen = new Set<string>();
  for await (const { entries } of deps.roster.changesOfRun(deps.context, run)) {
    for (const { type, guid, before } of entries) {
      if (before === 'absent' || !('imsId' in before) || seen.has(guid)) continue;
      seen.add(guid);
      const name = `${type} ${typeof before['imsId'] === 'string' ? before['imsId'] : guid}`;
      renamed.set(name, [...(renamed.get(name) ?? []), guid]);
    }
  }
  return renamed;
}

/** The records that rows mean; rows of others are rejected. */
async function find(
  deps: PlanDeps,
  rows: readonly CrosswalkRow[],
  renamed: ReadonlyMap<string, readonly string[]>,
): Promise<Found[]> {
  const found: Found[] = [];
  for (const type of ['person', 'group', 'membership'] as const) {
    const ofType = rows.filter((row) => row.type === type);
    for (let at = 0; at < ofType.length; at += atOnce) {
      const part = ofType.slice(at, at + atOnce);
      const before = part.map((row) => renamed.get(`${type} ${row.oldId}`) ?? []);
      const asked = part.map((row, index) => [...(before[index] ?? []), ...keysOf(deps, row)]);
      const records = await deps.roster.find(deps.context, type, asked.flat());
      let next = 0;
      part.forEach((row, index) => {
        const those = records.slice(next, next + (asked[index]?.length ?? 0));
        next += those.length;
        const meant = those.flatMap((one) => (one !== undefined && isMeant(row, one) ? [one as StoredRecord] : []));
        // Who was renamed by an earlier attempt has given up the old id, which may be another record's by now.
        const done = meant.filter(({ guid }) => before[index]?.includes(guid) === true);
        // Who has the id now comes before one of another kind who had it once.
        const now = meant.filter(({ imsId }) => imsId === row.oldId);
        const [record, ...others] = [done, now].find((some) => some.length > 0) ?? meant;
        if (record === undefined) reject(deps, row, `There is no ${row.space} ${row.oldId}, or it is in the trash.`);
        else if (others.every(({ guid }) => guid === record.guid)) found.push({ row, record });
        else {
          const kinds = [...new Set(meant.map(kindOf))].sort().join(' and ');
          reject(deps, row, `The id ${row.oldId} is that of ${kinds}; say in the row which of them is meant.`);
        }
      });
    }
  }
  return found;
}

/** Whether a record is of the type that the row names. */
function isMeant({ space, type }: CrosswalkRow, record: StoredRecord): boolean {
  if (record.made === true) return false;
  return type !== 'group' || space === 'group' || kindOf(record) === space;
}

/** What OneRoster calls a record; a record type where it has no word. */
function kindOf(record: StoredRecord): string {
  return 'kind' in record.data ? (oneRosterTypeOf(record.data.kind) ?? record.type) : record.type;
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

/** Keys by which the record of a row's old id may have come. */
function keysOf({ feed }: PlanDeps, { type, oldId }: CrosswalkRow): string[] {
  return spacesOf(type).map((space) => key(space, feed.namespace, oldId));
}

/** Spaces in which an id of a type may have been sent. */
function spacesOf(type: RosterType): readonly Space[] {
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
