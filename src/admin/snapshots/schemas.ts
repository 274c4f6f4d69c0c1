import { count, object, orNull, refer, text } from '../schema-parts.ts';

/** What the routes of snapshots give. */
export const snapshotSchemas = {
  SnapshotFinding: object({
    finding: { enum: ['new', 'old', 'left-out', 'moved', 'conflicting'] },
    of: { enum: ['course', 'student'] },
    id: text,
    line: orNull(count),
    detail: orNull(text),
  }),
  SnapshotReport: object({
    run: orNull(text),
    items: { type: 'array', items: refer('SnapshotFinding') },
    next: orNull(text),
  }),
} as const;
