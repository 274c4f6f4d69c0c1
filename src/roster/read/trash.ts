import { failed, ok, type Result } from '../../base/result.ts';
import type { Group, Membership, Person, RecordState, RecordType, Trash } from '../../model/index.ts';
import { courseworkTypes, groupTitle, isCourseworkType, recordTypes } from '../../model/index.ts';
import { type Doc, findByGuids, recordOf, type Store, type Working } from '../../store/index.ts';
import type { Cascade, Change } from '../change.ts';
import type { Context } from '../context.ts';
import type { RestoreChangeResult, RestoreResult, TrashItem, TrashRoom, TrashSearch } from '../trash-types.ts';
import type { Roster } from '../types.ts';
import { searchFor } from './trash-search.ts';

/** The most records that one restore by a search brings back. */
const mostFound = 100_000;

/** What a restore must know of a record. */
interface Known {
  readonly type: RecordType;
  readonly state: RecordState;
}

/** The admin's view of the trash; restores and purges go through `execute`. */
export function makeTrash(store: Store, execute: Roster['execute']): TrashRoom {
  async function knownOf({ tenant }: Context, ids: readonly string[]): Promise<Map<string, Known>> {
    const found = new Map<string, Known>();
    for (const type of recordTypes) {
      for (let at = 0; at < ids.length; at += 1000) {
        const rows = store
          .records(type)
          .find({ tenant, _id: { $in: ids.slice(at, at + 1000) } }, { projection: { state: 1 }, batchSize: 1001 });
        for await (const { _id, state } of rows) found.set(_id, { type, state: state as RecordState });
      }
    }
    return found;
  }

  /** Records that are in the trash or archived, the newest first. */
  async function page(
    context: Context,
    state: 'trashed' | 'archived',
    query: TrashSearch & { readonly limit: number; readonly cursor?: string },
  ): Promise<Result<{ items: TrashItem[]; total: number; next: string | null }>> {
    const cursor = query.cursor === undefined ? undefined : readCursor(query.cursor);
    if (cursor === null)
      return failed('invalid-request', 'The cursor is not one that this list gave.', { field: 'cursor' });
    const found: Working[] = [];
    let total = 0;
    for (const [type, condition] of await conditionsFor(store, context, state, query)) {
      total += await store.records(type).countDocuments(condition, { maxTimeMS: 30_000 });
      const rows = await store
        .records(type)
        .find(cursor === undefined ? condition : { $and: [condition, before(cursor)] })
        .sort({ 'trash.at': -1, _id: 1 })
        .limit(query.limit + 1)
        .maxTimeMS(30_000)
        .toArray();
      for (const row of rows) found.push(recordOf(type, row) as Working);
    }
    found.sort((a, b) => timeOf(b) - timeOf(a) || (a.guid < b.guid ? -1 : 1));
    const shown = found.slice(0, query.limit);
    const last = shown.at(-1);
    const next = found.length > query.limit && last !== undefined ? writeCursor(last) : null;
    return ok({ items: await Promise.all(shown.map((record) => itemOf(store, context, record))), total, next });
  }

  /** Ids of all that the list gives for a search, groups first. */
  async function idsFor(context: Context, search: TrashSearch): Promise<string[]> {
    const ids: string[] = [];
    const conditions = await conditionsFor(store, context, 'trashed', search);
    for (const [type, condition] of conditions.sort(([a], [b]) => rank(a) - rank(b))) {
      const rows = store
        .records(type)
        .find(condition, { projection: { _id: 1 }, limit: Math.max(1, mostFound - ids.length), maxTimeMS: 30_000 });
      if (ids.length < mostFound) for await (const { _id } of rows) ids.push(_id);
    }
    return ids;
  }

  function idsOf(context: Context, what: Parameters<TrashRoom['restore']>[1]): Promise<string[]> | string[] {
    if ('ids' in what) return [...new Set(what.ids)];
    return 'run' in what ? trashedByRun(store, context, what.run) : idsFor(context, what.search);
  }

  return {
    list: (context, query) => page(context, 'trashed', query),

    async archived(context, query) {
      const found = await page(context, 'archived', { ...query, type: 'group' });
      if (!found.ok) return found;
      const items = found.value.items.map(({ trashedAt, trashedBy, ...item }) => ({
        ...item,
        archivedAt: trashedAt,
        archivedBy: trashedBy,
      }));
      return ok({ ...found.value, items });
    },

    async restore(context, what) {
      const ids = await idsOf(context, what);
      const records = await knownOf(context, ids);
      const answers = new Map<string, RestoreChangeResult>();
      // Groups first, so that what hangs below them finds them there; parents among them may need a second round.
      const rankOf = (id: string) => rank(records.get(id)?.type);
      let open = ids.filter((id) => isRestorable(records.get(id))).sort((a, b) => rankOf(a) - rankOf(b));
      for (;;) {
        const before = open.length;
        for (let at = 0; at < open.length; at += 200) {
          const part = open.slice(at, at + 200);
          const changes = part.map(
            (id): Change => ({ op: 'restore', type: records.get(id)?.type ?? 'person', key: id }),
          );
          const given: readonly RestoreChangeResult[] = await execute(context, changes);
          part.forEach((id, index) => {
            const answer = given[index];
            if (answer !== undefined) answers.set(id, answer);
          });
        }
        open = open.filter((id) => {
          const answer = answers.get(id);
          return answer !== undefined && !answer.ok && answer.problem.code === 'parent-in-trash';
        });
        if (open.length === 0 || open.length === before) break;
      }
      const alone = settle(answers);
      const wasThere = (id: string) => records.get(id)?.state === 'trashed' || records.get(id)?.state === 'archived';
      return ids.flatMap((id) => {
        const answer = answers.get(id);
        const cameAlong = answer?.ok === false && answer.problem.code === 'not-in-trash' && wasThere(id);
        if (cameAlong) return 'run' in what ? [] : [{ id, restored: true, with: none }];
        return [alone.get(id) ?? { id, restored: false, problem: problemOf(answer) ?? nothingThere(id).problem }];
      });
    },

    async purge(context, id, force) {
      const type = (await knownOf(context, [id])).get(id)?.type;
      if (type === undefined) return nothingThere(id);
      const [answer] = await execute(context, [{ op: 'purge', type, key: id, force }]);
      if (answer === undefined) return failed('internal', 'The purge gave no answer.');
      return answer.ok ? ok({ id }) : answer;
    },
  };
}

const nothingThere = (id: string) =>
  failed('unknown-object', `There is nothing in the trash with the id ${id}.`, { id });
const none: Cascade = { person: 0, group: 0, membership: 0 };
const isRestorable = (record: Known | undefined) => record !== undefined && record.state !== 'expected';
const problemOf = (answer: RestoreChangeResult | undefined) => (answer?.ok === false ? answer.problem : undefined);

/**
 * The results of what was restored, settled among each other: a membership that waited for an end which came back later
 * in the same call counts with the record that had taken it along, and is no longer one that could not come back.
 */
function settle(answers: ReadonlyMap<string, RestoreChangeResult>): Map<string, RestoreResult> {
  const completed = new Set([...answers.values()].flatMap(({ details }) => details?.completed ?? []));
  const hindered = new Set([...answers.values()].flatMap(({ details }) => [...(details?.hindered.keys() ?? [])]));
  const results = new Map<string, RestoreResult>();
  for (const [id, answer] of answers) {
    if (!answer.ok) continue;
    const { cascade = none, details } = answer;
    const waited = [...(details?.hindered ?? [])];
    const later = waited.filter(([guid]) => completed.has(guid)).length;
    const others = (details?.completed ?? []).filter((guid) => hindered.has(guid)).length;
    const notRestored = waited
      .filter(([guid]) => !completed.has(guid) && answers.get(guid)?.ok !== true)
      .map(([, problem]) => problem);
    results.set(id, {
      id,
      restored: true,
      with: { ...cascade, membership: cascade.membership + later - others },
      ...(notRestored.length > 0 ? { notRestored } : {}),
    });
  }
  return results;
}

/** The conditions of a list by type. */
async function conditionsFor(
  store: Store,
  context: Context,
  state: 'trashed' | 'archived',
  { q, type, run }: TrashSearch,
): Promise<[RecordType, Doc][]> {
  const filter: Doc = { tenant: context.tenant, state, 'trash.at': { $exists: true }, made: { $ne: true } };
  if (run !== undefined) filter['trash.run'] = run;
  const conditions: [RecordType, Doc][] = [];
  for (const one of type === undefined ? recordTypes : [type]) {
    conditions.push([one, { ...filter, ...(await searchFor(store, one, filter, q)) }]);
  }
  return conditions;
}

const rank = (type: RecordType | undefined) => (type === 'group' ? 0 : type === 'person' ? 1 : 2);
const timeOf = (record: Working) => record.trash?.at.getTime() ?? 0;

/**
 * All that a run trashed by itself, and what went along with a record that is not in the trash any more. The rest comes
 * back along with what took it, also with an archived course.
 */
async function trashedByRun(store: Store, context: Context, run: string): Promise<string[]> {
  const condition = {
    tenant: context.tenant,
    state: 'trashed',
    'trash.at': { $exists: true },
    'trash.run': run,
    made: { $ne: true },
  };
  const found: { readonly guid: string; readonly cause: string | undefined }[] = [];
  for (const type of ['group', 'person', 'membership', ...courseworkTypes] as const) {
    const rows = store.records(type).find(condition, { projection: { 'trash.cause': 1 } });
    for await (const { _id, trash } of rows) found.push({ guid: _id, cause: (trash as Trash | undefined)?.cause });
  }
  const causes = [...new Set(found.flatMap(({ cause }) => cause ?? []))];
  const still = new Set<string>();
  for (const type of ['group', 'person'] as const) {
    for (let at = 0; at < causes.length; at += 1000) {
      const filter = {
        tenant: context.tenant,
        _id: { $in: causes.slice(at, at + 1000) },
        state: { $in: ['trashed', 'archived'] },
      };
      for await (const { _id } of store.records(type).find(filter, { projection: { _id: 1 } })) still.add(_id);
    }
  }
  return found.filter(({ cause }) => cause === undefined || !still.has(cause)).map(({ guid }) => guid);
}

async function itemOf(store: Store, context: Context, record: Working): Promise<TrashItem> {
  return {
    id: record.guid,
    type: record.type,
    sourcedId: record.imsId,
    name: await nameOf(store, context, record),
    trashedAt: (record.trash?.at ?? record.updatedAt).toISOString(),
    trashedBy: record.trash?.by ?? '',
    run: record.trash?.run ?? null,
  };
}

async function nameOf(store: Store, context: Context, record: Working): Promise<string> {
  if (record.type === 'person') {
    const name = (record.data as Person).name;
    return name?.formatted ?? ([name?.given, name?.family].filter(Boolean).join(' ') || record.imsId);
  }
  if (record.type === 'group') return groupTitle(record.data as Group) ?? record.imsId;
  if (isCourseworkType(record.type)) return (record.data as { readonly title?: string }).title ?? record.imsId;
  const { group, member, memberType } = record.data as Membership;
  const [groupRecord] = await findByGuids(store, 'group', context.tenant, [group]);
  const [memberRecord] = await findByGuids(store, memberType, context.tenant, [member]);
  return `${memberRecord?.imsId ?? member} in ${groupRecord?.imsId ?? group}`;
}

interface Cursor {
  readonly at: Date;
  readonly guid: string;
}

function writeCursor(record: Working): string {
  return Buffer.from(`${timeOf(record)} ${record.guid}`).toString('base64url');
}

function readCursor(text: string): Cursor | null {
  const [time, guid] = Buffer.from(text, 'base64url').toString('utf8').split(' ');
  if (time === undefined || guid === undefined || !/^\d{1,15}$/.test(time)) return null;
  return { at: new Date(Number(time)), guid };
}

function before({ at, guid }: Cursor): Doc {
  return { $or: [{ 'trash.at': { $lt: at } }, { 'trash.at': at, _id: { $gt: guid } }] };
}
