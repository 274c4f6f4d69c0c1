import type { StoredRecord } from '../../../model/index.ts';
import type { Shared } from './shared.ts';

/** A record without the orgs that a client may not see, where answers would fall back on them: of users and line items. */
export function pruned<T extends StoredRecord>(record: T, shared: Shared | undefined): T {
  const orgs = shared?.orgs;
  if (orgs === undefined) return record;
  if (record.type === 'person') return prunedPerson(record as StoredRecord as StoredRecord<'person'>, orgs) as T;
  if (record.type === 'lineItem') return prunedLineItem(record as StoredRecord as StoredRecord<'lineItem'>, orgs) as T;
  return record;
}

function prunedPerson(record: StoredRecord<'person'>, shown: ReadonlySet<string>): StoredRecord<'person'> {
  const { roles, primaryOrg, ...data } = record.data;
  const { orgs = [], home, ...derived } = record.derived ?? {};
  return {
    ...record,
    data: {
      ...data,
      ...(roles === undefined ? {} : { roles: roles.filter(({ org }) => shown.has(org)) }),
      ...(primaryOrg !== undefined && shown.has(primaryOrg) ? { primaryOrg } : {}),
    },
    derived: {
      ...derived,
      orgs: orgs.filter((org) => shown.has(org)),
      ...(home !== undefined && shown.has(home) ? { home } : {}),
    },
  };
}

function prunedLineItem(record: StoredRecord<'lineItem'>, shown: ReadonlySet<string>): StoredRecord<'lineItem'> {
  const { school, ...data } = record.data;
  return school === undefined || shown.has(school) ? record : { ...record, data };
}
