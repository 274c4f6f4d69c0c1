import { accountStates } from '../../roster/index.ts';
import { idText, object, orNull, text, time } from '../schema-parts.ts';

const name = { sourcedId: idText, id: idText, username: idText, email: idText };
const status = {
  status: { enum: [...accountStates] },
  since: orNull(time),
  guid: orNull(text),
  sourcedId: orNull(text),
};

/** How accounts stand. */
export const accountSchemas = {
  AccountNames: object({
    accounts: {
      type: 'array',
      minItems: 1,
      maxItems: 1000,
      items: { ...object(name, Object.keys(name)), minProperties: 1, maxProperties: 1 },
    },
  }),
  AccountStatus: object(status),
  AccountStatuses: object({ items: { type: 'array', items: { $ref: '#/components/schemas/AccountStatus' } } }),
  ChangedAccounts: object({
    items: { type: 'array', items: object({ ...status, changedAt: time }) },
    until: time,
    more: { type: 'boolean' },
  }),
} as const;
