import mongoose from 'mongoose';
import type { TSchema } from 'typebox';
import {
  AssessmentLineItem,
  AssessmentResult,
  Category,
  type CourseworkType,
  Group,
  LineItem,
  Membership,
  Person,
  Resource,
  Result,
  ScoreScale,
} from '../model/index.ts';
import { arrivalSchema } from './arrivals/schema.ts';
import { deliverySchema, noticeSchema, subscriberSchema, webhookSchema } from './notices/schema.ts';
import { recordSchema } from './schema.ts';
import { accessSchemas } from './tenancy/schemas.ts';

const { Schema } = mongoose;
const options = { versionKey: false, autoIndex: false, strict: true } as const;

function records() {
  const person = recordSchema(Person);
  const group = recordSchema(Group);
  const membership = recordSchema(Membership);
  for (const schema of [person, group, membership]) {
    schema.index({ tenant: 1, keys: 1 }, { unique: true, partialFilterExpression: { keys: { $exists: true } } });
    schema.index({ tenant: 1, views: 1, _id: 1 });
    schema.index({ tenant: 1, updatedAt: 1 });
    schema.index({ tenant: 1, 'trash.at': -1, _id: 1 }, { partialFilterExpression: { 'trash.at': { $exists: true } } });
    schema.index(
      { tenant: 1, 'trash.removal': 1 },
      { partialFilterExpression: { 'trash.removal': { $exists: true } } },
    );
  }
  for (const schema of [person, group]) schema.index({ tenant: 1, views: 1, sourcedId: 1 });
  person.index({ tenant: 1, 'derived.orgs': 1 });
  // Sign-on finds a person by a log-in of some federation.
  person.index(
    { tenant: 1, 'data.userIds.value': 1 },
    { partialFilterExpression: { 'data.userIds.value': { $exists: true } } },
  );
  // What users are asked for by; those who share a value come in the order of their guids, as pages do.
  for (const field of indexedUserFields) {
    const shown = `shown.${field}`;
    person.index({ tenant: 1, [shown]: 1, _id: 1 }, { partialFilterExpression: { [shown]: { $exists: true } } });
  }
  person.index(
    { tenant: 1, 'data.relationships.target': 1 },
    { partialFilterExpression: { 'data.relationships.target': { $exists: true } } },
  );
  person.index({ tenant: 1, 'data.agents': 1 }, { partialFilterExpression: { 'data.agents': { $exists: true } } });
  group.index({ tenant: 1, 'data.relationships.target': 1 });
  // What belongs to a school, course, session or org in OneRoster's nested reads.
  for (const [field, last] of [
    ['derived.school', { views: 1, _id: 1 }],
    ['derived.course', { _id: 1 }],
    ['derived.terms', { _id: 1 }],
    ['derived.parent', {}],
  ] as const) {
    group.index({ tenant: 1, [field]: 1, ...last }, { partialFilterExpression: { [field]: { $exists: true } } });
  }
  membership.index({ tenant: 1, 'data.group': 1 });
  membership.index({ tenant: 1, 'data.member': 1 });
  membership.index({ tenant: 1, waitsFor: 1 }, { partialFilterExpression: { waitsFor: { $exists: true } } });
  return { person, group, membership };
}

/** Fields of users by which they are found without looking at each; `username1p1` is that of users who have none. */
const indexedUserFields = [
  'username',
  'username1p1',
  'email',
  'identifier',
  'userMasterIdentifier',
  'familyName',
] as const;

/** Fields by which records of OneRoster's own nouns are asked for, each with an index. */
const relationsOf = {
  lineItem: ['class', 'category', 'gradingPeriod', 'academicSession'],
  result: ['lineItem', 'student', 'class'],
  category: [],
  scoreScale: ['class', 'course'],
  assessmentLineItem: ['class', 'parentAssessmentLineItem'],
  assessmentResult: ['assessmentLineItem', 'student'],
  resource: [],
} as const satisfies Record<CourseworkType, readonly string[]>;

function coursework() {
  const tables = {
    lineItem: LineItem,
    result: Result,
    category: Category,
    scoreScale: ScoreScale,
    assessmentLineItem: AssessmentLineItem,
    assessmentResult: AssessmentResult,
    resource: Resource,
  } as const satisfies Record<CourseworkType, TSchema>;
  const made = (type: CourseworkType) => {
    const schema = recordSchema(tables[type]);
    schema.index({ tenant: 1, keys: 1 }, { unique: true, partialFilterExpression: { keys: { $exists: true } } });
    schema.index({ tenant: 1, views: 1, _id: 1 });
    schema.index({ tenant: 1, views: 1, sourcedId: 1 });
    schema.index({ tenant: 1, updatedAt: 1 });
    schema.index({ tenant: 1, 'trash.at': -1, _id: 1 }, { partialFilterExpression: { 'trash.at': { $exists: true } } });
    for (const field of relationsOf[type]) schema.index({ tenant: 1, [`data.${field}`]: 1 });
    return schema;
  };
  return {
    lineItem: made('lineItem'),
    result: made('result'),
    category: made('category'),
    scoreScale: made('scoreScale'),
    assessmentLineItem: made('assessmentLineItem'),
    assessmentResult: made('assessmentResult'),
    resource: made('resource'),
  };
}

/** Schemas of all collections with their indexes; made at start by {@link migrate}. */
export function schemas() {
  const { person, group, membership } = records();
  const clock = new Schema(
    {
      _id: String,
      tenant: String,
      sequence: Number,
      updatedAt: Date,
      counts: Schema.Types.Mixed,
      view: String,
      items: Schema.Types.Mixed,
    },
    options,
  );
  const change = new Schema(
    {
      tenant: String,
      sequence: Number,
      at: Date,
      writer: String,
      run: String,
      source: String,
      created: Schema.Types.Mixed,
      changed: [Schema.Types.Mixed],
    },
    options,
  );
  change.index({ tenant: 1, sequence: 1 });
  change.index({ tenant: 1, run: 1, sequence: 1 }, { partialFilterExpression: { run: { $exists: true } } });
  const block = new Schema(
    { tenant: String, feed: String, sequence: Number, entries: Buffer, base: String, total: Number },
    options,
  );
  block.index({ tenant: 1, feed: 1, sequence: 1 });
  const brake = new Schema({ _id: String, tenant: String, hours: Schema.Types.Mixed }, options);
  const tombstone = new Schema(
    { _id: String, tenant: String, views: [String], sourcedId: String, at: Date, expiresAt: Date },
    options,
  );
  tombstone.index({ tenant: 1, at: 1 });
  tombstone.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
  const departure = new Schema(
    { _id: String, tenant: String, view: String, sourcedId: String, at: Date, expiresAt: Date },
    options,
  );
  departure.index({ tenant: 1, view: 1, at: 1, _id: 1 });
  departure.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
  const feed = new Schema(
    { _id: String, tenant: String, name: String, settings: Schema.Types.Mixed, pull: Schema.Types.Mixed },
    options,
  );
  feed.index({ tenant: 1, name: 1 }, { unique: true });
  const run = new Schema(
    {
      _id: String,
      tenant: String,
      feed: String,
      state: String,
      order: Number,
      queuedAt: Date,
      writer: String,
      source: String,
      file: Schema.Types.Mixed,
      lease: Schema.Types.Mixed,
      turn: String,
      notBefore: Date,
      expiresAt: Date,
      originalUntil: Date,
      keptUntil: Date,
      cleanedUntil: Date,
      unnoticed: Boolean,
      report: Schema.Types.Mixed,
      work: Schema.Types.Mixed,
    },
    options,
  );
  run.index({ tenant: 1, order: -1 });
  run.index({ tenant: 1, feed: 1, order: -1 });
  run.index({ state: 1, order: 1 });
  run.index({ tenant: 1, turn: 1 }, { unique: true, partialFilterExpression: { turn: { $exists: true } } });
  run.index({ unnoticed: 1, order: 1 }, { partialFilterExpression: { unnoticed: true } });
  for (const time of ['originalUntil', 'keptUntil']) {
    run.index({ [time]: 1 }, { partialFilterExpression: { [time]: { $exists: true } } });
  }
  const job = new Schema(
    {
      _id: String,
      tenant: String,
      kind: String,
      key: String,
      state: String,
      addedAt: Date,
      dueAt: Date,
      nextAt: Date,
      attempt: Number,
      payload: Schema.Types.Mixed,
      problem: Schema.Types.Mixed,
      failedAt: Date,
      lease: Schema.Types.Mixed,
    },
    options,
  );
  job.index({ tenant: 1, kind: 1, key: 1 }, { unique: true });
  job.index({ tenant: 1, state: 1, _id: 1 });
  job.index({ state: 1, kind: 1, dueAt: 1 });
  const absence = new Schema(
    { _id: String, tenant: String, feed: String, guid: String, since: Date, runs: Number, run: String },
    options,
  );
  absence.index({ tenant: 1, feed: 1, guid: 1 }, { unique: true });
  const finding = new Schema(
    {
      _id: String,
      tenant: String,
      run: String,
      fence: Number,
      list: String,
      n: Number,
      kinds: [Schema.Types.Mixed],
      packed: Buffer,
    },
    options,
  );
  finding.index({ tenant: 1, run: 1, list: 1, fence: 1, n: 1 });
  const downstream = new Schema(
    {
      _id: String,
      tenant: String,
      settings: Schema.Types.Mixed,
      sealed: String,
      version: String,
      stale: Boolean,
      position: Number,
      deliveredUntil: Date,
      initial: Schema.Types.Mixed,
      delivered: Schema.Types.Mixed,
      failing: Schema.Types.Mixed,
      nextAt: Date,
      retryAsked: Number,
      retryDone: Number,
      servedAt: Date,
      lease: Schema.Types.Mixed,
    },
    options,
  );
  downstream.index({ 'settings.paused': 1, nextAt: 1 });
  const deadLetter = new Schema(
    {
      _id: String,
      tenant: String,
      type: { type: String },
      guid: String,
      sourcedId: String,
      op: String,
      problem: Schema.Types.Mixed,
      attempts: Number,
      at: Date,
      retry: Boolean,
    },
    options,
  );
  deadLetter.index({ tenant: 1, _id: 1 });
  const delivered = new Schema({ _id: String, tenant: String, ids: [String] }, options);
  delivered.index({ tenant: 1, ids: 1 });
  // Written and read as they are hashed, without a cast.
  const audit = new Schema({ _id: String, tenant: String, sequence: Number, subject: Schema.Types.Mixed }, options);
  audit.index({ tenant: 1, sequence: 1 }, { unique: true });
  audit.index({ tenant: 1, action: 1, sequence: 1 });
  audit.index({ tenant: 1, writer: 1, sequence: 1 });
  audit.index(
    { tenant: 1, 'subject.id': 1, sequence: 1 },
    { partialFilterExpression: { 'subject.id': { $exists: true } } },
  );
  const auditHead = new Schema({ _id: String, tenant: String, sequence: Number, hash: String }, options);
  const attempt = new Schema({ key: String, points: Number, expire: Date }, options);
  attempt.index({ key: 1 }, { unique: true });
  attempt.index({ expire: 1 }, { expireAfterSeconds: 0 });
  const migration = new Schema({ _id: String, at: Date }, options);
  return {
    ...accessSchemas(),
    person,
    group,
    membership,
    ...coursework(),
    arrival: arrivalSchema(),
    clock,
    change,
    block,
    brake,
    tombstone,
    departure,
    feed,
    run,
    job,
    notice: noticeSchema(),
    subscriber: subscriberSchema(),
    webhook: webhookSchema(),
    delivery: deliverySchema(),
    absence,
    finding,
    downstream,
    deadLetter,
    delivered,
    audit,
    auditHead,
    attempt,
    migration,
  };
}

/** Names of the models and their collections. */
export const collectionNames = {
  person: 'persons',
  group: 'groups',
  membership: 'memberships',
  lineItem: 'lineItems',
  result: 'results',
  category: 'categories',
  scoreScale: 'scoreScales',
  assessmentLineItem: 'assessmentLineItems',
  assessmentResult: 'assessmentResults',
  resource: 'resources',
  tenant: 'tenants',
  credential: 'credentials',
  revocation: 'revocations',
  nonce: 'nonces',
  token: 'tokens',
  session: 'sessions',
  clock: 'clocks',
  change: 'changes',
  block: 'blocks',
  brake: 'brakes',
  tombstone: 'tombstones',
  departure: 'departures',
  feed: 'feeds',
  run: 'runs',
  arrival: 'arrivals',
  job: 'jobs',
  notice: 'notices',
  subscriber: 'subscribers',
  webhook: 'webhooks',
  delivery: 'deliveries',
  absence: 'absences',
  finding: 'findings',
  downstream: 'downstreams',
  deadLetter: 'deadLetters',
  delivered: 'delivered',
  audit: 'audit',
  auditHead: 'auditHeads',
  attempt: 'attempts',
  migration: 'migrations',
} as const;

/** One of the collections. */
export type CollectionName = keyof typeof collectionNames;

/**
 * Collections that are looked up without a tenant (decisions 5.2); every other query begins with `tenant`. Runs,
 * downstreams and jobs are claimed by workers over all tenants.
 */
export const tenantless: readonly CollectionName[] = [
  'tenant',
  'credential',
  'nonce',
  'token',
  'session',
  'attempt',
  'migration',
  'run',
  'job',
  'downstream',
];
