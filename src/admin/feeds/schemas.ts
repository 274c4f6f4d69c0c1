import { count, type JsonSchema, list, object, refer, text, time } from '../schema-parts.ts';

/** Schemas of {@link feedReviewRoutes}, and of the preview of a pull. */
export const feedReviewSchemas = {
  HandEdit: object({
    type: { enum: ['person', 'group', 'membership'] },
    guid: text,
    id: text,
    state: text,
    at: time,
    writer: text,
    fields: { type: 'array', items: text },
  }),
  HandEditList: list('HandEdit'),
  ChecklistItem: object({
    item: { enum: ['keys', 'filters', 'archiving', 'subscribers', 'test-run'] },
    state: { enum: ['ok', 'open', 'unknown'] },
    text,
  }),
  PullPreview: object({
    collections: {
      type: 'array',
      items: object({
        type: text,
        path: text,
        records: count,
        rows: { type: 'array', items: { type: 'object', additionalProperties: text } },
        problems: { type: 'array', items: object({ column: text, path: text, text, count }) },
      }),
    },
  }),
  Checklist: object({ items: { type: 'array', items: refer('ChecklistItem') } }),
} as const satisfies Readonly<Record<string, JsonSchema>>;
