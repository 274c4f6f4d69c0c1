import { type RecordType, recordTypes } from '../../model/index.ts';
import type { Doc, Store } from '../../store/index.ts';
import type { Context } from '../context.ts';
import { masked } from '../masked.ts';
import { maxTimeMS } from '../read/served.ts';
import type { SubjectChange } from './types.ts';

/** A change-log document with no other records than those asked for. */
interface LogRow {
  readonly sequence: number;
  readonly at: Date;
  readonly writer: string;
  readonly source: string;
  readonly run?: string;
  readonly created: Partial<Record<RecordType, readonly string[]>>;
  readonly changed: readonly {
    readonly type: RecordType;
    readonly guid: string;
    readonly before: Doc | 'purged';
    readonly after?: Doc;
  }[];
}

/** Reads the whole change log for some records, oldest first; it has no index of guids, so that this takes its time. */
export async function* changesOf(
  store: Store,
  { tenant }: Context,
  guids: readonly string[],
): AsyncGenerator<SubjectChange> {
  const created = Object.fromEntries(
    recordTypes.map((type) => [type, { $setIntersection: [{ $ifNull: [`$created.${type}`, []] }, guids] }]),
  );
  const named = { $in: guids };
  const anyOf = [{ 'changed.guid': named }, ...recordTypes.map((type) => ({ [`created.${type}`]: named }))];
  const rows = store.rows('change').aggregate<LogRow>(
    [
      { $match: { tenant, $or: anyOf } },
      { $sort: { sequence: 1 } },
      {
        $project: {
          _id: 0,
          sequence: 1,
          at: 1,
          writer: 1,
          source: 1,
          run: 1,
          created,
          changed: {
            $filter: { input: { $ifNull: ['$changed', []] }, as: 'one', cond: { $in: ['$$one.guid', guids] } },
          },
        },
      },
    ],
    { maxTimeMS: 20 * maxTimeMS, batchSize: 100, hint: { tenant: 1, sequence: 1 } },
  );
  for await (const row of rows) yield* changesIn(row);
}

function* changesIn(row: LogRow): Generator<SubjectChange> {
  const { sequence, writer, source } = row;
  const common = { sequence, at: row.at.toISOString(), writer, source, run: row.run ?? null };
  for (const type of recordTypes) {
    for (const guid of row.created[type] ?? []) {
      yield { ...common, type, guid, what: 'created', before: null, after: null };
    }
  }
  for (const { type, guid, before, after } of row.changed) {
    yield before === 'purged'
      ? { ...common, type, guid, what: 'purged', before: null, after: null }
      : { ...common, type, guid, what: 'changed', before: masked(before), after: after ? masked(after) : null };
  }
}
