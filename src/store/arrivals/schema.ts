import mongoose from 'mongoose';

const { Schema } = mongoose;

/** The schema of the ledger of files that come by transports, with its indexes. */
export function arrivalSchema() {
  const arrival = new Schema(
    {
      _id: String,
      tenant: String,
      feed: String,
      via: String,
      name: String,
      version: String,
      state: String,
      run: String,
      order: Number,
      at: Date,
      changedAt: Date,
      lease: Schema.Types.Mixed,
      bytes: Number,
      sha256: String,
      problem: Schema.Types.Mixed,
      keptUntil: Date,
    },
    { versionKey: false, autoIndex: false, strict: true },
  );
  arrival.index({ tenant: 1, feed: 1, order: -1 });
  arrival.index({ tenant: 1, feed: 1, name: 1, order: -1 });
  arrival.index({ tenant: 1, keptUntil: 1 });
  arrival.index({ tenant: 1, feed: 1, state: 1 }, { partialFilterExpression: { state: 'waiting' } });
  return arrival;
}
