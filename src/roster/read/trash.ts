import { failed, ok } from '../../base/result.ts';
import type { Group, Membership, Person, RecordType } from '../../model/index.ts';
import { groupTitle, recordTypes } from '../../model/index.ts';
import { type Doc, findByGuids, findWhere, recordOf, type Store, type Working } from '../../store/index.ts';
import type { Change, ChangeResult } from '../change.ts';
import type { Context } from '../context.ts';
import type { RestoreResult, TrashItem, TrashRoom } from '../trash-types.ts';
import type { Roster } from '../types.ts';

/** The admin's view of the trash; restores and purges go through `execute`. */
export function makeTrash(store: Store, execute: Roster['execute']): TrashRoom {
  async function recordsOf(context: Context, ids: readonly string[]): Promise<Map<string, Working>> {
    const found = new Map<string, Working>();
    for (const type of recordTypes) {
      for (const record of await findByGuids(store, type, context.tenant, ids)) found.set(record.guid, record);
    }
    return found;
  }

  return {
    async list(context, query) {
      const cursor = query.cursor === undefined ? undefined : readCursor(query.cursor);
      if (cursor === null)
        return failed('invalid-request', 'The cursor is not one that this list gave.', { field: 'cursor' });
      const types = query.type === undefined ? recordTypes : [query.type];
      const filter: Doc = {
        tenant: context.tenant,
        state: 'trashed',
        'trash.at': { $exists: true },
        made: { $ne: true },
      };
      if (query.run !== undefined) filter['trash.run'] = query.run;
      const found: Working[] = [];
      let total = 0;
      for (const type of types) {
        const condition = { ...filter, ...searchFor(type, query.q) };
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
      const page = found.slice(0, query.limit);
      const last = page.at(-1);
      const next = found.length > query.limit && last !== undefined ? writeCursor(last) : null;
      return ok({ items: await Promise.all(page.map((record) => itemOf(store, context, record))), total, next });
    },

    async restore(context, what) {
      const ids = 'ids' in what ? [...what.ids] : await rootsOfRun(store, context, what.run);
      const records = await recordsOf(context, ids);
      const done = new Map<string, RestoreResult>();
      // Groups first, so that what hangs below them finds them there; parents among them may need a second round.
      let open = [...new Set(ids)].sort((a, b) => rank(records.get(a)?.type) - rank(records.get(b)?.type));
      for (;;) {
        const before = open.length;
        for (let at = 0; at < open.length; at += 200) {
          const part = open.slice(at, at + 200);
          const changes = part.map(
            (id): Change => ({ op: 'restore', type: records.get(id)?.type ?? 'person', key: id }),
          );
          const answers = await execute(context, changes);
          part.forEach((id, index) => {
            const answer = answers[index];
            if (answer !== undefined) done.set(id, resultOf(id, answer, records.get(id)?.state === 'trashed'));
          });
        }
        open = open.filter((id) => done.get(id)?.problem?.code === 'parent-in-trash');
        if (open.length === 0 || open.length === before) break;
      }
      return ids.map((id) => done.get(id)).filter((result) => result !== undefined);
    },

    async purge(context, id, force) {
      const type = (await recordsOf(context, [id])).get(id)?.type;
      if (type === undefined)
        return failed('unknown-object', `There is nothing in the trash with the id ${id}.`, { id });
      const [answer] = await execute(context, [{ op: 'purge', type, key: id, force }]);
      if (answer === undefined) return failed('internal', 'The purge gave no answer.');
      return answer.ok ? ok({ id }) : answer;
    },
  };
}

/** What became of an id; one that was in the trash and came back along with another is restored. */
function resultOf(id: string, answer: ChangeResult, wasThere: boolean): RestoreResult {
  if (!answer.ok) {
    const cameAlong = wasThere && answer.problem.code === 'not-in-trash';
    return cameAlong ? { id, restored: true } : { id, restored: false, problem: answer.problem };
  }
  const notRestored = [...(answer.notRestored ?? [])];
  return {
    id,
    restored: true,
    ...(answer.cascade === undefined ? {} : { with: answer.cascade }),
    ...(notRestored.length > 0 ? { notRestored } : {}),
  };
}

const rank = (type: RecordType | undefined) => (type === 'group' ? 0 : type === 'person' ? 1 : 2);
const timeOf = (record: Working) => record.trash?.at.getTime() ?? 0;

/** All that a run trashed by itself; what went along with it comes back along with it. */
async function rootsOfRun(store: Store, context: Context, run: string): Promise<string[]> {
  const ids: string[] = [];
  for (const type of ['group', 'person', 'membership'] as const) {
    const found = await findWhere(store, type, context.tenant, {
      state: 'trashed',
      'trash.at': { $exists: true },
      'trash.run': run,
      'trash.cause': { $exists: false },
      made: { $ne: true },
    });
    ids.push(...found.map(({ guid }) => guid));
  }
  return ids;
}

/** The end of the range of texts that begin with `text`. */
function beginsWith(text: string): Doc {
  return { $gte: text, $lt: `${text}\uffff` };
}

/** Names and ids that begin with a text; a range, never a regular expression. */
function searchFor(type: RecordType, q: string | undefined): Doc {
  const text = q?.trim() ?? '';
  if (text === '') return {};
  const fields =
    type === 'person'
      ? ['imsId', 'data.name.family', 'data.name.given', 'data.name.formatted', 'data.email']
      : type === 'group'
        ? ['imsId', 'data.description.short', 'data.description.long']
        : ['imsId', '_id'];
  const forms = [...new Set([text, text.charAt(0).toUpperCase() + text.slice(1)])];
  return { $or: fields.flatMap((field) => forms.map((form) => ({ [field]: beginsWith(form) }))) };
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
