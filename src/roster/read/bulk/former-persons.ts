import type { Derived } from '../../../model/index.ts';
import type { Doc, Store } from '../../../store/index.ts';
import type { FormerPerson } from '../../query.ts';
import type { Roster } from '../../types.ts';
import { maxTimeMS as readMs } from '../served.ts';

const maxTimeMS = 10 * readMs;
const batchLength = 500;
/** Rows of the log that the database gives at once; each names up to a thousand records. */
const rowsAtOnce = 2;

interface LogRow {
  readonly changed?: readonly {
    readonly type: string;
    readonly guid: string;
    readonly before?: { readonly data?: NonNullable<FormerPerson['data']>; readonly derived?: Derived | null };
  }[];
}

/** Reads from the change log what persons had. */
export function makeFormerPersons(store: Store): Pick<Roster, 'formerPersons'> {
  const log = store.rows('change');
  const hint = { tenant: 1, sequence: 1 } as const;

  /** The first sequence number after a time, sought from the newest on; undefined where nothing came after it. */
  async function firstAfter(tenant: string, time: Date): Promise<number | undefined> {
    let first: number | undefined;
    const rows = log.find({ tenant }, { sort: { sequence: -1 }, projection: { sequence: 1, at: 1 }, hint, maxTimeMS });
    for await (const row of rows) {
      if ((row['at'] as Date) <= time) break;
      first = row['sequence'] as number;
    }
    return first;
  }

  return {
    async *formerPersons(context, time) {
      const first = await firstAfter(context.tenant, time);
      if (first === undefined) return;
      const projection: Doc = {
        'changed.type': 1,
        'changed.guid': 1,
        'changed.before.data.roles': 1,
        'changed.before.data.userProfiles': 1,
        'changed.before.data.demographics': 1,
        'changed.before.derived.roles': 1,
        'changed.before.derived.orgs': 1,
        'changed.before.derived.home': 1,
      };
      const filter = { tenant: context.tenant, sequence: { $gte: first }, 'changed.type': 'person' } as Doc;
      const batch: FormerPerson[] = [];
      for await (const row of log.find(filter, {
        sort: { sequence: 1 },
        projection,
        hint,
        batchSize: rowsAtOnce,
        maxTimeMS,
      })) {
        for (const { type, guid, before } of (row as LogRow).changed ?? []) {
          if (type !== 'person' || before === undefined || (!before.data && !before.derived)) continue;
          batch.push({
            guid,
            ...(before.data && { data: before.data }),
            ...(before.derived && { derived: before.derived }),
          });
        }
        if (batch.length >= batchLength) yield batch.splice(0);
      }
      if (batch.length > 0) yield batch;
    },
  };
}
