import type { Clock } from '../../base/clock.ts';
import { failed, ok } from '../../base/result.ts';
import type { Roster } from '../../roster/index.ts';
import { feedOf } from '../../roster/index.ts';
import type { RunStore } from '../../store/index.ts';
import { badName, type Feeds, noFeed } from '../feeds/feeds.ts';
import { isFeedName } from '../feeds/settings.ts';
import type { Sync } from '../types.ts';
import { findGroup } from './find-group.ts';
import { refuseBehindHeld } from './held.ts';
import { runOf } from './look.ts';
import { addRun } from './new-run.ts';
import { refuseDays } from './next-days.ts';

/** What queueing a Plan that no file makes needs. */
export interface AskDeps {
  readonly runs: RunStore;
  readonly roster: Roster;
  readonly feeds: Feeds;
  readonly clock: Clock;
  /** Days that the change log keeps what was changed; 0: for ever. */
  readonly changeLogDays: number;
  /** Called when there is a run to be worked on. */
  wake(): void;
}

/** What queues Plans that people ask for. */
export function makeAsk({ runs, roster, feeds, clock, changeLogDays, wake }: AskDeps): Pick<Sync, 'undo' | 'rollover'> {
  return {
    async undo(context, id, { dryRun }) {
      const row = await runs.get(context.tenant, id);
      if (row === undefined) return failed('unknown-object', `There is no run ${id}.`, { id });
      const undone = runOf(row);
      if (undone.dryRun) return failed('conflict', `The run ${id} was a dry run and has changed nothing.`, { id });
      if (undone.state === 'undone') {
        return failed('conflict', `The run ${id} has been undone already, by the run ${undone.undoneBy}.`, { id });
      }
      if (undone.state !== 'done' && undone.state !== 'failed') {
        return failed('conflict', `The run ${id} is ${undone.state}; only a run that is over can be undone.`, { id });
      }
      const oldest =
        changeLogDays === 0 ? Number.NEGATIVE_INFINITY : clock.now().getTime() - changeLogDays * 86_400_000;
      if (Date.parse(undone.startedAt ?? undone.queuedAt) < oldest) {
        const text = `The run ${id} is older than CHANGE_LOG_DAYS (${changeLogDays}): what it changed is not known any more.`;
        return failed('conflict', text, { id });
      }
      const refused = dryRun ? undefined : await refuseBehindHeld(runs, context.tenant, undone.feed);
      if (refused !== undefined) return refused;
      const feed = await feeds.settings(context.tenant, undone.feed);
      const run = await addRun({ runs, clock }, context, { kind: 'undo', feed, dryRun, of: id });
      wake();
      return ok(run);
    },

    async rollover(context, request) {
      const namespaces = (await feeds.feeds(context)).items.map(({ namespace }) => namespace);
      const group = await findGroup(roster, context, request.under, namespaces);
      if (group === undefined) {
        return failed('unknown-object', `There is no group or academic session ${request.under.slice(0, 80)}.`, {
          id: request.under.slice(0, 256),
        });
      }
      const wrong = refuseDays(request.next, group.data);
      if (wrong !== undefined) return wrong;
      const name = request.feed ?? feedOf(group.owner) ?? 'default';
      if (!isFeedName(name)) return badName(name);
      if (request.feed !== undefined && (await feeds.stored(context.tenant, name)) === undefined) return noFeed(name);
      const refused = request.dryRun ? undefined : await refuseBehindHeld(runs, context.tenant, name);
      if (refused !== undefined) return refused;
      const feed = await feeds.settings(context.tenant, name);
      const work = { rollover: { ...request, under: group.guid } };
      const run = await addRun({ runs, clock }, context, { kind: 'rollover', feed, dryRun: request.dryRun, work });
      wake();
      return ok(run);
    },
  };
}
