import { auditFaults } from '../../roster/index.ts';
import { count, object, orNull, refer, text, time } from '../schema-parts.ts';

const optional = ['role', 'address', 'request', 'problem', 'subject', 'count', 'run', 'reason'] as const;

/** What the routes of the audit log give. */
export const auditSchemas = {
  AuditEntry: object(
    {
      sequence: { type: 'integer', minimum: 1 },
      at: time,
      writer: text,
      role: text,
      source: { enum: ['soap', 'rest', 'file', 'admin', 'cli'] },
      address: text,
      request: text,
      action: text,
      outcome: { enum: ['done', 'refused'] },
      problem: text,
      subject: object({ type: text, id: text }, ['id']),
      count,
      run: text,
      reason: text,
      key: text,
      previous: text,
      hash: text,
    },
    optional,
  ),
  AuditList: object({ items: { type: 'array', items: refer('AuditEntry') }, next: orNull(text) }),
  AuditCheck: object({
    entries: count,
    first: count,
    last: count,
    hash: text,
    fault: orNull(object({ kind: { enum: [...auditFaults] }, sequence: count, text })),
  }),
};
