import { readSettings } from '../ahead/read-settings.ts';
import { compactBlocks } from '../hashes/compact.ts';
import { openFeedIndex } from '../hashes/feed-index.ts';
import type { MergeChoice } from '../pairs/pairs.ts';
import { makeGrace } from '../plan/grace.ts';
import { makeImportPlanner } from '../planners/import.ts';
import type { Planner } from '../planners/planner.ts';
import { type Scope, UnreadableFile } from '../reader.ts';
import type { Attempt } from './attempt.ts';
import { completeTypes } from './verdicts.ts';

/** The planner of a run, and what an import's end needs beside its plan. */
export interface Chosen {
  readonly planner: Planner;
  /** Whether a record stands in the file, where the roster was empty. */
  readonly inFile?: ((guid: string) => boolean) | undefined;
  /** Keeps who is waited for; to be called when all is applied. */
  keepWaiting?(): Promise<void>;
}

/** The planner of an import, with what the feed is known to have sent. */
export async function importOf(attempt: Attempt): Promise<Chosen> {
  const { deps, row, run, feed, context, progress } = attempt;
  const reader = deps.readers.get(run.protocol);
  if (reader === undefined) throw new UnreadableFile('unreadable-input', `There is no reader for ${run.protocol}.`);
  const settings = readSettings(reader, feed, {
    mode: run.mode,
    timeZone: attempt.timeZone,
    file: run.file.name,
    workFolder: deps.workFolder,
  });
  const blocks = deps.blocks(row.tenant, feed.name);
  const ahead = await deps.aheads.take(row._id, settings);
  const index = ahead?.index ?? (await openFeedIndex(blocks));
  const grace = makeGrace({
    roster: deps.roster,
    context,
    absences: deps.absences,
    feed,
    run: row._id,
    startedAt: new Date(run.startedAt ?? 0),
    counts: attempt.counts,
    remarks: attempt.remarks,
    fileName: run.file.name,
  });
  const plan = makeImportPlanner({
    mode: run.mode,
    modeAsked: row.work['modeAsked'] === true,
    reader,
    index,
    hashKey: await deps.guidKey(row.tenant),
    settings,
    ahead,
    parts: () => progress.counted(deps.originals.parts(row.tenant, row._id)),
    learn: (learned) => deps.originals.learn(row.tenant, row._id, learned),
    grace,
    returned: await returnedBefore(attempt),
    packaged(files) {
      run.files = [...files];
    },
    pairs: {
      first: feed.runs === 0 && !(await deps.roster.isEmpty(context)),
      choice: row.work['merge'] as MergeChoice | undefined,
    },
  });
  let complete: readonly Scope[] | undefined;
  const planner: Planner = async (planDeps) => {
    const result = await plan(planDeps);
    complete = result.complete;
    return result;
  };
  return {
    planner,
    inFile: (guid) => index.read.has(guid),
    async keepWaiting() {
      const whole = completeTypes(run, complete).has('person');
      await grace.keep(whole, () => index.unseen());
      await compactBlocks(blocks);
    },
  };
}

/** Memberships and groups that an attempt before this one has brought back, for whom their own line is no change. */
async function returnedBefore({ deps, context, row, first }: Attempt): Promise<ReadonlySet<string>> {
  const returned = new Set<string>();
  const noted = row.work['applied'] as Attempt['counts'] | undefined;
  if (first === undefined || noted === undefined || noted.group.restored + noted.membership.restored === 0)
    return returned;
  for await (const { entries } of deps.roster.changesOfRun(context, row._id)) {
    for (const { type, guid, before } of entries) {
      if (type !== 'person' && before !== 'absent' && before['state'] === 'trashed') returned.add(guid);
    }
  }
  return returned;
}
