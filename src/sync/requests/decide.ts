import type { Clock } from '../../base/clock.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import type { Context } from '../../roster/index.ts';
import type { RunRow, RunStore } from '../../store/index.ts';
import { approvedChanges } from '../attempt/judgement.ts';
import type { Retention } from '../attempt/retention.ts';
import type { Run } from '../run.ts';
import type { Sync } from '../types.ts';
import { runOf } from './look.ts';

/** What deciding on held runs needs. */
export interface DecideDeps {
  readonly runs: RunStore;
  readonly retention: Retention;
  readonly clock: Clock;
  /** Called when there is a run to be worked on. */
  wake(): void;
}

const purgedSince =
  'What it would write may have been purged since; nothing was changed. Send its file, or ask for it, again.';

/** What lets held runs go on, or ends them. */
export function makeDecide({ runs, retention, clock, wake }: DecideDeps): Pick<Sync, 'approve' | 'reject'> & {
  /** Ends held runs whose time is over, and those that came before something was purged (decisions 2.5). */
  expire(now: Date): Promise<void>;
} {
  async function expired(row: RunRow, now: Date, reason: string, purgedAt?: string): Promise<void> {
    const over: Run = { ...runOf(row), state: 'expired', endedAt: now.toISOString(), expiresAt: null, reason };
    const report = retention.ended({ ...over, ...(purgedAt === undefined ? {} : { purgedAt }) });
    const set = { state: 'expired', report, work: {}, ...retention.times(report) };
    await runs.change(row.tenant, row._id, ['held'], set);
  }

  async function decide(context: Context, id: string, approved: boolean): Promise<Result<Run>> {
    const { tenant } = context;
    const row = await runs.get(tenant, id);
    if (row === undefined) return failed('unknown-object', `There is no run ${id}.`, { id });
    const report = runOf(row);
    // It may take a moment until a run whose time is over is noted as expired.
    const isOver = row.state === 'held' && approved && (row.expiresAt?.getTime() ?? Infinity) <= clock.now().getTime();
    if (row.state === 'expired' || isOver) {
      const text =
        row.state === 'expired' && report.reason === purgedSince
          ? `The run ${id} has expired: ${purgedSince}`
          : `Nobody has approved the run ${id} in time: it has expired and changes nothing. Send its file, or ask for it, again.`;
      return failed('conflict', text, { id });
    }
    if (row.state !== 'held') return failed('conflict', `The run ${id} is ${row.state}, not held.`, { id });
    const decision = { by: context.writer, at: clock.now().toISOString(), approved };
    const next: Run = approved
      ? { ...report, state: 'queued', decision, reason: null, expiresAt: null }
      : retention.ended({ ...report, state: 'rejected', decision, endedAt: decision.at, expiresAt: null });
    const set = approved
      ? { state: 'queued', report: next, 'work.approved': approvedChanges(report), 'lease.until': new Date(0) }
      : { state: 'rejected', report: next, work: {}, ...retention.times(next) };
    if ((await runs.change(tenant, id, ['held'], set)) === undefined) {
      return failed('conflict', `Somebody else has decided on the run ${id} just now.`, { id });
    }
    // Approved, it is worked on again; over, it lets go of what waits behind it.
    wake();
    return ok(next);
  }

  return {
    approve: (context, id) => decide(context, id, true),
    reject: (context, id) => decide(context, id, false),
    async expire(now) {
      for (const row of await runs.expired(now)) {
        await expired(row, now, 'Nobody has approved it in time; nothing was changed.');
      }
      // Approved, it would bring back whom somebody has purged.
      for (const row of await runs.heldBeforePurges()) await expired(row, now, purgedSince, now.toISOString());
    },
  };
}
