import { byType, type Group, type RecordType, recordTypes, shownOf } from '../../model/index.ts';
import {
  bucketName,
  type Doc,
  documentSize,
  encodeBlock,
  nameOfRecord,
  publicRecord,
  type Row,
  rowOf,
  type Session,
  type Store,
  storedFields,
  type Working,
} from '../../store/index.ts';
import { sameData } from './acts/merge.ts';
import { type Departures, makeDepartures, mayMove } from './departures.ts';
import { type Send, sendsOfReferrers } from './derive/restate.ts';
import type { Entry, Unit } from './unit.ts';

/** Who writes a record into the change log; where several did in one transaction, the last. */
export interface Author {
  readonly writer: string;
  readonly source: string;
  readonly run: string | undefined;
}

/** A writer's part of the change log. */
interface LogPart {
  readonly author: Author;
  readonly created: Record<string, string[]>;
  readonly changed: Doc[];
}
type LogOf = (entry: Entry) => LogPart;

/** What a change-log document may hold: MongoDB takes 16 MB, and as many records as are read at once with ease. */
const logBytes = 8_000_000;
const logRecords = 2000;
/** Guids that one command names. */
const namedAtOnce = 20_000;

const stampFields = new Set(['updatedAt', 'sequence']);
/** Fields that are worked out from other records: what they were set to is not kept. */
const derivedFields = new Set(['derived', 'views', 'waitsFor', 'droppedRoles']);

/** What a unit adds to kept counts, and to the buckets in which far offsets are found. */
export type CountChanges = Map<string, number>;

/** Counts that a record stands for: views and their buckets, active records by type, and records of each feed. */
function countsOf(record: Working, add: (name: string) => void): void {
  if (record.state === 'expected') return;
  for (const view of record.views ?? []) {
    let shown = 1;
    if (view === 'enrollment') {
      add('enrollments');
      shown = (record as Working<'membership'>).data.roles.length + (record.droppedRoles?.length ?? 0);
    }
    for (let one = 0; one < shown; one += 1) {
      add(`view.${view}`);
      add(bucketName(view, record.guid));
    }
  }
  if (record.made === true || record.state === 'trashed') return;
  add(`active.${record.type}`);
  if (record.state === 'archived') return;
  const type = record.type === 'group' && (record.data as Group).kind === 'session' ? 'academicSession' : record.type;
  for (const claim of record.claims) add(`feed.${claim.feed}.${type}`);
}

interface Update {
  readonly guid: string;
  readonly change: Doc;
  readonly text: string;
}

function difference(entry: Entry, after: Doc): { set: Doc; unset: Doc; before: Doc } {
  const set: Doc = {};
  const unset: Doc = {};
  const before: Doc = {};
  for (const [name, value] of Object.entries(after)) {
    if (entry.partial && (name === 'data' || name === 'sourcedIds')) continue;
    const old = entry.before?.[name];
    if (value === old || sameData(value, old)) continue;
    if (value === undefined) unset[name] = '';
    else set[name] = value;
    if (!stampFields.has(name)) before[name] = old ?? null;
  }
  return { set, unset, before };
}

/** What a unit writes. */
export interface Writes {
  /** What it adds to kept counts. */
  readonly counts: CountChanges;
  /** Sends it to the store; again where its transaction is tried again. */
  send(session: Session): Promise<void>;
}

/** Works out all that changed: inserts as inserts, equal updates together, one change-log document an author, blocks, counts. */
export function writesOf(store: Store, unit: Unit, authorOf: (entry: Entry) => Author, tombstoneDays: number): Writes {
  const counts: CountChanges = new Map();
  const log = new Map<string, LogPart>();
  const logOf: LogOf = (entryOf) => {
    const author = authorOf(entryOf);
    const name = JSON.stringify([author.writer, author.run ?? null, author.source]);
    let entry = log.get(name);
    if (entry === undefined) {
      entry = { author, created: {}, changed: [] };
      log.set(name, entry);
    }
    return entry;
  };
  const sends: Send[] = [];
  const departures = makeDepartures(unit.tenant.id, unit.gone);
  const noted: Noted = { counts, departures, logOf };
  // What is purged goes first: its id may be in use again by what comes after it.
  if (unit.purged.size > 0) sends.push(...writesOfPurged(store, unit, noted, tombstoneDays));
  for (const type of recordTypes) sends.push(...writesOfType(store, unit, type, noted));
  sends.push(...sendsOfReferrers(store, unit));
  sends.push(...departures.sends(store, unit.at, tombstoneDays, counts));
  const documents = [...log.values()].flatMap((part) => logDocuments(unit, part)) as unknown as Row[];
  if (documents.length > 0) sends.push((session) => store.rows('change').insertMany(documents, { session }));
  const blocks = [...unit.blocks].map(([feed, entries]) => ({
    tenant: unit.tenant.id,
    feed,
    sequence: unit.sequence,
    entries: encodeBlock(entries),
  })) as unknown as Row[];
  if (blocks.length > 0) sends.push((session) => store.rows('block').insertMany(blocks, { session }));
  return {
    counts,
    async send(session) {
      for (const send of sends) await send(session);
    },
  };
}

/** A writer's change-log documents: one, unless it would be too large for MongoDB. */
function logDocuments(unit: Unit, { author, created, changed }: LogPart): Doc[] {
  const parts: Doc[][] = [[]];
  let bytes = 0;
  for (const change of changed) {
    const size = documentSize(change);
    const last = parts.at(-1) ?? [];
    if (last.length > 0 && (bytes + size > logBytes || last.length >= logRecords)) {
      parts.push([change]);
      bytes = size;
    } else {
      last.push(change);
      bytes += size;
    }
  }
  const base = { tenant: unit.tenant.id, sequence: unit.sequence, at: unit.at, ...author };
  return parts.map((part, index) => ({ ...base, ...(index === 0 ? { created } : {}), changed: part }));
}

/** What is noted of all records that a unit writes. */
interface Noted {
  readonly counts: CountChanges;
  readonly departures: Departures;
  readonly logOf: LogOf;
}

function writesOfType(store: Store, unit: Unit, type: RecordType, { counts, departures, logOf }: Noted): Send[] {
  const inserts: Row[] = [];
  const updates: Update[] = [];
  const freed: Update[] = [];
  const add = (by: number) => (name: string) => counts.set(name, (counts.get(name) ?? 0) + by);
  for (const entry of unit.entries[type].values() as IterableIterator<Entry>) {
    if (!entry.changed) continue;
    const record = entry.record;
    if (entry.before === undefined) {
      record.shown = shownBy(record);
      inserts.push(rowOf(unit.tenant.id, record));
      countsOf(record, add(1));
      departures.note(undefined, record);
      const created = logOf(entry).created;
      created[type] ??= [];
      created[type].push(record.guid);
      continue;
    }
    const stored = storedFields(record);
    const { set, unset, before } = difference(entry, stored);
    if (entry.restated === true) before['data'] ??= entry.before['data'];
    if (Object.keys(before).length === 0) continue;
    const former = { ...record, ...emptied(entry.before, record.guid) } as Working;
    countsOf(former, add(-1));
    if (mayMove(type, before)) departures.note(former, record);
    record.updatedAt = unit.at;
    record.sequence = unit.sequence;
    countsOf(record, add(1));
    set['updatedAt'] = unit.at;
    set['sequence'] = unit.sequence;
    if (!entry.partial && mayShowOtherwise(record, before)) {
      record.shown = shownBy(record);
      if (record.shown === undefined) unset['shown'] = '';
      else set['shown'] = record.shown;
    }
    const change: Doc = { $set: set, ...(Object.keys(unset).length > 0 ? { $unset: unset } : {}) };
    updates.push({ guid: record.guid, change, text: set['data'] === undefined ? JSON.stringify(change) : '' });
    const kept = keptKeys(entry.before['keys'], record.keys);
    if (kept !== undefined) {
      const keys: Doc = kept.length > 0 ? { $set: { keys: kept } } : { $unset: { keys: '' } };
      freed.push({ guid: record.guid, change: keys, text: '' });
    }
    const part = logOf(entry);
    const after = part.author.run === undefined ? undefined : afterOf(before, stored);
    part.changed.push({ type, guid: record.guid, before, ...(after === undefined ? {} : { after }) });
  }
  // What a record loses goes first: another one may have it by now.
  const sends = sendsOfUpdates(store, unit, type, freed);
  if (inserts.length > 0) sends.push((session) => store.records(type).insertMany(inserts, { session, ordered: true }));
  return [...sends, ...sendsOfUpdates(store, unit, type, updates)];
}

/** What OneRoster may be asked for of a record; memberships, which are most of all records, are asked for by their own fields. */
function shownBy(record: Working): Working['shown'] {
  return record.type === 'membership' || record.state === 'expected' ? undefined : shownOf(publicRecord(record));
}

/** Whether what a record shows may be other than before; the days of a session may follow from its last change. */
function mayShowOtherwise(record: Working, before: Doc): boolean {
  if (record.type === 'membership') return false;
  if (record.type === 'group' && (record.data as Group).kind === 'session') return true;
  return 'data' in before || 'sourcedId' in before || 'state' in before;
}

/** What a run set the fields to that it changed: an undo asks whether they are still so. */
function afterOf(before: Doc, stored: Doc): Doc | undefined {
  const names = Object.keys(before).filter((name) => !derivedFields.has(name));
  return names.length === 0 ? undefined : Object.fromEntries(names.map((name) => [name, stored[name] ?? null]));
}

/** The keys of before that a record still has; undefined when it has lost none. */
function keptKeys(before: unknown, keys: readonly string[]): string[] | undefined {
  if (!Array.isArray(before)) return undefined;
  const kept = (before as string[]).filter((key) => keys.includes(key));
  return kept.length < before.length ? kept : undefined;
}

/** A record's stored fields as they were, with defaults for what was not stored. */
function emptied(before: Doc, guid: string): Doc {
  return {
    ...before,
    sourcedId: before['sourcedId'] ?? guid,
    keys: before['keys'] ?? [],
    claims: before['claims'] ?? [],
    views: before['views'] ?? [],
    made: before['made'],
    droppedRoles: before['droppedRoles'],
  };
}

/** Updates that say the same are one command; the others one bulk write. */
function sendsOfUpdates(store: Store, unit: Unit, type: RecordType, updates: readonly Update[]): Send[] {
  const sends: Send[] = [];
  const same = new Map<string, Update[]>();
  const single: Update[] = [];
  for (const update of updates) {
    if (update.text === '') single.push(update);
    else {
      const list = same.get(update.text);
      if (list === undefined) same.set(update.text, [update]);
      else list.push(update);
    }
  }
  const rows = store.records(type);
  for (const list of same.values()) {
    const [first] = list;
    if (first === undefined || list.length < 4) single.push(...list);
    else {
      for (let at = 0; at < list.length; at += namedAtOnce) {
        const guids = list.slice(at, at + namedAtOnce).map(({ guid }) => guid);
        const named = { tenant: unit.tenant.id, _id: { $in: guids } };
        sends.push((session) => rows.updateMany(named, first.change, { session }));
      }
    }
  }
  if (single.length === 0) return sends;
  const writes = single.map(({ guid, change }) => ({
    updateOne: { filter: { tenant: unit.tenant.id, _id: guid }, update: change },
  }));
  return [...sends, (session) => rows.bulkWrite(writes, { session, ordered: false })];
}

function writesOfPurged(store: Store, unit: Unit, { counts, departures, logOf }: Noted, tombstoneDays: number): Send[] {
  const sends: Send[] = [];
  const tenant = unit.tenant.id;
  const deleted = byType((): string[] => []);
  const tombstones: { replaceOne: { filter: { _id: string; tenant: string }; replacement: Row; upsert: true } }[] = [];
  for (const entry of unit.purged.values()) {
    const record = entry.record;
    const stored = { ...record, ...emptied(entry.before ?? {}, record.guid) } as Working;
    countsOf(stored, (name) => counts.set(name, (counts.get(name) ?? 0) - 1));
    departures.note(stored, undefined);
    deleted[record.type].push(record.guid);
    if ((record.views ?? []).length > 0) {
      const replacement = {
        tenant,
        views: record.views ?? [],
        sourcedId: record.sourcedId,
        at: unit.at,
        expiresAt: new Date(unit.at.getTime() + tombstoneDays * 86_400_000),
      } as unknown as Row;
      tombstones.push({ replaceOne: { filter: { _id: record.guid, tenant }, replacement, upsert: true } });
    }
    // Nobody has seen what never arrived, so that there is nothing to tell.
    if (record.state === 'expected') continue;
    logOf(entry).changed.push({ type: record.type, guid: record.guid, before: 'purged' });
  }
  for (const type of recordTypes) {
    const gone = { tenant, _id: { $in: deleted[type] } };
    if (deleted[type].length > 0) sends.push((session) => store.records(type).deleteMany(gone, { session }));
  }
  if (tombstones.length > 0) {
    sends.push((session) => store.rows('tombstone').bulkWrite(tombstones, { session, ordered: false }));
  }
  // What another server has said of a record may repeat what stood in it.
  const letters = [...unit.purged.values()].map(({ record }) => nameOfRecord(record));
  const unsaid = { $set: { 'problem.text': 'The record was purged since.' } };
  sends.push((session) => store.rows('deadLetter').updateMany({ tenant, _id: { $in: letters } }, unsaid, { session }));
  const named = { $in: [...unit.purged.keys()] };
  sends.push((session) =>
    store
      .rows('change')
      .updateMany(
        { tenant, 'changed.guid': named },
        { $set: { 'changed.$[entry].before': 'purged' }, $unset: { 'changed.$[entry].after': '' } },
        { session, arrayFilters: [{ 'entry.guid': named }] },
      ),
  );
  return sends;
}
