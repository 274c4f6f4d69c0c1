import { type RecordType, recordTypes } from '../../../model/index.ts';
import type { Doc, Store } from '../../../store/index.ts';
import type { RunEntry } from '../../query.ts';
import type { Roster } from '../../types.ts';
import { maxTimeMS } from '../served.ts';

/** Fields that follow from other records; execute works them out again. */
export const derivedFields: ReadonlySet<string> = new Set(['derived', 'views', 'waitsFor', 'droppedRoles']);

/** A change-log document of a run. */
interface RunRow {
  readonly sequence: number;
  readonly at: Date;
  readonly created?: Partial<Record<RecordType, readonly string[]>>;
  readonly changed?: readonly {
    readonly type: RecordType;
    readonly guid: string;
    readonly before: Doc | 'purged';
    readonly after?: Doc;
  }[];
}

/** A change-log document with no more than the names of the fields that changed. */
export interface NamesRow {
  readonly created?: Partial<Record<RecordType, readonly string[]>>;
  readonly changed?: readonly { readonly guid: string; readonly fields: readonly string[] | null }[];
}

/** Leaves the values out. */
export const namesOnly: Doc = {
  _id: 0,
  created: 1,
  changed: {
    $map: {
      input: '$changed',
      as: 'one',
      in: {
        guid: '$$one.guid',
        fields: {
          $cond: [
            { $eq: [{ $type: '$$one.before' }, 'object'] },
            { $map: { input: { $objectToArray: '$$one.before' }, as: 'field', in: '$$field.k' } },
            null,
          ],
        },
      },
    },
  },
};

/** The change log as an undo needs it (decisions 3.3, 4.4): what a run did, and what others did since. */
export function makeRunChanges(store: Store): Pick<Roster, 'changesOfRun' | 'changedSince'> {
  return {
    async *changesOfRun(context, run, after) {
      const from: Doc = after === undefined ? {} : { sequence: { $gte: after.sequence } };
      const rows = store
        .rows('change')
        .find(
          { tenant: context.tenant, run, ...from },
          { hint: { tenant: 1, run: 1, sequence: 1 }, sort: { sequence: 1 }, batchSize: 4 },
        );
      let place = 0;
      let sequence = 0;
      for await (const found of rows) {
        const row = found as unknown as RunRow;
        if (row.sequence !== sequence) place = 0;
        sequence = row.sequence;
        const all = entriesOf(row);
        const passed = row.sequence === after?.sequence ? Math.max(0, Math.min(all.length, after.skip - place)) : 0;
        place += all.length;
        if (passed === all.length) continue;
        const entries = all.slice(passed).filter((entry) => entry !== undefined);
        yield { sequence, at: row.at, entries, next: { sequence, skip: place } };
      }
    },

    async changedSince(context, sequence, runs, guids) {
      const changed = new Map<string, Set<string>>();
      const add = (guid: string, fields: readonly string[]) => {
        if (!guids.has(guid) || fields.length === 0) return;
        const there = changed.get(guid);
        if (there === undefined) changed.set(guid, new Set(fields));
        else for (const field of fields) there.add(field);
      };
      const rows = store
        .rows('change')
        .aggregate<NamesRow>(
          [
            { $match: { tenant: context.tenant, sequence: { $gt: sequence }, run: { $nin: [runs].flat() } } },
            { $sort: { sequence: 1 } },
            { $project: namesOnly },
          ],
          { maxTimeMS: 20 * maxTimeMS, batchSize: 100, hint: { tenant: 1, sequence: 1 } },
        );
      for await (const row of rows) {
        for (const guid of Object.values(row.created ?? {}).flat()) add(guid, ['state', 'data']);
        for (const { guid, fields } of row.changed ?? []) {
          add(guid, fields === null ? ['state', 'data'] : fields.filter((field) => !derivedFields.has(field)));
        }
      }
      return changed;
    },
  };
}

/** What a document tells, in its order; undefined for a record of which only derived fields changed. */
function entriesOf({ created, changed }: RunRow): (RunEntry | undefined)[] {
  const entries: (RunEntry | undefined)[] = [];
  for (const type of recordTypes) {
    for (const guid of created?.[type] ?? []) entries.push({ type, guid, before: 'absent', after: {} });
  }
  for (const { type, guid, before, after = {} } of changed ?? []) {
    if (before === 'purged') entries.push({ type, guid, before: {}, after: {}, lost: true });
    else {
      const kept = Object.entries(before).filter(([name]) => !derivedFields.has(name));
      entries.push(kept.length === 0 ? undefined : { type, guid, before: Object.fromEntries(kept), after });
    }
  }
  return entries;
}
