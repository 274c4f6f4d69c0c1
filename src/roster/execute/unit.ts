import { byType, isRosterType, keyParts, type RecordType, servedNamespace } from '../../model/index.ts';
import {
  type Doc,
  findByGuids,
  findByKeys,
  findEnds,
  findWhere,
  type PackedEntry,
  type Session,
  type Store,
  storedFields,
  type Working,
} from '../../store/index.ts';
import type { Context } from '../context.ts';

/** A record in a unit of work, with its stored fields as they were read. */
export interface Entry<T extends RecordType = RecordType> {
  record: Working<T>;
  /** Stored fields at the start; undefined for a new record. */
  readonly before: Doc | undefined;
  /** Read without its data, as the end of a membership; only its state and derived fields may change. */
  partial: boolean;
  changed: boolean;
  /** Said again where that counts: written with a newer time although nothing in it is other than before. */
  restated?: boolean;
  /** Whose change touched it last; undefined for what only follows from others' changes. */
  by: Context | undefined;
  /** Place of the change that touched it first. */
  cause: number | undefined;
}

/** What a tenant is to the roster. */
export interface TenantInfo {
  readonly id: string;
  readonly guidKey: Uint8Array;
  /** The guid of a first key (decisions 1.1). */
  guidOf(text: string): string;
  /** Courses that would be deleted are archived (decisions 2.3). */
  readonly archiveCourses: boolean;
  /** A feed becomes the owner of what was made by hand (decisions 2.1). */
  readonly adoptManual: boolean;
}

/** How much was removed in the last 24 hours by brake name, and how many active records of a type there are. */
export interface BrakeState {
  /** Share of a type that one credential may remove, in percent. */
  readonly percent: number;
  removed(name: string): number;
  active(type: RecordType): number;
}

/** All records that a set of changes reads and writes, loaded in bulk, changed in memory, written at once. */
export interface Unit {
  readonly tenant: TenantInfo;
  readonly at: Date;
  readonly sequence: number;
  /** Views of which something has gone out before; undefined where that is not known. */
  readonly gone: ReadonlySet<string> | undefined;
  readonly entries: { readonly [T in RecordType]: Map<string, Entry<T>> };
  /** Entries of feeds' hash blocks to write with it (decisions 4.2). */
  readonly blocks: Map<string, PackedEntry[]>;
  /** Groups and persons whose derived fields must be worked out again before writing. */
  readonly staleGroups: Set<string>;
  readonly stalePersons: Set<string>;
  readonly staleMemberships: Set<string>;
  /** Groups that were last said to be the home organisation in this unit, by person. */
  readonly homes: Map<string, string>;
  /** Removals by credentials in this unit, by brake name. */
  readonly removals: Map<string, number>;
  /** What the brake must know of the last 24 hours (decisions 2.6). */
  brake: BrakeState | undefined;
  /** Guids of records that the gateway made and that may be unused now. */
  readonly maybeUnused: Set<string>;
  /** Records whose active memberships are all loaded. */
  readonly hanging: Set<string>;
  /** Records that an id of their senders finds no more: what names them by it may mean another record from now on. */
  readonly unnamed: Set<string>;
  /** Guids that were purged, to be deleted. */
  readonly purged: Map<string, Entry>;
  /** Whose change is being applied, and its place among those of the unit. */
  actor: Context | undefined;
  place: number;
  guid(text: string): string;
  loadKeys(type: RecordType, keys: Iterable<string>): Promise<void>;
  loadGuids(type: RecordType, guids: Iterable<string>): Promise<void>;
  /** Loads persons by key or guid without their data. */
  loadEnds(references: Iterable<string>): Promise<void>;
  /** Makes sure that a record is there with its data. */
  full<T extends RecordType>(entry: Entry<T>): Promise<Entry<T>>;
  /** The same for many of a type, in one read. */
  fullAll<T extends RecordType>(type: T, list: readonly Entry<T>[]): Promise<void>;
  /** Loads what matches a stored condition; answers all entries, changed ones too, for which `test` holds now. */
  where<T extends RecordType>(type: T, condition: Doc, test: (record: Working<T>) => boolean): Promise<Entry<T>[]>;
  get<T extends RecordType>(type: T, guid: string): Entry<T> | undefined;
  byKey<T extends RecordType>(type: T, key: string): Entry<T> | undefined;
  create<T extends RecordType>(record: Working<T>): Entry<T>;
  addKey(entry: Entry, key: string): void;
  dropKey(entry: Entry, key: string): void;
  /** Takes a record out for good; what comes later does not find it. */
  purge(entry: Entry): void;
  /** Lets go of the unit before it, once nothing is loaded any more. */
  close(): void;
}

/**
 * Makes a unit of work; without a session it reads outside transactions (for rehearsals). With a unit before it, whose
 * writes are on their way, it sees the store as it will be when they have arrived.
 */
export function makeUnit(
  store: Store,
  tenant: TenantInfo,
  stamp: { readonly at: Date; readonly sequence: number; readonly gone?: ReadonlySet<string> | undefined },
  session?: Session,
  unitBefore?: Unit,
): Unit {
  let before = unitBefore;
  const entries = byType(() => new Map<string, Entry>()) as unknown as Unit['entries'];
  const keys = byType(() => new Map<string, string | null>());
  const missing = byType(() => new Set<string>());
  const guids = new Map<string, string>();

  const mapOf = <T extends RecordType>(type: T) => entries[type] as unknown as Map<string, Entry<T>>;

  function enter<T extends RecordType>(record: Working<T>, partial: boolean): Entry<T> {
    const stored = storedFields(record as Working);
    const entry: Entry<T> = { record, before: stored, partial, changed: false, by: undefined, cause: undefined };
    mapOf(record.type).set(record.guid, entry);
    for (const key of record.keys) if (!keys[record.type].has(key)) keys[record.type].set(key, record.guid);
    return entry;
  }

  /** A record as the unit before this one leaves it. */
  function inherit(type: RecordType, guid: string): void {
    const left: Entry | undefined = before?.get(type, guid);
    if (left !== undefined && !entries[type].has(guid)) enter({ ...left.record }, left.partial);
  }

  function inheritAll(type: RecordType): void {
    for (const [guid, { changed }] of before?.entries[type] ?? []) if (changed) inherit(type, guid);
  }

  function take<T extends RecordType>(record: Working<T>, partial = false): void {
    const { type, guid } = record;
    if (before?.purged.has(guid) === true) return;
    inherit(type, guid);
    if (!entries[type].has(guid)) enter(record, partial);
  }

  function unknownKeys(type: RecordType, wanted: Iterable<string>): string[] {
    const list = [...new Set(wanted)].filter((key) => !keys[type].has(key));
    if (before === undefined) return list;
    for (const key of list) {
      const left: Entry | undefined = before.byKey(type, key);
      if (left !== undefined) inherit(type, left.record.guid);
    }
    return list.filter((key) => !keys[type].has(key));
  }

  function unknownGuids(type: RecordType, wanted: Iterable<string>): string[] {
    const isUnknown = (guid: string) => !entries[type].has(guid) && !missing[type].has(guid);
    const list = [...new Set(wanted)].filter(isUnknown);
    if (before === undefined) return list;
    for (const guid of list) inherit(type, guid);
    return list.filter(isUnknown);
  }

  const unit: Unit = {
    tenant,
    at: stamp.at,
    sequence: stamp.sequence,
    gone: stamp.gone,
    entries,
    blocks: new Map(),
    staleGroups: new Set(),
    stalePersons: new Set(),
    staleMemberships: new Set(),
    homes: new Map(),
    removals: new Map(),
    brake: undefined,
    maybeUnused: new Set(),
    hanging: new Set(),
    unnamed: new Set(),
    purged: new Map(),
    actor: undefined,
    place: 0,
    guid(text) {
      let guid = guids.get(text);
      if (guid === undefined) {
        guid = tenant.guidOf(text);
        guids.set(text, guid);
      }
      return guid;
    },
    async loadKeys(type, wanted) {
      const list = unknownKeys(type, wanted);
      if (list.length === 0) return;
      for (const record of await findByKeys(store, type, tenant.id, list, session)) take(record);
      for (const key of list) if (!keys[type].has(key)) keys[type].set(key, null);
    },
    async loadGuids(type, wanted) {
      const list = unknownGuids(type, wanted);
      if (list.length === 0) return;
      for (const record of await findByGuids(store, type, tenant.id, list, session)) take(record);
      for (const guid of list) if (!entries[type].has(guid)) missing[type].add(guid);
    },
    async loadEnds(references) {
      const all = [...new Set(references)];
      const byKeys = unknownKeys(
        'person',
        all.filter((reference) => reference.includes(':')),
      );
      const byGuids = unknownGuids(
        'person',
        all.filter((reference) => !reference.includes(':')),
      );
      if (byKeys.length === 0 && byGuids.length === 0) return;
      for (const record of await findEnds(store, tenant.id, byKeys, byGuids, session)) take(record, true);
      for (const key of byKeys) if (!keys.person.has(key)) keys.person.set(key, null);
      for (const guid of byGuids) if (!entries.person.has(guid)) missing.person.add(guid);
    },
    async full(entry) {
      await unit.fullAll(entry.record.type, [entry]);
      return entry;
    },
    async fullAll(type, list) {
      const partial = new Map(list.filter((entry) => entry.partial).map((entry) => [entry.record.guid, entry]));
      if (partial.size === 0) return;
      for (const record of await findByGuids(store, type, tenant.id, [...partial.keys()], session)) {
        const entry = partial.get(record.guid);
        if (entry === undefined) continue;
        entry.record.data = record.data;
        entry.record.sourcedIds = record.sourcedIds;
        if (entry.before === undefined) continue;
        entry.before['data'] = record.data;
        entry.before['sourcedIds'] = record.sourcedIds;
      }
      for (const entry of partial.values()) entry.partial = false;
    },
    async where(type, condition, test) {
      inheritAll(type);
      for (const record of await findWhere(store, type, tenant.id, condition, session)) {
        if (unit.purged.has(record.guid)) continue;
        take(record);
        const there = mapOf(type).get(record.guid);
        if (there !== undefined) await unit.full(there);
      }
      return [...mapOf(type).values()].filter((entry) => !entry.partial && test(entry.record));
    },
    get: (type, guid) => mapOf(type).get(guid),
    byKey(type, key) {
      const guid = keys[type].get(key);
      return guid === undefined || guid === null ? undefined : mapOf(type).get(guid);
    },
    create(record) {
      const cause = unit.actor === undefined ? undefined : unit.place;
      const entry = { record, before: undefined, partial: false, changed: true, by: unit.actor, cause };
      mapOf(record.type).set(record.guid, entry);
      for (const key of record.keys) keys[record.type].set(key, record.guid);
      return entry;
    },
    addKey(entry, key) {
      entry.record.keys = [...entry.record.keys, key];
      touch(unit, entry);
      keys[entry.record.type].set(key, entry.record.guid);
    },
    dropKey(entry, key) {
      entry.record.keys = entry.record.keys.filter((other) => other !== key);
      touch(unit, entry);
      keys[entry.record.type].set(key, null);
      if (isRosterType(entry.record.type) && keyParts(key).namespace !== servedNamespace) {
        unit.unnamed.add(entry.record.guid);
      }
    },
    purge(entry) {
      const { type, guid } = entry.record;
      entry.by = unit.actor;
      mapOf(type).delete(guid);
      missing[type].add(guid);
      for (const key of entry.record.keys) keys[type].set(key, null);
      if (entry.before !== undefined) unit.purged.set(guid, entry);
    },
    close() {
      before = undefined;
    },
  };
  return unit;
}

/** Marks a record as changed; use it after setting fields. */
export function touch(unit: Unit, entry: Entry): void {
  entry.changed = true;
  if (unit.actor === undefined) return;
  entry.by = unit.actor;
  entry.cause ??= unit.place;
}

/** Adds an entry to a feed's next hash block. */
export function addBlockEntry(unit: Unit, feed: string, entry: PackedEntry): void {
  const list = unit.blocks.get(feed);
  if (list === undefined) unit.blocks.set(feed, [entry]);
  else list.push(entry);
}
