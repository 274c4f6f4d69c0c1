import { changeActions, countedTypes, runKinds, runStates } from '../sync/index.ts';
import { count, flag, idText, type JsonSchema, list, object, orNull, refer, text, time } from './schema-parts.ts';

/** Meanings of a file. */
export const modes = ['changes', 'groups-complete', 'full'] as const;

const counts = [
  'inFile',
  'created',
  'updated',
  'unchanged',
  'renamed',
  'restored',
  'trashed',
  'disabled',
  'archived',
  'rejected',
  'repaired',
  'ignored',
  'locked',
  'waiting',
  'withheld',
  'totalBefore',
  'totalAfter',
];
const countedType = { enum: [...countedTypes] };
const firstDay = { ...idText, description: 'First day, as 2026-08-01.' };
const dayAfter = { ...idText, description: 'The first day after it, as 2027-08-01.' };
const fields = orNull({ type: 'object' });

/** Runs, their lists and what is asked for, by name. */
export const runSchemas = {
  Counts: object(Object.fromEntries(counts.map((name) => [name, { type: 'integer' }]))),
  FilterVerdict: object(
    {
      filter: text,
      type: countedType,
      action: { enum: ['insert', 'update', 'delete', 'guard'] },
      changes: count,
      base: count,
      percent: { type: 'number' },
      limitPercent: { type: 'number' },
      limitNumber: { type: 'number' },
      exceeded: flag,
      reason: text,
    },
    ['percent', 'limitPercent', 'limitNumber'],
  ),
  RunProblem: object({
    kind: text,
    count,
    first: object({ file: orNull(text), line: orNull(count), id: orNull(text), message: text }),
  }),
  PackagedFile: object(
    {
      name: text,
      imported: flag,
      records: count,
      rejected: count,
      comment: text,
      whole: object({ of: text, bytes: count }),
    },
    ['whole'],
  ),
  Progress: object({
    phase: { enum: ['reading', 'removals', 'listing', 'applying'] },
    records: count,
    perSecond: count,
    percent: { type: 'number', minimum: 0, maximum: 100 },
    bytes: count,
  }),
  Run: {
    ...object(
      {
        id: text,
        kind: { enum: [...runKinds] },
        feed: text,
        protocol: text,
        mode: { enum: [...modes] },
        state: { enum: [...runStates] },
        dryRun: flag,
        queuedAt: time,
        notBefore: orNull(time),
        startedAt: orNull(time),
        endedAt: orNull(time),
        of: orNull(text),
        file: object({ name: text, bytes: count, sha256: text }),
        files: { type: 'array', items: refer('PackagedFile') },
        pull: object({
          kind: { enum: ['full', 'delta'] },
          note: orNull(text),
          collections: orNull({ type: 'object', additionalProperties: orNull(object({ newest: time, from: time })) }),
          metadata: { type: 'array', items: text },
          startedAt: time,
          base: orNull(text),
          fullAt: time,
          source: text,
        }),
        counts: object(Object.fromEntries(countedTypes.map((type) => [type, refer('Counts')]))),
        pairs: object({ keyChanges: count, matches: count, merged: count }),
        filters: { type: 'array', items: refer('FilterVerdict') },
        problems: { type: 'array', items: refer('RunProblem') },
        reason: orNull(text),
        progress: refer('Progress'),
        expiresAt: orNull(time),
        decision: object({ by: text, at: time, approved: flag }),
        undoneBy: orNull(text),
        keptUntil: orNull(time),
        purgedAt: time,
      },
      ['files', 'pull', 'progress', 'decision', 'purgedAt'],
    ),
    // Later versions add members: a reader passes over what it does not know.
    additionalProperties: true,
  },
  RunList: list('Run'),
  Change: object({
    type: countedType,
    action: { enum: [...changeActions] },
    id: text,
    guid: text,
    name: orNull(text),
    line: orNull(count),
    before: fields,
    after: fields,
  }),
  ChangeList: list('Change'),
  RunProblemItem: object(
    {
      kind: text,
      type: orNull(countedType),
      file: orNull(text),
      line: orNull(count),
      id: orNull(text),
      field: orNull(text),
      message: text,
      rows: count,
    },
    ['rows'],
  ),
  RunProblemList: list('RunProblemItem'),
  Pair: object({
    kind: { enum: ['key-change', 'match'] },
    guid: text,
    knownId: text,
    newId: text,
    name: orNull(text),
    by: { type: 'array', items: text },
    merged: flag,
  }),
  PairList: list('Pair'),
  Merge: {
    type: 'object',
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
    properties: {
      newIds: { type: 'array', minItems: 1, maxItems: 10_000, uniqueItems: true, items: idText },
      all: { const: true },
    },
  },
  Rollover: object(
    {
      under: idText,
      next: object({ id: idText, title: idText, start: firstDay, end: dayAfter }, ['title', 'start', 'end']),
      feed: { type: 'string', minLength: 1, maxLength: 64 },
      dryRun: flag,
    },
    ['next', 'feed', 'dryRun'],
  ),
  CertificationLog: object({
    testIdentifier: text,
    testDate: time,
    status: { enum: ['Success', 'Fail'] },
    filesImported: { type: 'array', items: text },
    filesRejected: { type: 'array', items: text },
    comments: { type: 'array', items: text },
  }),
} as const satisfies Readonly<Record<string, JsonSchema>>;
