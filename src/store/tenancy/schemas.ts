import mongoose from 'mongoose';

const { Schema } = mongoose;
const options = { versionKey: false, autoIndex: false, strict: true } as const;

/** Schemas of the collections of tenants and of who may come in, with their indexes. */
export function accessSchemas() {
  const tenant = new Schema(
    {
      _id: String,
      guidKey: Buffer,
      timeZone: String,
      namespace: String,
      settings: Schema.Types.Mixed,
      state: String,
      reason: String,
      since: Date,
      createdAt: Date,
    },
    options,
  );
  const credential = new Schema(
    {
      _id: String,
      tenant: String,
      name: String,
      kinds: [String],
      role: String,
      secretHash: String,
      sealedPassword: String,
      oauth1: Schema.Types.Mixed,
      keyHash: String,
      namespace: String,
      scopes: [String],
      sharing: Schema.Types.Mixed,
      oidc: Schema.Types.Mixed,
      disabled: Boolean,
      expiresAt: Date,
      // Absent means all, so that no default may make an empty list of them.
      networks: { type: [String], default: undefined },
      feeds: { type: [String], default: undefined },
      publicKeys: { type: [String], default: undefined },
      lastUsedAt: Date,
      createdAt: Date,
    },
    options,
  );
  credential.index({ tenant: 1, name: 1 });
  credential.index({ name: 1 }, { unique: true, partialFilterExpression: { name: { $exists: true } } });
  credential.index({ keyHash: 1 }, { unique: true, partialFilterExpression: { keyHash: { $exists: true } } });
  const revocation = new Schema({ _id: String, tenant: String, count: Number }, options);
  const nonce = new Schema({ _id: String, tenant: String, expiresAt: Date }, options);
  nonce.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
  const token = new Schema(
    { _id: String, tenant: String, credential: String, scopes: [String], expiresAt: Date },
    options,
  );
  token.index({ tenant: 1, credential: 1 });
  token.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
  const session = new Schema(
    {
      _id: String,
      tenant: String,
      credential: String,
      stamp: String,
      role: String,
      address: String,
      createdAt: Date,
      lastSeenAt: Date,
      freshUntil: Date,
      expiresAt: Date,
      mustSetUp: Boolean,
    },
    options,
  );
  session.index({ tenant: 1, createdAt: -1 });
  session.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
  return { tenant, credential, revocation, nonce, token, session };
}
