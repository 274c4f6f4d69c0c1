import { problemCodes } from '../base/problem.ts';
import { recordTypes } from '../model/index.ts';
import { tenantSettingsSchema } from '../roster/index.ts';
import { countedTypes, downstreamSchema, feedSchema } from '../sync/index.ts';

/** A JSON Schema (draft 2020-12, as OpenAPI 3.1 has it). */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** States of a run. */
export const runStates = ['queued', 'running', 'held', 'done', 'failed', 'rejected', 'expired', 'undone'] as const;

/** Meanings of a file. */
export const modes = ['changes', 'groups-complete', 'full'] as const;

/** The most ids of one restore. */
export const mostIds = 1000;

const text = { type: 'string' };
const count = { type: 'integer', minimum: 0 };
const time = { type: 'string', format: 'date-time' };
const orNull = (schema: JsonSchema) => ({ anyOf: [schema, { type: 'null' }] });
const refer = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** A closed object; properties are required unless named optional. */
function object(properties: Readonly<Record<string, JsonSchema>>, optional: readonly string[] = []): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', additionalProperties: false, required, properties };
}

function list(item: string): JsonSchema {
  return object({ items: { type: 'array', items: refer(item) }, total: count, next: orNull(text) });
}

/** The same schema with every property required, at every depth. */
function complete(schema: JsonSchema): JsonSchema {
  const properties = schema['properties'] as Readonly<Record<string, JsonSchema>> | undefined;
  if (properties === undefined) return schema;
  const inner = Object.entries(properties).map(([name, one]) => [name, complete(one)] as const);
  return { ...schema, required: Object.keys(properties), properties: Object.fromEntries(inner) };
}

const perType = (schema: JsonSchema) => object(Object.fromEntries(countedTypes.map((type) => [type, schema])));
const type = { enum: [...recordTypes] };
const place = object({ file: text, line: count, field: text, id: text }, ['file', 'line', 'field', 'id']);
const problem = object({ code: { enum: [...problemCodes] }, text, place }, ['place']);
const counted = ['inFile', 'created', 'updated', 'unchanged', 'renamed', 'restored', 'trashed', 'disabled', 'archived'];
const totals = ['rejected', 'repaired', 'totalBefore', 'totalAfter'];

/** What the API takes and gives, by name; `#/components/schemas` of the OpenAPI document. */
export const schemas = {
  Counts: object(Object.fromEntries([...counted, ...totals].map((name) => [name, { type: 'integer' }]))),
  FilterVerdict: object(
    {
      filter: text,
      type: { enum: [...countedTypes] },
      action: { enum: ['insert', 'update', 'delete', 'guard'] },
      changes: count,
      base: count,
      percent: { type: 'number' },
      limitPercent: { type: 'number' },
      limitNumber: { type: 'number' },
      exceeded: { type: 'boolean' },
      reason: text,
    },
    ['percent', 'limitPercent', 'limitNumber'],
  ),
  RunProblem: object({
    kind: text,
    count,
    first: object({ file: orNull(text), line: orNull(count), id: orNull(text), message: text }),
  }),
  Run: {
    ...object(
      {
        id: text,
        feed: text,
        protocol: text,
        mode: { enum: [...modes] },
        state: { enum: [...runStates] },
        dryRun: { type: 'boolean' },
        startedAt: orNull(time),
        endedAt: orNull(time),
        file: object({ name: text, bytes: count, sha256: text }),
        counts: perType(refer('Counts')),
        filters: { type: 'array', items: refer('FilterVerdict') },
        problems: { type: 'array', items: refer('RunProblem') },
        progress: object({ phase: { enum: ['reading', 'applying'] }, records: count, bytes: count }),
        decision: object({ by: text, at: time, approved: { type: 'boolean' } }),
      },
      ['progress', 'decision'],
    ),
    // Later versions add members: a reader passes over what it does not know.
    additionalProperties: true,
  },
  RunList: list('Run'),
  FeedSettings: feedSchema as JsonSchema,
  Feed: complete(feedSchema as JsonSchema),
  FeedList: list('Feed'),
  SettingsChange: tenantSettingsSchema as JsonSchema,
  Settings: complete(tenantSettingsSchema as JsonSchema),
  Credential: object({
    name: text,
    kinds: { type: 'array', items: { enum: ['soap', 'oneroster', 'admin'] } },
    passwordDigest: { type: 'boolean' },
    createdAt: time,
  }),
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
    },
  },
  RestoreResult: object(
    {
      id: text,
      restored: { type: 'boolean' },
      with: object(Object.fromEntries(recordTypes.map((name) => [name, count]))),
      notRestored: { type: 'array', items: problem },
      problem,
    },
    ['with', 'notRestored', 'problem'],
  ),
  RestoreResults: object({ items: { type: 'array', items: refer('RestoreResult') } }),
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
