import { countedTypes, shownFeedSchema } from '../../sync/index.ts';
import { complete, count, type JsonSchema, object, orNull, text, time } from '../schema-parts.ts';
import { healthStates } from './rooms.ts';

const feed = complete(shownFeedSchema as JsonSchema) as JsonSchema & {
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, JsonSchema>>;
};

/** How a feed is and how it went. */
const health = object({
  state: { enum: [...healthStates] },
  reason: orNull(text),
  lastRun: orNull(object({ id: text, state: text, at: time })),
  lastGoodRun: orNull(object({ id: text, at: time })),
  nextRun: orNull(time),
  lastLook: orNull(object({ at: time, problem: orNull(object({ code: text, text })) })),
  waitingFiles: count,
  trend: {
    type: 'array',
    items: object({ run: text, at: time, totals: object(Object.fromEntries(countedTypes.map((one) => [one, count]))) }),
  },
});

/** A feed with its settings and its health. */
export const feedWithHealth: JsonSchema = {
  ...feed,
  required: [...feed.required, 'health'],
  properties: { ...feed.properties, health },
};
