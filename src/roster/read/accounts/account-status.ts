import { failed, ok } from '../../../base/result.ts';
import { isEnabled, key, type StoredRecord } from '../../../model/index.ts';
import { type Doc, publicRecord, type Row, recordOf, type Store } from '../../../store/index.ts';
import type { Context } from '../../context.ts';
import type { Roster } from '../../types.ts';
import { keyOfView } from '../../views.ts';
import { maxTimeMS } from '../served.ts';
import { parseMoment } from '../where/read-clause.ts';
import type { AccountName, AccountStatus, ChangedAccount } from './types.ts';

/** Whether persons' accounts are to be let in (`feeds.md` 1.5): what a learning platform asks, since it signs them in. */
export function makeAccountStatus(
  store: Store,
  { find }: Pick<Roster, 'find'>,
): Pick<Roster, 'accountStatus' | 'accountsChanged'> {
  /** Persons by a field of OneRoster's user in lower case; of one that several have all of them. */
  async function byField({ tenant }: Context, field: 'username' | 'email', values: readonly string[]) {
    const found = new Map<string, StoredRecord[]>();
    if (values.length === 0) return found;
    const shown = `shown.${field}`;
    const filter = { tenant, [shown]: { $in: [...new Set(values)] } };
    for (const row of await store.records('person').find(filter, { maxTimeMS }).toArray()) {
      const record = publicRecord(recordOf('person', row));
      const text = String((row['shown'] as Record<string, unknown>)[field]);
      if (record.state !== 'expected') found.set(text, [...(found.get(text) ?? []), record]);
    }
    return found;
  }

  return {
    async accountStatus(context, asked) {
      const textsOf = (field: 'username' | 'email') =>
        asked.flatMap((name) => (name[field] === undefined ? [] : [name[field].toLowerCase()]));
      const references = asked.flatMap((name) => referenceOf(context, name) ?? []);
      const [records, usernames, emails] = await Promise.all([
        find(context, 'person', references, { trashed: true }),
        byField(context, 'username', textsOf('username')),
        byField(context, 'email', textsOf('email')),
      ]);
      const byReference = new Map(references.map((reference, at) => [reference, records[at]] as const));
      return asked.map((name) => {
        const reference = referenceOf(context, name);
        const one = reference === undefined ? undefined : byReference.get(reference);
        const those =
          reference !== undefined
            ? one === undefined
              ? []
              : [one]
            : ((name.username === undefined
                ? emails.get(name.email?.toLowerCase() ?? '')
                : usernames.get(name.username.toLowerCase())) ?? []);
        return statusOf(those);
      });
    },

    async accountsChanged({ tenant }, { changedSince, limit }) {
      const since = parseMoment(changedSince);
      if (since === undefined) {
        const text = 'changedSince is no date and time, as 2026-03-01T00:00:00Z.';
        return failed('invalid-request', text, { field: 'changedSince' });
      }
      const persons = store.records('person');
      const departures = store.rows('departure');
      const filters = { person: { tenant, views: 'user' }, gone: { tenant, view: 'user' } };
      const [changed, left] = await Promise.all([
        persons
          .find({ ...filters.person, updatedAt: { $gt: since } }, { maxTimeMS })
          .sort({ updatedAt: 1 })
          .limit(limit)
          .toArray(),
        departures
          .find({ ...filters.gone, at: { $gt: since } } as Doc, { maxTimeMS })
          .sort({ at: 1 })
          .limit(limit)
          .toArray(),
      ]);
      const ends = [
        ...(changed.length < limit ? [] : [timeOf(changed.at(-1)?.['updatedAt'])]),
        ...(left.length < limit ? [] : [timeOf(left.at(-1)?.['at'])]),
      ];
      const until = ends.length === 0 ? undefined : Math.min(...ends);
      // What one transaction has changed has one time, and is told together.
      const last = until === undefined ? undefined : new Date(until);
      const [moreChanged, moreLeft] =
        last === undefined
          ? [[], []]
          : await Promise.all([
              persons.find({ ...filters.person, updatedAt: last }, { maxTimeMS }).toArray(),
              departures.find({ ...filters.gone, at: last } as Doc, { maxTimeMS }).toArray(),
            ]);
      const before = (at: unknown) => until === undefined || timeOf(at) < until;
      const items = [
        ...[...changed.filter((row) => before(row['updatedAt'])), ...moreChanged].map(changedAccount),
        ...[...left.filter((row) => before(row['at'])), ...moreLeft].map(goneAccount),
      ].sort((one, other) => (one.changedAt < other.changedAt ? -1 : one.changedAt > other.changedAt ? 1 : 0));
      return ok({ items, until: items.at(-1)?.changedAt ?? since.toISOString(), more: until !== undefined });
    },
  };
}

/** What finds the person that a name means, where it is an id. */
function referenceOf({ namespace }: Context, { sourcedId, id }: AccountName): string | undefined {
  if (sourcedId !== undefined) return keyOfView('user', sourcedId);
  return id === undefined ? undefined : key('person', namespace, id);
}

/** The status of the one account that a name means; one in the trash counts only where no other has the name. */
function statusOf(records: readonly StoredRecord[]): AccountStatus {
  const kept = records.filter(({ state }) => state !== 'trashed');
  const [record, ...others] = kept.length > 0 ? kept : records;
  if (record === undefined) return { status: 'unknown', since: null, guid: null, sourcedId: null };
  if (others.length > 0) return { status: 'ambiguous', since: null, guid: null, sourcedId: null };
  const { guid, sourcedId, state, updatedAt, trash } = record;
  const status = state === 'trashed' ? 'trashed' : isEnabled(record as StoredRecord<'person'>) ? 'active' : 'disabled';
  return { status, since: (trash?.at ?? updatedAt).toISOString(), guid, sourcedId };
}

const timeOf = (at: unknown) => (at as Date).getTime();

function changedAccount(row: Row): ChangedAccount {
  const record = publicRecord(recordOf('person', row));
  return { ...statusOf([record]), changedAt: record.updatedAt.toISOString() };
}

function goneAccount(row: Doc): ChangedAccount {
  const at = (row['at'] as Date).toISOString();
  return { status: 'unknown', since: at, guid: null, sourcedId: String(row['sourcedId']), changedAt: at };
}
