import { Ajv } from 'ajv';
import { ok, type Result } from '../base/result.ts';
import { settingFault } from '../base/schema-fault.ts';
import { countedTypes } from './run.ts';
import type { Feed, Limit } from './types.ts';

const limit = (percent: number): Limit => ({ percent, number: null });
const limits = () => ({ insert: limit(25), update: limit(75), delete: limit(10) });

/** A feed's settings until somebody changes them: limits of the field (ims-enterprise-xml-and-peers.md 7.3). */
export function defaultFeed(name: string): Feed {
  return {
    name,
    protocol: 'ims-enterprise-xml',
    mode: 'changes',
    namespace: 'default',
    sourceInKey: false,
    removal: { person: 'trash', group: 'trash', membership: 'trash' },
    limits: { person: limits(), group: limits(), membership: limits(), academicSession: limits() },
    smallerFilePercent: 50,
    rejectedPercent: 10,
    onBreach: 'hold',
    holdDays: 7,
    runs: 0,
  };
}

const percentage = { type: ['number', 'null'], minimum: 0, maximum: 100 };
const limitSchema = {
  type: 'object',
  additionalProperties: false,
  properties: { percent: percentage, number: { type: ['integer', 'null'], minimum: 0 } },
};
const limitsSchema = {
  type: 'object',
  additionalProperties: false,
  properties: { insert: limitSchema, update: limitSchema, delete: limitSchema },
};

/** The JSON Schema of what `PUT /api/v1/feeds/:name` takes; what is absent stays as it is. */
export const feedSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    name: { type: 'string' },
    runs: { type: 'integer' },
    protocol: { enum: ['ims-enterprise-xml'] },
    mode: { enum: ['changes', 'groups-complete', 'full'] },
    namespace: { type: 'string', minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_-]+$' },
    sourceInKey: { type: 'boolean' },
    removal: {
      type: 'object',
      additionalProperties: false,
      properties: {
        person: { enum: ['trash', 'disable', 'report'] },
        group: { enum: ['trash', 'report'] },
        membership: { enum: ['trash', 'report'] },
      },
    },
    limits: {
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(countedTypes.map((type) => [type, limitsSchema])),
    },
    smallerFilePercent: percentage,
    rejectedPercent: percentage,
    onBreach: { enum: ['hold', 'no-deletes', 'abort'] },
    holdDays: { type: 'integer', minimum: 1, maximum: 365 },
  },
} as const;

/** Whether a text may name a feed: letters, digits, `-` and `_`, a letter or digit first, at most 64. */
export function isFeedName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name);
}

/** Makes the check of settings: merges them into the feed, or says which field is wrong. */
export function makeFeedCheck(): (feed: Feed, settings: unknown) => Result<Feed> {
  const check = new Ajv({ allErrors: false, allowUnionTypes: true }).compile(feedSchema);
  return (feed, settings) => {
    if (!check(settings)) return settingFault(check.errors);
    const wanted = settings as Partial<Feed>;
    const merged: Feed = { ...feed, ...wanted, name: feed.name, runs: feed.runs };
    merged.removal = { ...feed.removal, ...wanted.removal };
    merged.limits = { ...feed.limits };
    for (const type of countedTypes) {
      const given = wanted.limits?.[type];
      if (given === undefined) continue;
      const old = feed.limits[type];
      merged.limits[type] = {
        insert: { ...old.insert, ...given.insert },
        update: { ...old.update, ...given.update },
        delete: { ...old.delete, ...given.delete },
      };
    }
    return ok(merged);
  };
}
