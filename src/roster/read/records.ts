import { isGuid } from '../../base/ids.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import {
  key,
  keyParts,
  type RecordType,
  recordTypes,
  type Space,
  type StoredRecord,
  servedNamespace,
} from '../../model/index.ts';
import type { Context } from '../context.ts';
import { lockableFields } from '../execute/locks/lock.ts';
import { masked } from '../masked.ts';
import type { RecordLocks, RecordsRoom, RecordView } from '../record-types.ts';
import type { Roster } from '../types.ts';

/** The spaces in which a type's ids may be; a sender's own before those that the gateway gives out. */
const spacesOf: Readonly<Record<RecordType, readonly Space[]>> = {
  person: ['person', 'user'],
  group: ['group', 'org', 'course', 'class', 'academicSession'],
  membership: ['membership', 'enrollment'],
  lineItem: ['lineItem'],
  result: ['result'],
  category: ['category'],
  scoreScale: ['scoreScale'],
  assessmentLineItem: ['assessmentLineItem'],
  assessmentResult: ['assessmentResult'],
  resource: ['resource'],
};

/** Single records for administrators; locks go through `execute`. */
export function makeRecords({ find, execute }: Pick<Roster, 'find' | 'execute'>): RecordsRoom {
  async function recordOf(context: Context, id: string, type?: RecordType): Promise<Result<StoredRecord>> {
    const found: StoredRecord[] = [];
    for (const one of type === undefined ? recordTypes : [type]) {
      const namespaces = [...new Set([context.namespace, servedNamespace])];
      const keys = namespaces.flatMap((namespace) => spacesOf[one].map((space) => key(space, namespace, id)));
      const records = await find(context, one, isGuid(id) ? [id, ...keys] : keys, { trashed: true });
      const first = records.find((record) => record !== undefined);
      if (first !== undefined) found.push(first as StoredRecord);
    }
    const [only] = found;
    if (only === undefined) return failed('unknown-object', `There is no record ${id}.`, { id });
    if (found.length === 1) return ok(only);
    const types = found.map((record) => record.type).join(' and a ');
    return failed('invalid-request', `A ${types} have the id ${id}; say which is meant by its type.`, {
      field: 'type',
    });
  }

  return {
    async show(context, id, type) {
      const found = await recordOf(context, id, type);
      return found.ok ? ok(viewOf(found.value)) : found;
    },

    async locks(context, id, type) {
      const found = await recordOf(context, id, type);
      return found.ok ? ok(locksOf(found.value, found.value.locks ?? [])) : found;
    },

    async lock(context, id, fields, type) {
      const found = await recordOf(context, id, type);
      if (!found.ok) return found;
      const record = found.value;
      const [result] = await execute(context, [{ op: 'lock', type: record.type, key: record.guid, fields }]);
      if (result?.ok === false) return result;
      return ok(locksOf(record, [...new Set(fields)].sort()));
    },
  };
}

function locksOf({ type, guid }: StoredRecord, locks: readonly string[]): RecordLocks {
  return { type, guid, locks: [...locks], lockable: lockableFields(type) };
}

/** A record of any state as administrators see it; passwords are masked. */
export function viewOf(record: StoredRecord): RecordView {
  const { type, guid, imsId, sourcedId, state, owner, trash } = record;
  const known = new Set([imsId, sourcedId]);
  const others = new Set(record.keys.map((one) => keyParts(one).id).filter((id) => !known.has(id)));
  return {
    type,
    guid,
    ids: { ims: imsId, oneRoster: sourcedId, others: [...others] },
    state,
    owner,
    claims: record.claims.map(({ feed, since }) => ({ feed, since: since.toISOString() })),
    locks: [...(record.locks ?? [])],
    trash:
      trash === undefined
        ? null
        : { at: trash.at.toISOString(), by: trash.by, run: trash.run ?? null, from: trash.from },
    data: masked(record.data as unknown as Record<string, unknown>),
    createdAt: record.createdAt.toISOString(),
    updatedAt: record.updatedAt.toISOString(),
  };
}
