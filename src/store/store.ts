import { channel } from 'node:diagnostics_channel';
import mongoose from 'mongoose';
import type { RecordType } from '../model/index.ts';
import { type CollectionName, collectionNames, schemas } from './models.ts';

/** A native collection of loosely typed documents; typed at the edge of each store file. */
export type Rows = mongoose.mongo.Collection<Row>;
/** A document as the driver gives it. */
export interface Row {
  _id: string;
  [field: string]: unknown;
}
/** A driver session. */
export type Session = mongoose.mongo.ClientSession;
/** A filter or update document. */
export type Doc = Record<string, unknown>;

/** The open database: models for ordinary reads, native collections for bulk work, files. */
export interface Store {
  readonly connection: mongoose.Connection;
  model(name: CollectionName): mongoose.Model<Row>;
  rows(name: CollectionName): Rows;
  records(type: RecordType): Rows;
  /** Collections of the kept originals of files, which any instance can read. */
  originals(part: 'files' | 'parts' | 'passages'): mongoose.mongo.Collection;
  /** Runs a function in a transaction with majority writes; retried by the driver while another one is in the way. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** Runs reads that all see the store as it was at one moment. */
  snapshot<T>(work: (session: Session) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** SnapshotTooOld and SnapshotUnavailable: the moment has passed, or a collection was being made; read again. */
const snapshotGone: ReadonlySet<unknown> = new Set([239, 246]);

/** Opens the store at a MongoDB address (a replica set). Two stores can live in one process. */
export async function openStore(uri: string, database = 'rostergate'): Promise<Store> {
  const connection = mongoose.createConnection(uri, {
    dbName: database,
    autoIndex: false,
    autoCreate: false,
    maxPoolSize: 20,
    writeConcern: { w: 'majority' },
    ignoreUndefined: true,
  });
  connection.set('strictQuery', true);
  connection.set('sanitizeFilter', true);
  await connection.asPromise();
  // For who watches what is sent, as the tests do; nobody does in a gateway.
  channel('rostergate.store').publish({ connection });
  const models = new Map<CollectionName, mongoose.Model<Row>>();
  for (const [name, schema] of Object.entries(schemas())) {
    const model = connection.model(
      name,
      schema as unknown as mongoose.Schema<Row>,
      collectionNames[name as CollectionName],
    );
    models.set(name as CollectionName, model as unknown as mongoose.Model<Row>);
  }
  const db = connection.db;
  if (db === undefined) throw new Error('the database connection has no database');
  const rowsOf = new Map<CollectionName, Rows>();
  for (const name of Object.keys(collectionNames) as CollectionName[]) {
    rowsOf.set(name, db.collection<Row>(collectionNames[name]));
  }
  const rows = (name: CollectionName): Rows => {
    const found = rowsOf.get(name);
    if (found === undefined) throw new Error(`no collection ${name}`);
    return found;
  };
  return {
    connection,
    originals: (part) => db.collection(`originals.${part}`),
    rows,
    records: (type) => rows(type),
    model(name) {
      const found = models.get(name);
      if (found === undefined) throw new Error(`no model ${name}`);
      return found;
    },
    async transaction(work) {
      const session = connection.getClient().startSession();
      try {
        return await session.withTransaction(() => work(session), {
          readConcern: { level: 'snapshot' },
          writeConcern: { w: 'majority' },
          maxCommitTimeMS: 60_000,
        });
      } finally {
        await session.endSession();
      }
    },
    async snapshot(work) {
      for (let attempt = 1; ; attempt += 1) {
        const session = connection.getClient().startSession({ snapshot: true });
        try {
          return await work(session);
        } catch (error) {
          if (attempt >= 3 || !snapshotGone.has((error as { code?: unknown }).code)) throw error;
        } finally {
          await session.endSession();
        }
      }
    },
    close: () => connection.close(),
  };
}
