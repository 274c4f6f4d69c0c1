import { count, object, orNull, refer, text } from '../schema-parts.ts';

/** What the routes of unmapped values give. */
export const unmappedSchemas = {
  UnmappedItem: object({
    column: text,
    value: orNull(text),
    rows: count,
    line: orNull(count),
    setting: text,
    entry: { type: 'object' },
  }),
  UnmappedList: object({
    run: orNull(text),
    items: { type: 'array', items: refer('UnmappedItem') },
    total: count,
    next: orNull(text),
  }),
} as const;
