import { transportKinds } from '../../sync/index.ts';
import { count, object, orNull, text } from '../schema-parts.ts';
import { checkedStates } from './rooms.ts';

/** What the check of a feed's place gives. */
export const feedCheckSchemas = {
  FeedCheck: object({
    transport: { enum: [...transportKinds] },
    files: {
      type: 'array',
      items: object({
        name: text,
        version: text,
        bytes: orNull(count),
        state: { enum: [...checkedStates] },
        run: orNull(text),
      }),
    },
    total: count,
    records: orNull(count),
  }),
} as const;
