import { isRosterType, type RecordType, type RosterType } from '../../../model/index.ts';
import type { Doc, Store } from '../../../store/index.ts';
import type { LoggedChange } from '../../query.ts';
import type { Roster } from '../../types.ts';
import { maxTimeMS } from '../served.ts';

/** Change-log documents that one stretch looks at, so that one with nothing to tell ends too. */
const mostDocuments = 1000;
/** Records that one query asks for. */
const atOnce = 1000;

/** Fields whose change a reader of the log sees; the others follow from other records or say whose the values are. */
const telling = new Set(['data', 'state', 'imsId', 'sourcedIds', 'trash', 'waitsFor']);

/** A change-log document without the values before, but for the former id and state. */
interface LogRow {
  readonly sequence: number;
  readonly at: Date;
  readonly created?: Partial<Record<RecordType, readonly string[]>>;
  readonly changed?: readonly {
    readonly type: RecordType;
    readonly guid: string;
    /** Names of the fields that changed; null: purged. */
    readonly fields: readonly string[] | null;
    readonly imsId?: string | null;
    readonly state?: string;
  }[];
}

const lean: Doc = {
  _id: 0,
  sequence: 1,
  at: 1,
  created: 1,
  changed: {
    $map: {
      input: '$changed',
      as: 'one',
      in: {
        type: '$$one.type',
        guid: '$$one.guid',
        fields: {
          $cond: [
            { $eq: [{ $type: '$$one.before' }, 'object'] },
            { $map: { input: { $objectToArray: '$$one.before' }, as: 'field', in: '$$field.k' } },
            null,
          ],
        },
        imsId: '$$one.before.imsId',
        state: '$$one.before.state',
      },
    },
  },
};

interface Told {
  readonly type: RosterType;
  readonly guid: string;
  readonly formerIds: string[];
  /** Whether the stretch has more of it than that it was made. */
  changed: boolean;
}

/** The change log as a reader of changes of the roster needs it (decisions 3.3): OneRoster's own nouns are left out. */
export function makeChangeLog(store: Store): Pick<Roster, 'changesAfter'> {
  return {
    async changesAfter(context, sequence, limit) {
      const told = new Map<string, Told>();
      let until = sequence;
      let at: Date | undefined;
      let documents = 0;
      let more = false;
      const cursor = store
        .rows('change')
        .aggregate<LogRow>(
          [
            { $match: { tenant: context.tenant, sequence: { $gt: sequence } } },
            { $sort: { sequence: 1 } },
            { $project: lean },
          ],
          { maxTimeMS, batchSize: 100, hint: { tenant: 1, sequence: 1 } },
        );
      try {
        for await (const row of cursor) {
          if (row.sequence !== until && (told.size >= limit || documents >= mostDocuments)) {
            more = true;
            break;
          }
          until = row.sequence;
          at = row.at;
          documents += 1;
          tell(told, row);
        }
      } finally {
        await cursor.close();
      }
      const hidden = await hiddenOf(store, context.tenant, [...told.values()]);
      const items: LoggedChange[] = [];
      for (const { type, guid, formerIds } of told.values()) {
        if (!hidden.has(`${type}:${guid}`)) items.push({ type, guid, formerIds });
      }
      return { items, until, at, more };
    },
  };
}

/** Adds what a document tells; a record that is told of again moves to the end. */
function tell(told: Map<string, Told>, { created, changed }: LogRow): void {
  const again = (type: RosterType, guid: string): Told => {
    const name = `${type}:${guid}`;
    const one = told.get(name) ?? { type, guid, formerIds: [], changed: false };
    told.delete(name);
    told.set(name, one);
    return one;
  };
  for (const [type, guids] of Object.entries(created ?? {})) {
    if (isRosterType(type as RecordType)) for (const guid of guids) again(type as RosterType, guid);
  }
  for (const { type, guid, fields, imsId, state } of changed ?? []) {
    if (!isRosterType(type)) continue;
    if (fields !== null && !fields.some((field) => telling.has(field))) continue;
    const one = again(type, guid);
    one.changed = true;
    // A record that had not arrived had no id that anybody was told.
    if (fields?.includes('imsId') === true && state !== 'expected') one.formerIds.push(imsId ?? guid);
  }
}

/** Records that readers never see: the gateway's own, and those that were named and have not arrived. */
async function hiddenOf(store: Store, tenant: string, told: readonly Told[]): Promise<Set<string>> {
  const hidden = new Set<string>();
  for (const type of ['person', 'group'] as const) {
    const ofType = told.filter((one) => one.type === type);
    for (let at = 0; at < ofType.length; at += atOnce) {
      const part = ofType.slice(at, at + atOnce);
      const rows = await store
        .records(type)
        .find(
          { tenant, _id: { $in: part.map(({ guid }) => guid) } },
          { projection: { made: 1, state: 1 }, maxTimeMS, batchSize: atOnce + 1 },
        )
        .toArray();
      const byGuid = new Map(rows.map((row) => [row._id, row]));
      for (const { guid, changed } of part) {
        const row = byGuid.get(guid);
        // One that is expected again after a purge was there before; one that was only made and is gone never was.
        const unseen = !changed && (row === undefined || row['state'] === 'expected');
        if (unseen || row?.['made'] === true) hidden.add(`${type}:${guid}`);
      }
    }
  }
  return hidden;
}
