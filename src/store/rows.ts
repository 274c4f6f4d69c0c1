import mongoose from 'mongoose';
import type {
  DataOf,
  Derived,
  DroppedRole,
  RecordState,
  RecordType,
  Shown,
  SourcedId,
  StoredRecord,
  Trash,
} from '../model/index.ts';
import type { Doc, Row } from './store.ts';

/** A record while execute works on it: the same fields as {@link StoredRecord}, open to change. */
export interface Working<T extends RecordType = RecordType> {
  type: T;
  guid: string;
  state: RecordState;
  keys: string[];
  imsId: string;
  sourcedIds: SourcedId[] | undefined;
  sourcedId: string;
  data: DataOf[T];
  owner: string;
  claims: { feed: string; since: Date }[];
  locks: string[] | undefined;
  filled: Record<string, string> | undefined;
  made: true | undefined;
  derived: Derived | undefined;
  /** Written with the record, and never read: filters and orders go by it. */
  shown?: Shown | undefined;
  waitsFor: string[] | undefined;
  droppedRoles: DroppedRole[] | undefined;
  views: string[] | undefined;
  trash: Trash | undefined;
  createdAt: Date;
  updatedAt: Date;
  sequence: number;
}

/** The record of a row. */
export function recordOf<T extends RecordType>(type: T, row: Row): Working<T> {
  const field = row as unknown as Partial<Working<T>> & Pick<Working<T>, 'state' | 'data' | 'owner' | 'createdAt'>;
  return {
    type,
    guid: row._id,
    state: field.state,
    keys: field.keys ?? [],
    imsId: field.imsId ?? row._id,
    sourcedIds: field.sourcedIds,
    sourcedId: field.sourcedId ?? row._id,
    data: field.data,
    owner: field.owner,
    claims: field.claims ?? [],
    locks: field.locks,
    filled: field.filled,
    made: field.made,
    derived: field.derived,
    waitsFor: field.waitsFor,
    droppedRoles: field.droppedRoles,
    views: field.views,
    trash: field.trash,
    createdAt: field.createdAt,
    updatedAt: field.updatedAt ?? field.createdAt,
    sequence: field.sequence ?? 0,
  };
}

/** The row of a record: ids that equal the guid (but the `sourcedId` of persons and groups, which are sorted by it), empty lists and absent fields are not stored. */
export function rowOf(tenant: string, record: Working): Row {
  const row: Row = { _id: record.guid, tenant, state: record.state };
  const fields = storedFields(record);
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    if (value !== undefined) row[name] = value;
  }
  return row;
}

/** The stored form of a record's fields, by name; undefined for what is not stored. */
export function storedFields(record: Working): Doc {
  return {
    state: record.state,
    keys: record.keys.length > 0 ? record.keys : undefined,
    imsId: record.imsId === record.guid ? undefined : record.imsId,
    sourcedIds: record.sourcedIds,
    sourcedId: record.type === 'membership' && record.sourcedId === record.guid ? undefined : record.sourcedId,
    data: record.data,
    owner: record.owner,
    claims: record.claims.length > 0 ? record.claims : undefined,
    locks: record.locks !== undefined && record.locks.length > 0 ? record.locks : undefined,
    filled: record.filled,
    made: record.made,
    derived: record.derived,
    shown: record.shown,
    waitsFor: record.waitsFor !== undefined && record.waitsFor.length > 0 ? record.waitsFor : undefined,
    droppedRoles: record.droppedRoles,
    views: record.views !== undefined && record.views.length > 0 ? record.views : undefined,
    trash: record.trash,
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
    sequence: record.sequence,
  };
}

/** Bytes of a document as MongoDB stores it. */
export function documentSize(doc: Doc): number {
  return mongoose.mongo.BSON.calculateObjectSize(doc);
}

/** A working record as readers get it. */
export function publicRecord<T extends RecordType>(record: Working<T>): StoredRecord<T> {
  return record as unknown as StoredRecord<T>;
}
