import mongoose from 'mongoose';

const PING_MS = 1_000;

/** A connection of its own for signs of life, so that they never wait for the pool of the work. */
export interface Pulse {
  /** Rejects when the server gives no answer within a second. */
  readonly ping: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Makes a {@link Pulse}; connects at the first ping. */
export function makePulse(uri: string): Pulse {
  const times = { serverSelectionTimeoutMS: PING_MS, connectTimeoutMS: PING_MS, socketTimeoutMS: PING_MS };
  const client = new mongoose.mongo.MongoClient(uri, { ...times, maxPoolSize: 1, minPoolSize: 0 });
  return {
    ping: async () => {
      await client.db('admin').command({ ping: 1 });
    },
    close: () => client.close(),
  };
}
