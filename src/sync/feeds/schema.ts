import { pullSchema, shownPullSchema } from '../pulls/settings.ts';
import { countedTypes } from '../run.ts';
import { feedProtocols, transportKinds } from '../types.ts';
import { sectionSchemas, shownSectionSchemas } from './sections/sections.ts';

const percentage = { type: ['number', 'null'], minimum: 0, maximum: 100 };
const limit = {
  type: 'object',
  additionalProperties: false,
  properties: { percent: percentage, number: { type: ['integer', 'null'], minimum: 0 } },
};
const limitsOfType = {
  type: 'object',
  additionalProperties: false,
  properties: { insert: limit, update: limit, delete: limit },
};
const limits = {
  type: 'object',
  additionalProperties: false,
  properties: Object.fromEntries(countedTypes.map((type) => [type, limitsOfType])),
};
const orNull = (schema: { readonly type: string; readonly [keyword: string]: unknown }) => ({
  ...schema,
  type: [schema.type, 'null'],
});
const shortText = { type: 'string', minLength: 1, maxLength: 100 };

/** The JSON Schema of what `PUT /api/v1/feeds/:name` takes; what is absent stays as it is, a list is taken as a whole. */
export const feedSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    name: { type: 'string' },
    runs: { type: 'integer' },
    protocol: { enum: feedProtocols },
    transport: { enum: transportKinds },
    mode: { enum: ['changes', 'groups-complete', 'full'] },
    namespace: { type: 'string', minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_-]+$' },
    sourceInKey: { type: 'boolean' },
    clients: {
      type: 'array',
      maxItems: 100,
      uniqueItems: true,
      items: { type: 'string', minLength: 1, maxLength: 256 },
    },
    timeZone: orNull(shortText),
    schedule: orNull(shortText),
    missedSlots: { enum: ['run-once', 'skip'] },
    lookEvery: { type: 'integer', minimum: 10, maximum: 86_400 },
    windows: {
      type: 'array',
      maxItems: 50,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'from', 'until', 'kind'],
        properties: {
          name: shortText,
          from: shortText,
          until: shortText,
          kind: { enum: ['raised-limits', 'additions-only', 'paused'] },
          limits,
        },
      },
    },
    removal: {
      type: 'object',
      additionalProperties: false,
      properties: {
        person: { enum: ['trash', 'disable', 'report'] },
        group: { enum: ['trash', 'archive', 'report'] },
        membership: { enum: ['trash', 'report'] },
        academicSession: { enum: ['trash', 'report'] },
      },
    },
    grace: {
      type: 'object',
      additionalProperties: false,
      properties: {
        runs: { type: ['integer', 'null'], minimum: 1, maximum: 1000 },
        days: { type: ['integer', 'null'], minimum: 1, maximum: 1000 },
      },
    },
    limits,
    smallerFilePercent: percentage,
    rejectedPercent: percentage,
    onBreach: { enum: ['hold', 'no-deletes', 'abort'] },
    keyChanges: { enum: ['report', 'hold', 'merge'] },
    reviewMatches: { type: 'boolean' },
    holdDays: { type: 'integer', minimum: 1, maximum: 365 },
    pull: pullSchema,
    ...sectionSchemas,
  },
} as const;

/** The JSON Schema of a feed as it is shown: without secrets. */
export const shownFeedSchema = {
  ...feedSchema,
  properties: { ...feedSchema.properties, pull: shownPullSchema, ...shownSectionSchemas },
} as const;
