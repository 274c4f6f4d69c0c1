import type { ReleaseChange } from '../../roster/index.ts';
import type { BlockType } from '../../store/index.ts';
import type { FeedIndex } from '../hashes/feed-index.ts';
import type { PlanDeps } from '../planners/planner.ts';
import type { Mode, Scope } from '../reader.ts';
import { countedTypeOf } from '../run.ts';
import { batchSize, type Planned } from '../spool.ts';
import type { Grace, Missing } from './grace.ts';
import type { Taken } from './taken.ts';

/** Removals of persons and groups that are rehearsed to count what goes along with them; beyond, nobody reads them. */
const rehearsed = 20_000;

/** What planning removals needs. */
export interface RemovalDeps extends PlanDeps {
  readonly mode: Mode;
  readonly index: FeedIndex;
  readonly grace?: Grace;
  readonly taken: Taken;
  /** What the file says that it is complete in; undefined where the mode decides. */
  readonly complete: readonly Scope[] | undefined;
}

/**
 * Plans what the file's silence means: of what it is complete in, all that the feed listed before; in `groups-complete`
 * members of listed groups.
 */
export async function planRemovals(deps: RemovalDeps, listed: ReadonlySet<string>): Promise<void> {
  const { mode, complete } = deps;
  if (complete === undefined && mode === 'groups-complete') {
    await planAll(deps, missingMembers(deps, listed), rehearsed * 5);
    return;
  }
  const within = complete === undefined ? isAnything : isWithin(complete);
  if (complete === undefined ? mode !== 'full' : complete.length === 0) return;
  // Memberships come last: those that go along with their ends are known then.
  await planAll(
    deps,
    missingInFile(deps, (type) => type !== 'membership' && within(type)),
    rehearsed,
  );
  if (within('membership'))
    await planAll(
      deps,
      missingInFile(deps, (type) => type === 'membership'),
      rehearsed * 5,
    );
}

const isAnything = (): boolean => true;

function isWithin(scopes: readonly Scope[]): (type: BlockType) => boolean {
  const named = new Set<string>(scopes);
  return (type) => named.has(type) || (named.has('group') && type !== 'person' && type !== 'membership');
}

async function planAll(deps: RemovalDeps, missing: AsyncGenerator<Missing>, looked: number): Promise<void> {
  let batch: Missing[] = [];
  let planned = 0;
  const settle = async () => {
    const part = batch;
    batch = [];
    planned += part.length;
    const gone = deps.grace === undefined ? part : await deps.grace.gone(part);
    if (gone.length > 0) await plan(deps, gone, planned <= looked);
  };
  for await (const entry of missing) {
    batch.push(entry);
    if (batch.length >= batchSize) await settle();
  }
  if (batch.length > 0) await settle();
}

async function* missingInFile({ index }: RemovalDeps, wanted: (type: BlockType) => boolean): AsyncGenerator<Missing> {
  for await (const { guid, type } of index.unseen()) {
    if (!wanted(type)) continue;
    const record = type === 'person' || type === 'membership' ? type : 'group';
    yield { guid, type: record, counted: countedTypeOf(record, type) };
  }
}

/** Members that the feed listed before in a group that this file lists, and that it does not list now. */
async function* missingMembers(
  { roster, context, feed, index }: RemovalDeps,
  listed: ReadonlySet<string>,
): AsyncGenerator<Missing> {
  if (listed.size > 0) await index.readKnown((type) => type === 'membership');
  const keys = [...listed];
  for (let at = 0; at < keys.length; at += batchSize) {
    const groups = await roster.find(context, 'group', keys.slice(at, at + batchSize));
    for (const group of groups) {
      if (group === undefined) continue;
      for (const guid of await roster.listedMembers(context, group.guid, feed.name)) {
        if (!index.read.has(guid) && !index.protected.has(guid))
          yield { guid, type: 'membership', counted: 'membership' };
      }
    }
  }
}

/** Counts a batch of removals and what goes along, once each under its own type (decisions 2.3), and spools it. */
async function plan(deps: RemovalDeps, missing: readonly Missing[], look: boolean): Promise<void> {
  const { roster, context, feed, counts, taken } = deps;
  const changes: ReleaseChange[] = missing.map(({ guid, type, counted }) => ({
    op: 'release',
    type,
    key: guid,
    as: feed.removal[counted],
  }));
  const results = look ? await roster.rehearse(context, changes) : undefined;
  const planned: Planned[] = [];
  missing.forEach(({ guid, type, counted }, at) => {
    const change = changes[at];
    if (change === undefined) return;
    const result = results?.[at];
    const outcome = result === undefined ? 'trashed' : result.ok ? result.outcome : 'unchanged';
    if (!taken.has(type, guid) && (outcome === 'trashed' || outcome === 'disabled' || outcome === 'archived')) {
      counts[counted][outcome] += 1;
      if (look) taken.add(type, guid);
    }
    if (result?.ok === true) {
      taken.along(result.took ?? []);
      taken.keep(result.kept ?? []);
    }
    if (change.as === 'report') {
      deps.remarks.add('warning.reported-missing', {
        file: deps.fileName,
        id: guid,
        message: `This ${type} is missing from the file; the feed only reports it.`,
      });
    } else planned.push({ change, line: 0, id: guid, ...(counted === 'academicSession' ? { session: true } : {}) });
  });
  if (planned.length > 0) await deps.spool.add('removals', planned);
}
