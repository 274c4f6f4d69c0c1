import { failed, ok, type Result } from '../../base/result.ts';
import { key, keyParts, type Membership, type Person, type StoredRecord, servedNamespace } from '../../model/index.ts';
import type { Change, Context, Roster } from '../../roster/index.ts';
import type { Pair, Run } from '../run.ts';

type PersonRecord = StoredRecord<'person'>;

/** What merging needs; the context is that of the feed, whose file would have said the same. */
export interface MergeDeps {
  readonly roster: Roster;
  readonly context: Context;
  readonly run: Pick<Run, 'id'>;
}

/** Changes of one call of `roster.execute`. */
const mostChanges = 1000;

/**
 * Makes pairs of a run that is done one (decisions 1.5): the known record comes back and takes over id, data and
 * memberships of the new one, which is purged, and its results; the old id finds it still. One transaction a pair. Answers for each pair
 * whether it was merged; `conflict` where somebody has changed one of the two since the run.
 */
export async function mergeRecords(deps: MergeDeps, pairs: readonly Pair[]): Promise<Result<Pair>[]> {
  const found = await Promise.all(pairs.map((pair) => look(deps, pair)));
  const guids = new Set(found.flatMap((two) => (two.ok ? [two.value.known.guid, two.value.fresh.guid] : [])));
  const changed = await changedSinceRun(deps, guids);
  const results: Result<Pair>[] = [];
  for (const [at, pair] of pairs.entries()) {
    const two = found[at];
    if (two === undefined || !two.ok) results.push(two ?? conflict(pair, 'It is gone.'));
    else if ([two.value.known, two.value.fresh].some(({ guid }) => changed.has(guid))) {
      results.push(conflict(pair, 'Somebody has changed one of the two since the run.'));
    } else results.push(await mergeTwo(deps, pair, two.value));
  }
  return results;
}

interface Two {
  readonly known: PersonRecord;
  readonly fresh: PersonRecord;
}

function conflict({ newId, knownId }: Pair, why: string): Result<never> {
  return failed('conflict', `The persons ${newId} and ${knownId} cannot be made one any more. ${why}`, { id: newId });
}

async function look({ roster, context, run }: MergeDeps, pair: Pair): Promise<Result<Two>> {
  const keys = (['person', 'user'] as const).map((space) => key(space, context.namespace, pair.newId));
  const [known] = await roster.find(context, 'person', [pair.guid], { trashed: true });
  const fresh = (await roster.find(context, 'person', keys)).find((record) => record !== undefined);
  if (known === undefined) return conflict(pair, `The person ${pair.knownId} was purged.`);
  if (fresh === undefined) return conflict(pair, `The person ${pair.newId} is not there.`);
  if (known.guid === fresh.guid) return conflict(pair, 'They are one already.');
  const gone = known.state === 'trashed' && known.trash?.run === run.id;
  if (pair.kind === 'key-change' ? !gone && known.state !== 'disabled' : known.state === 'trashed') {
    return conflict(pair, `The person ${pair.knownId} is not as the run left it.`);
  }
  return ok({ known, fresh });
}

async function changedSinceRun({ roster, context, run }: MergeDeps, guids: ReadonlySet<string>) {
  if (guids.size === 0) return new Map<string, ReadonlySet<string>>();
  for await (const { sequence } of roster.changesOfRun(context, run.id)) {
    return roster.changedSince(context, sequence, run.id, guids);
  }
  return new Map<string, ReadonlySet<string>>();
}

async function mergeTwo({ roster, context }: MergeDeps, pair: Pair, { known, fresh }: Two): Promise<Result<Pair>> {
  const memberships = await roster.membershipsOf(context, { person: fresh.guid });
  const back = takeOver(known, fresh);
  const groups = new Set(memberships.map(({ data }) => data.group));
  // Memberships that the known person had and the new one has not are gone, as the file says.
  const { effects } = pair.kind === 'match' ? { effects: [] } : await roster.preview(context, [back]);
  const gone = effects.filter(
    ({ type, outcome, after }) =>
      type === 'membership' && outcome === 'restored' && !groups.has((after as Partial<Membership>).group ?? ''),
  );
  const changes: Change[] = [
    { op: 'remove', type: 'person', key: fresh.guid },
    // The feed lets go of what was known under the new guids.
    ...memberships.map(({ guid }): Change => ({ op: 'release', type: 'membership', key: guid, as: 'trash' })),
    { op: 'release', type: 'person', key: fresh.guid, as: 'trash' },
    { op: 'purge', type: 'person', key: fresh.guid, force: true, heir: known.guid },
    back,
    ...gone.map(({ guid }): Change => ({ op: 'remove', type: 'membership', key: guid })),
    ...newKeys(fresh).map((newKey): Change => ({ op: 'rename', type: 'person', key: known.guid, newKey })),
    ...memberships.map((membership) => membershipOf(membership, known.guid)),
  ];
  if (changes.length > mostChanges) {
    return failed('too-large', `The person ${pair.newId} has too many memberships to be merged.`, { id: pair.newId });
  }
  const refused = (await roster.rehearse(context, changes)).find((result) => !result.ok);
  if (refused?.ok === false) return conflict(pair, refused.problem.text);
  const results = await roster.execute(context, changes);
  const failure = results.find((result) => !result.ok);
  return failure?.ok === false ? conflict(pair, failure.problem.text) : ok({ ...pair, merged: true });
}

/** The known record with the data of the new one. */
function takeOver(known: PersonRecord, fresh: PersonRecord): Change {
  return {
    op: 'replace',
    type: 'person',
    key: known.guid,
    data: fresh.data as Person,
    ...(fresh.sourcedIds === undefined ? {} : { sourcedIds: fresh.sourcedIds }),
  };
}

/** The keys that senders gave a record, that of its own id last. */
function newKeys({ keys, imsId }: PersonRecord): string[] {
  const own = keys.filter((one) => keyParts(one).namespace !== servedNamespace);
  const isMain = (one: string) => Number(keyParts(one).id === imsId);
  return own.sort((a, b) => isMain(a) - isMain(b));
}

function membershipOf({ keys, imsId, guid, data }: StoredRecord<'membership'>, member: string): Change {
  const own = keys.find((one) => keyParts(one).namespace !== servedNamespace && keyParts(one).id === imsId);
  return {
    op: 'replace',
    type: 'membership',
    data: { ...data, member },
    ...(own === undefined || imsId === guid ? {} : { key: own }),
  };
}
