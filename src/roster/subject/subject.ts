import { failed, ok } from '../../base/result.ts';
import type { RecordType } from '../../model/index.ts';
import { publicRecord, type Row, recordOf, type Store } from '../../store/index.ts';
import type { Audit } from '../audit/types.ts';
import type { Context } from '../context.ts';
import { viewOf } from '../read/records.ts';
import { maxTimeMS } from '../read/served.ts';
import type { RecordsRoom, RecordView } from '../record-types.ts';
import { changesOf } from './subject-log.ts';
import type { SubjectsRoom } from './types.ts';

/** What {@link makeSubjects} needs. */
interface SubjectDeps {
  readonly store: Store;
  readonly records: Pick<RecordsRoom, 'show'>;
  readonly audit: Pick<Audit, 'entries'>;
  readonly now: () => number;
}

/** A part of the document: a value, or a list that is written as it is read. */
type Part = readonly [name: string, value: unknown] | readonly [name: string, items: AsyncIterable<unknown>];

/** Makes {@link SubjectsRoom}. */
export function makeSubjects({ store, records, audit, now }: SubjectDeps): SubjectsRoom {
  /** A purged person by guid or OneRoster id, as long as the tombstone is kept. */
  function tombstoneOf({ tenant }: Context, id: string): Promise<Row | null> {
    const either = [{ _id: id }, { sourcedId: id }];
    return store.rows('tombstone').findOne({ tenant, views: 'user', $or: either }, { maxTimeMS });
  }

  async function* recordsOf(
    { tenant }: Context,
    type: RecordType,
    field: string,
    guid: string,
    seen: (guid: string) => void,
  ): AsyncGenerator<RecordView> {
    const rows = store.records(type).find({ tenant, [field]: guid }, { sort: { _id: 1 }, maxTimeMS });
    for await (const row of rows) {
      seen(row._id);
      yield viewOf(publicRecord(recordOf(type, row)));
    }
  }

  /** Ids of the others only: what is kept of them is theirs. */
  async function* naming({ tenant }: Context, guid: string): AsyncGenerator<object> {
    const either = [{ 'data.relationships.target': guid }, { 'data.agents': guid }];
    const rows = store
      .records('person')
      .find({ tenant, $or: either }, { projection: { sourcedId: 1 }, sort: { _id: 1 }, maxTimeMS });
    for await (const { _id, sourcedId } of rows) yield { guid: _id, sourcedId: sourcedId ?? _id };
  }

  async function* changes(context: Context, guids: ReadonlySet<string>, runs: Set<string>) {
    for await (const change of changesOf(store, context, [...guids])) {
      if (change.run !== null) runs.add(change.run);
      yield change;
    }
  }

  async function* runsOf({ tenant }: Context, ids: ReadonlySet<string>): AsyncGenerator<object> {
    const projection = { feed: 1, queuedAt: 1, state: 1, originalUntil: 1 };
    const rows = store
      .rows('run')
      .find({ tenant, _id: { $in: [...ids] } }, { projection, sort: { order: 1 }, maxTimeMS });
    for await (const { _id: id, feed, queuedAt, state, originalUntil } of rows) {
      yield { id, feed, state, at: queuedAt, fileKeptUntil: originalUntil ?? null };
    }
  }

  async function* deadLetters({ tenant }: Context, guids: ReadonlySet<string>): AsyncGenerator<object> {
    const rows = store.rows('deadLetter').find({ tenant, guid: { $in: [...guids] } }, { sort: { _id: 1 }, maxTimeMS });
    for await (const { type, guid, sourcedId, op, attempts, at } of rows) {
      yield { type, guid, sourcedId, op, attempts, at };
    }
  }

  /** An entry names the person by its guid, or by a pseudonym of the id that somebody asked for. */
  async function* auditOf(context: Context, subjects: ReadonlySet<string>): AsyncGenerator<object> {
    for (const subject of subjects) {
      for await (const entries of audit.entries(context, { subject })) yield* entries;
    }
  }

  return {
    async export(context, id) {
      const shown = await records.show(context, id, 'person');
      const tombstone = shown.ok ? null : await tombstoneOf(context, id);
      const guid = shown.ok ? shown.value.guid : tombstone?._id;
      if (guid === undefined) return failed('unknown-object', `There is no person ${id}.`, { id });
      const named = shown.ok ? Object.values(shown.value.ids).flat() : [];
      const ids = new Set([guid, id, ...named]);
      const guids = new Set([guid]);
      const runs = new Set<string>();
      const seen = (one: string) => void guids.add(one);
      const all = (type: RecordType, field: string) => recordsOf(context, type, field, guid, seen);
      // Lists that collect come before those that go by what was collected.
      const parts: Part[] = [
        ['format', 'rostergate-person-1'],
        ['exportedAt', new Date(now()).toISOString()],
        ['guid', guid],
        ['person', shown.ok ? shown.value : null],
        ['purged', tombstone === null ? null : { at: tombstone['at'], toldUntil: tombstone['expiresAt'] }],
        ['memberships', all('membership', 'data.member')],
        ['results', all('result', 'data.student')],
        ['assessmentResults', all('assessmentResult', 'data.student')],
        ['namedBy', naming(context, guid)],
        ['changes', changes(context, guids, runs)],
        ['runs', runsOf(context, runs)],
        ['deadLetters', deadLetters(context, guids)],
        ['audit', auditOf(context, ids)],
      ];
      return ok({ guid, name: `person-${guid}.json`, bytes: documentOf(parts) });
    },
  };
}

/** One JSON object, a member or an item of a list a line. */
async function* documentOf(parts: readonly Part[]): AsyncGenerator<Uint8Array> {
  let before = '{\n';
  for (const [name, value] of parts) {
    yield Buffer.from(`${before}${JSON.stringify(name)}: `);
    before = ',\n';
    if (!isList(value)) {
      yield Buffer.from(JSON.stringify(value));
      continue;
    }
    let item = '[\n';
    for await (const one of value) {
      yield Buffer.from(`${item}${JSON.stringify(one)}`);
      item = ',\n';
    }
    yield Buffer.from(item === '[\n' ? '[]' : '\n]');
  }
  yield Buffer.from('\n}\n');
}

const isList = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
