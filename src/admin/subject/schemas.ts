import { recordTypes } from '../../model/index.ts';
import { count, idText, object, orNull, refer, text, time } from '../schema-parts.ts';

const type = { enum: [...recordTypes] };
const records = { type: 'array', items: refer('Record') };
const fields = orNull({ type: 'object' });

/** What is kept of one person. */
export const subjectSchemas = {
  PersonIdentifier: object({ identifier: idText, type: { type: 'string', minLength: 1, maxLength: 128 } }, ['type']),
  IdentifiedPersons: object({
    items: {
      type: 'array',
      items: object({
        guid: text,
        imsId: text,
        sourcedId: text,
        state: text,
        types: { type: 'array', items: text },
      }),
    },
  }),
  PersonExport: object({
    format: { const: 'rostergate-person-1' },
    exportedAt: time,
    guid: text,
    person: orNull(refer('Record')),
    purged: orNull(object({ at: time, toldUntil: time })),
    memberships: records,
    results: records,
    assessmentResults: records,
    namedBy: { type: 'array', items: object({ guid: text, sourcedId: text }) },
    changes: { type: 'array', items: refer('PersonChange') },
    runs: {
      type: 'array',
      items: object({ id: text, feed: text, state: text, at: time, fileKeptUntil: orNull(time) }),
    },
    deadLetters: {
      type: 'array',
      items: object({ type, guid: text, sourcedId: text, op: text, attempts: count, at: time }),
    },
    audit: { type: 'array', items: refer('AuditEntry') },
  }),
  PersonChange: object({
    sequence: count,
    at: time,
    writer: text,
    source: text,
    run: orNull(text),
    type,
    guid: text,
    what: { enum: ['created', 'changed', 'purged'] },
    before: fields,
    after: fields,
  }),
};
