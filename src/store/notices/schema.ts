import mongoose from 'mongoose';

const { Schema } = mongoose;
const options = { versionKey: false, autoIndex: false, strict: true } as const;

/** Schema of notices: what was told, to whom by mail, and who still waits for the day's mail. */
export function noticeSchema() {
  const schema = new Schema(
    {
      _id: String,
      tenant: String,
      key: String,
      at: Date,
      notice: Schema.Types.Mixed,
      open: Boolean,
      mailed: [String],
      waits: [String],
      keptUntil: Date,
    },
    options,
  );
  schema.index({ tenant: 1, waits: 1, at: 1 });
  schema.index({ tenant: 1, keptUntil: 1 });
  return schema;
}

/** Schema of people who have subscribed themselves to a feed's mails, or have ended a subscription. */
export function subscriberSchema() {
  const schema = new Schema(
    {
      _id: String,
      tenant: String,
      feed: String,
      id: String,
      address: String,
      how: String,
      hears: [String],
      state: String,
      at: Date,
      asked: [Date],
      expiresAt: Date,
    },
    options,
  );
  schema.index({ tenant: 1, feed: 1, id: 1 }, { unique: true });
  schema.index({ tenant: 1, asked: 1 });
  return schema;
}

/** Schema of endpoints that are told of notices. */
export function webhookSchema() {
  const schema = new Schema(
    {
      _id: String,
      tenant: String,
      id: String,
      url: String,
      hears: [String],
      feeds: [String],
      state: String,
      why: String,
      sealed: String,
      sealedBefore: String,
      beforeUntil: Date,
      createdAt: Date,
      failingSince: Date,
    },
    options,
  );
  schema.index({ tenant: 1, createdAt: 1 });
  return schema;
}

/** Schema of messages to endpoints. */
export function deliverySchema() {
  const schema = new Schema(
    {
      _id: String,
      tenant: String,
      webhook: String,
      id: String,
      type: String,
      body: String,
      state: String,
      attempts: Number,
      status: Number,
      reason: String,
      at: Date,
      lastAt: Date,
      keptUntil: Date,
    },
    options,
  );
  schema.index({ tenant: 1, webhook: 1, at: -1, _id: -1 });
  schema.index({ tenant: 1, keptUntil: 1 });
  return schema;
}
