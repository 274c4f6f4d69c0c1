import { count, flag, object, orNull, text, time } from '../schema-parts.ts';

/** Files that come in pieces. */
export const uploadSchemas = {
  Upload: object(
    {
      id: text,
      feed: text,
      mode: text,
      dryRun: flag,
      fileName: text,
      length: count,
      offset: count,
      expiresAt: time,
      run: orNull(text),
    },
    ['mode'],
  ),
} as const;
