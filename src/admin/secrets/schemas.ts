import { count, flag, object, orNull, text } from '../schema-parts.ts';

const status = {
  current: text,
  from: { enum: ['settings', 'data-folder'] },
  sealed: { type: 'array', items: object({ key: orNull(text), current: flag, texts: count }) },
};

/** What the routes of the key of stored secrets give. */
export const secretsSchemas = {
  SecretsStatus: object(status),
  SecretsRotation: object({ ...status, isNewKey: flag, resealed: count }),
} as const;
