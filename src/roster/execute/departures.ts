import { enrollmentsOf } from '../../model/index.ts';
import type { Doc, Row, Session, Store, Working } from '../../store/index.ts';

const day = 86_400_000;

/** What a record is shown as: its views, and the ids by which they show it. */
export type ShownAs = Pick<
  Working,
  'type' | 'guid' | 'state' | 'sourcedId' | 'keys' | 'data' | 'views' | 'droppedRoles'
>;

/** Fields whose change may change the ids that views show. */
const shownBy: readonly string[] = ['views', 'sourcedId', 'state'];
const enrollmentShownBy: readonly string[] = [...shownBy, 'data', 'keys', 'droppedRoles'];

/** Whether a change of these fields may change the ids that views show. */
export function mayMove(type: Working['type'], changed: Doc): boolean {
  const fields = type === 'membership' ? enrollmentShownBy : shownBy;
  return fields.some((field) => field in changed);
}

/** The views of which something has gone out, as a tenant's kept counts know them. */
export function goneIn(counts: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  return new Set(Object.keys((counts['gone'] as object | undefined) ?? {}));
}

/** The same after a transaction that adds to the counts. */
export function goneAfter(
  gone: ReadonlySet<string> | undefined,
  counts: ReadonlyMap<string, number>,
): ReadonlySet<string> | undefined {
  if (gone === undefined) return undefined;
  const more = [...counts.keys()].filter((name) => name.startsWith('gone.'));
  return more.length === 0 ? gone : new Set([...gone, ...more.map((name) => name.slice('gone.'.length))]);
}

function* idsOf(shown: ShownAs | undefined): Generator<[view: string, sourcedId: string]> {
  if (shown === undefined || shown.state === 'expected') return;
  for (const view of shown.views ?? []) {
    if (view !== 'enrollment') yield [view, shown.sourcedId];
    else for (const { sourcedId } of enrollmentsOf(shown as Working<'membership'>)) yield [view, sourcedId];
  }
}

/** The ids that went out of views in a transaction, and those that came into them. */
export interface Departures {
  /** Takes note of a record; undefined for one that was not there before, or is not after. */
  note(before: ShownAs | undefined, after: ShownAs | undefined): void;
  /** What to write; adds to `counts` how many went out of which view. */
  sends(store: Store, at: Date, days: number, counts: Map<string, number>): ((session: Session) => Promise<unknown>)[];
}

/**
 * Keeps, for delta readers, the ids that a view shows no more: purged, renamed, of another kind or role now. An id that
 * is shown again is told no more. `gone`: the views of which something has gone out before; of others nothing has to
 * be looked for.
 */
export function makeDepartures(tenant: string, gone: ReadonlySet<string> | undefined): Departures {
  const went = new Map<string, { view: string; sourcedId: string }>();
  const came = new Map<string, string>();
  const idOf = (view: string, sourcedId: string) => `${tenant}\n${view}\n${sourcedId}`;
  return {
    note(before, after) {
      if (before === undefined && gone !== undefined && !(after?.views ?? []).some((view) => gone.has(view))) return;
      const now = new Set<string>();
      for (const [view, sourcedId] of idsOf(after)) now.add(idOf(view, sourcedId));
      const then = new Set<string>();
      for (const [view, sourcedId] of idsOf(before)) {
        const id = idOf(view, sourcedId);
        then.add(id);
        if (!now.has(id)) went.set(id, { view, sourcedId });
      }
      for (const id of now) if (!then.has(id)) came.set(id, id.split('\n', 2)[1] ?? '');
    },

    sends(store, at, days, counts) {
      const rows = store.rows('departure');
      const sends: ((session: Session) => Promise<unknown>)[] = [];
      const expiresAt = new Date(at.getTime() + days * day);
      const writes = [...went]
        .filter(([id]) => !came.has(id))
        .map(([_id, { view, sourcedId }]) => {
          counts.set(`gone.${view}`, (counts.get(`gone.${view}`) ?? 0) + 1);
          const replacement = { tenant, view, sourcedId, at, expiresAt } as unknown as Row;
          return { replaceOne: { filter: { _id, tenant }, replacement, upsert: true as const } };
        });
      if (writes.length > 0) sends.push((session) => rows.bulkWrite(writes, { session, ordered: false }));
      const back = [...came].filter(([, view]) => gone === undefined || gone.has(view)).map(([id]) => id);
      if (back.length > 0) sends.push((session) => rows.deleteMany({ tenant, _id: { $in: back } }, { session }));
      return sends;
    },
  };
}
