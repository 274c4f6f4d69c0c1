import type { RecordType } from '../../model/index.ts';
import type { ReleaseChange } from '../../roster/index.ts';
import { type CountedType, countedTypeOf } from '../run.ts';
import { batchSize, type Planned } from '../spool.ts';
import type { PlanDeps } from './plan.ts';

/** Removals of persons and groups that are rehearsed to count what goes along with them; beyond, nobody reads them. */
const rehearsed = 20_000;

interface Missing {
  readonly guid: string;
  readonly type: RecordType;
  readonly counted: CountedType;
}

/** Plans what the file's silence means: in `full` all that the feed listed before, in `groups-complete` members of listed groups. */
export async function planRemovals(deps: PlanDeps, listed: ReadonlySet<string>): Promise<void> {
  if (deps.mode === 'changes') return;
  const missing = deps.mode === 'full' ? missingInFile(deps) : missingMembers(deps, listed);
  const took = new Set<string>();
  const memberships: Missing[] = [];
  let batch: Missing[] = [];
  let looked = 0;
  const settle = async () => {
    const part = batch;
    batch = [];
    if (part.length === 0) return;
    looked += part.length;
    await plan(deps, part, took, looked <= rehearsed);
  };
  for await (const entry of missing) {
    if (entry.type === 'membership') memberships.push(entry);
    else {
      batch.push(entry);
      if (batch.length >= batchSize) await settle();
    }
  }
  await settle();
  for (let at = 0; at < memberships.length; at += batchSize) {
    await plan(deps, memberships.slice(at, at + batchSize), took, memberships.length <= rehearsed * 5);
  }
}

async function* missingInFile({ index }: PlanDeps): AsyncGenerator<Missing> {
  for (const { guid, type } of index.unseen()) {
    const record = type === 'session' ? 'group' : type;
    yield { guid, type: record, counted: countedTypeOf(record, type === 'session' ? 'session' : undefined) };
  }
}

/** Members that the feed listed before in a group that this file lists, and that it does not list now. */
async function* missingMembers(
  { roster, context, feed, index }: PlanDeps,
  listed: ReadonlySet<string>,
): AsyncGenerator<Missing> {
  const keys = [...listed];
  for (let at = 0; at < keys.length; at += batchSize) {
    const groups = await roster.find(context, 'group', keys.slice(at, at + batchSize));
    for (const group of groups) {
      if (group === undefined) continue;
      for (const guid of await roster.listedMembers(context, group.guid, feed.name)) {
        if (!index.seen(guid)) yield { guid, type: 'membership', counted: 'membership' };
      }
    }
  }
}

/** Counts a batch of removals and what goes along, once each under its own type (decisions 2.3), and spools it. */
async function plan(deps: PlanDeps, missing: readonly Missing[], took: Set<string>, look: boolean): Promise<void> {
  const { roster, context, feed, counts } = deps;
  const changes: ReleaseChange[] = missing.map(({ guid, type }) => ({
    op: 'release',
    type,
    key: guid,
    as: feed.removal[type],
  }));
  const results = look ? await roster.rehearse(context, changes) : undefined;
  const planned: Planned[] = [];
  missing.forEach(({ guid, type, counted }, at) => {
    const change = changes[at];
    if (change === undefined) return;
    const result = results?.[at];
    const outcome = result === undefined ? 'trashed' : result.ok ? result.outcome : 'unchanged';
    if (!took.has(`${type}:${guid}`) && (outcome === 'trashed' || outcome === 'disabled' || outcome === 'archived')) {
      counts[counted][outcome] += 1;
      took.add(`${type}:${guid}`);
    }
    if (result?.ok === true) {
      for (const other of result.took ?? []) {
        if (took.has(other)) continue;
        took.add(other);
        counts[other.slice(0, other.indexOf(':')) as RecordType].trashed += 1;
      }
    }
    if (feed.removal[type] === 'report') {
      deps.remarks.add('warning.reported-missing', {
        file: deps.fileName,
        id: guid,
        message: `This ${type} is missing from the file; the feed only reports it.`,
      });
    } else planned.push({ change, line: 0, id: guid, ...(counted === 'academicSession' ? { session: true } : {}) });
  });
  await deps.spool.add('removals', planned);
}
