import { problemCodes } from '../base/problem.ts';
import { recordTypes, rosterTypes } from '../model/index.ts';
import {
  adminRoles,
  credentialKinds,
  hideableFields,
  sharingSchema,
  tenantSettingsSchema,
  tenantStates,
} from '../roster/index.ts';
import { downstreamSchema, feedSchema } from '../sync/index.ts';
import { accountSchemas } from './accounts/schemas.ts';
import { arrivalSchemas } from './arrivals/schemas.ts';
import { auditSchemas } from './audit/schemas.ts';
import { feedCheckSchemas } from './feed-check/schemas.ts';
import { feedReviewSchemas } from './feeds/schemas.ts';
import { feedWithHealth } from './health/schemas.ts';
import { jobSchemas } from './jobs/schemas.ts';
import { providerSchemas } from './oidc/schemas.ts';
import { preferenceSchemas } from './preferences/schemas.ts';
import { runSchemas } from './run-schemas.ts';
import { complete, count, type JsonSchema, list, object, orNull, refer, text, time } from './schema-parts.ts';
import { secretsSchemas } from './secrets/schemas.ts';
import { sessionSchemas } from './session/schemas.ts';
import { sftpSchemas } from './sftp/schemas.ts';
import { snapshotSchemas } from './snapshots/schemas.ts';
import { subjectSchemas } from './subject/schemas.ts';
import { subscriberSchemas } from './subscribers/schemas.ts';
import { unmappedSchemas } from './unmapped/schemas.ts';
import { uploadSchemas } from './uploads/schemas.ts';
import { webhookSchemas } from './webhooks/schemas.ts';

/** The most ids of one restore. */
export const mostIds = 1000;

const type = { enum: [...recordTypes] };
const credentialKind = { enum: [...credentialKinds] };
const tenantParts = {
  id: text,
  state: { enum: [...tenantStates] },
  reason: orNull(text),
  createdAt: time,
  since: orNull(time),
  erasedAt: orNull(time),
};
const scopeList = { type: 'array', items: { type: 'string', minLength: 1, maxLength: 256 }, maxItems: 100 };
const role = { enum: [...adminRoles] };
const credentialLimits = {
  role,
  expiresAt: orNull({ type: 'string', maxLength: 40 }),
  networks: orNull({
    type: 'array',
    minItems: 1,
    maxItems: 100,
    items: { type: 'string', minLength: 2, maxLength: 64 },
  }),
  feeds: orNull({ type: 'array', minItems: 1, maxItems: 100, items: { type: 'string', minLength: 1, maxLength: 64 } }),
  publicKeys: orNull({ type: 'array', maxItems: 20, items: { type: 'string', minLength: 1, maxLength: 8192 } }),
};
const credentialParts = {
  kinds: { type: 'array', items: credentialKind },
  role: orNull(role),
  state: { enum: ['active', 'disabled', 'expired'] },
  expiresAt: orNull(time),
  networks: orNull({ type: 'array', items: text }),
  feeds: orNull({ type: 'array', items: text }),
  lastUsedAt: orNull(time),
  scopes: scopeList,
  namespace: text,
  passwordDigest: { type: 'boolean' },
  oauth1: { enum: ['denied', 'HMAC-SHA256', 'HMAC-SHA256 and HMAC-SHA1'] },
  createdAt: time,
};
const place = object({ file: text, line: count, field: text, id: text }, ['file', 'line', 'field', 'id']);
const problem = object({ code: { enum: [...problemCodes] }, text, place }, ['place']);

/** What the API takes and gives, by name; `#/components/schemas` of the OpenAPI document. */
export const schemas = {
  ...runSchemas,
  ...feedReviewSchemas,
  ...uploadSchemas,
  ...arrivalSchemas,
  ...feedCheckSchemas,
  ...sftpSchemas,
  ...unmappedSchemas,
  ...webhookSchemas,
  ...snapshotSchemas,
  ...jobSchemas,
  ...auditSchemas,
  ...secretsSchemas,
  ...providerSchemas,
  ...sessionSchemas,
  ...subjectSchemas,
  ...accountSchemas,
  ...preferenceSchemas,
  ...subscriberSchemas,
  FeedSettings: { ...feedSchema, properties: { ...feedSchema.properties, health: { type: 'object' } } } as JsonSchema,
  Feed: feedWithHealth,
  FeedList: list('Feed'),
  Pull: object({
    feed: text,
    dryRun: { type: 'boolean' },
    state: { enum: ['reading', 'submitted', 'failed'] },
    startedAt: time,
    records: count,
    kind: orNull({ enum: ['full', 'delta'] }),
    note: orNull(text),
    run: orNull(text),
    problem: orNull(problem),
  }),
  PullCheck: object({ records: orNull(count) }),
  SettingsChange: tenantSettingsSchema as JsonSchema,
  Settings: complete(tenantSettingsSchema as JsonSchema),
  Credential: object(
    {
      name: text,
      ...credentialParts,
      publicKeys: { type: 'array', items: text },
      provider: object({ issuer: text, subject: text, label: text }, ['label']),
    },
    ['publicKeys', 'provider'],
  ),
  MadeCredential: object({ name: text, ...credentialParts, publicKeys: { type: 'array', items: text }, secret: text }, [
    'publicKeys',
    'secret',
  ]),
  NewCredential: object(
    {
      name: { type: 'string', minLength: 1, maxLength: 256, pattern: '^[^\\s:]+$' },
      kinds: { type: 'array', items: credentialKind, minItems: 1, uniqueItems: true },
      scopes: scopeList,
      namespace: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,64}$' },
      secret: { type: 'string', minLength: 12, maxLength: 1024 },
      ...credentialLimits,
    },
    ['scopes', 'namespace', 'secret', ...Object.keys(credentialLimits)],
  ),
  CredentialChange: {
    ...object({ ...credentialLimits, disabled: { type: 'boolean' } }, [...Object.keys(credentialLimits), 'disabled']),
    minProperties: 1,
  },
  Scopes: object({ scopes: scopeList }),
  Sharing: sharingSchema as JsonSchema,
  SharingPreview: object({
    sharing: refer('Sharing'),
    collections: {
      type: 'array',
      items: object({
        name: text,
        shared: count,
        of: count,
        first: { type: 'array', items: object({ sourcedId: text, name: orNull(text) }) },
      }),
    },
    unknownSchools: { type: 'array', items: text },
    hiddenFields: object(
      Object.fromEntries(Object.keys(hideableFields).map((name) => [name, { type: 'array', items: text }])),
      Object.keys(hideableFields),
    ),
  }),
  OwnSecret: object({ secret: { type: 'string', minLength: 1, maxLength: 1024 }, sha1: { type: 'boolean' } }, ['sha1']),
  CredentialList: object({ items: { type: 'array', items: refer('Credential') } }),
  OwnPassword: object({ password: { type: 'string', minLength: 1, maxLength: 1024 } }),
  TrashItem: object({
    id: text,
    type,
    sourcedId: text,
    name: text,
    trashedAt: time,
    trashedBy: text,
    run: orNull(text),
  }),
  TrashList: list('TrashItem'),
  ArchivedItem: object({
    id: text,
    type,
    sourcedId: text,
    name: text,
    archivedAt: time,
    archivedBy: text,
    run: orNull(text),
  }),
  ArchivedList: list('ArchivedItem'),
  Restore: {
    type: 'object',
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
    properties: {
      ids: {
        type: 'array',
        minItems: 1,
        maxItems: mostIds,
        uniqueItems: true,
        items: { type: 'string', minLength: 1, maxLength: 64 },
      },
      run: { type: 'string', minLength: 1, maxLength: 64 },
      search: {
        type: 'object',
        additionalProperties: false,
        minProperties: 1,
        properties: {
          q: { type: 'string', minLength: 1, maxLength: 256 },
          type,
          run: { type: 'string', minLength: 1, maxLength: 64 },
        },
      },
    },
  },
  RestoreResult: object(
    {
      id: text,
      restored: { type: 'boolean' },
      with: object(Object.fromEntries(rosterTypes.map((name) => [name, count]))),
      notRestored: { type: 'array', items: problem },
      problem,
    },
    ['with', 'notRestored', 'problem'],
  ),
  RestoreResults: object({ items: { type: 'array', items: refer('RestoreResult') } }),
  Record: object({
    type,
    guid: text,
    ids: object({ ims: text, oneRoster: text, others: { type: 'array', items: text } }),
    state: { enum: ['active', 'disabled', 'archived', 'trashed'] },
    owner: text,
    claims: { type: 'array', items: object({ feed: text, since: time }) },
    locks: { type: 'array', items: text },
    trash: orNull(object({ at: time, by: text, run: orNull(text), from: text })),
    data: { type: 'object' },
    createdAt: time,
    updatedAt: time,
  }),
  Locks: object({
    type,
    guid: text,
    locks: { type: 'array', items: text },
    lockable: { type: 'array', items: text },
  }),
  LocksChange: object(
    {
      type,
      fields: {
        type: 'array',
        maxItems: 64,
        uniqueItems: true,
        items: { type: 'string', minLength: 1, maxLength: 64 },
      },
    },
    ['type'],
  ),
  Waiting: object({
    id: text,
    sourcedId: text,
    group: text,
    member: text,
    memberType: { enum: ['person', 'group'] },
    waitsFor: {
      type: 'array',
      items: object({ type, sourcedId: text, state: { enum: ['expected', 'trashed'] } }),
    },
    reason: text,
  }),
  WaitingList: list('Waiting'),
  DownstreamSettings: downstreamSchema as JsonSchema,
  Downstream: object({
    settings: object({
      protocol: { enum: ['ims-es'] },
      url: text,
      user: text,
      batchSize: count,
      paused: { type: 'boolean' },
    }),
    state: { enum: ['up-to-date', 'delivering', 'waiting', 'paused'] },
    initial: orNull(object({ done: count, total: count })),
    behind: count,
    deliveredUntil: orNull(time),
    delivered: object({ written: count, removed: count, renamed: count }),
    deadLetters: count,
    failing: orNull(object({ since: time, attempts: count, reason: text, nextAt: time })),
  }),
  DeadLetter: object({
    id: text,
    type,
    guid: text,
    sourcedId: text,
    op: { enum: ['write', 'remove', 'rename'] },
    problem,
    attempts: count,
    at: time,
  }),
  DeadLetterList: list('DeadLetter'),
  Retried: object({ retried: count }),
  Tenant: object(tenantParts),
  TenantList: object({ items: { type: 'array', items: refer('Tenant') } }),
  NewTenant: object({ id: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$' }, timeZone: text }, [
    'timeZone',
  ]),
  MadeTenant: object({ ...tenantParts, user: text, password: text, adminKey: text }),
  Problem: object(
    {
      type: { type: 'string', format: 'uri' },
      title: text,
      status: { type: 'integer' },
      detail: text,
      code: { enum: [...problemCodes] },
      place,
    },
    ['place'],
  ),
} as const satisfies Readonly<Record<string, JsonSchema>>;

/** Name of one of {@link schemas}. */
export type SchemaName = keyof typeof schemas;
